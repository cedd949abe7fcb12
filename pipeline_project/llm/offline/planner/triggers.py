# ruff: noqa: E501 - a pattern is read whole, and people type curly quotes
"""What a request says that it waits for: something that arrives, or a time.

Refuses nothing: a text without a trigger simply has none.
"""

import re
from typing import Final

from pipeline_project.llm.offline.planner.conditions import condition_at
from pipeline_project.llm.offline.planner.grammar import NOUN, subject_of
from pipeline_project.llm.offline.planner.sentence import Condition, Trigger

_WHEN: Final = r"(?:when(?:ever)?|once|if|as soon as|each time|every time|for|on|wenn|sobald|falls|für|jedes mal wenn)"
_ARTICLE: Final = r"(?:an?|the|any|each|every|new|incoming|some|eine?[nrms]?|der|die|das|jede[nrs]?|neue[nrs]?)"
_COMES: Final = (
    r"(?:arrives?|comes? in|is received|are received|is uploaded|is created|is submitted|is sent|gets? (?:submitted|created|uploaded)|"
    r"lands?|shows up|is opened|we (?:get|receive)|(?:eintrifft|eingeht|ankommt|hereinkommt|reinkommt|kommt|erstellt wird|hochgeladen wird))"
)
_FROM: Final = r"(?:from (?:a |an |the )?[\w.@-]+|in the (?:inbox|mailbox|folder)|by (?:e-?mail|mail)|per (?:e-?mail|mail)|via [\w-]+|im posteingang|vom? [\w.@-]+)"
_THING: Final = rf"(?:{_ARTICLE}\s+)*(?:(?:customer|support|sales|supplier|vendor|contact)\s+)?(?P<noun>{NOUN})"
_ARRIVAL: Final = re.compile(
    rf"\s*{_WHEN}\s+(?:we\s+(?:get|receive)\s+)?{_THING}(?P<middle>\s+.*?)?\s+{_COMES}(?P<after>(?:\s+{_FROM})?)(?=\s|[,:;.]|$)",
    re.IGNORECASE,
)
_RECEIVED: Final = re.compile(
    rf"\s*(?:when(?:ever)?|if|once|as soon as)\s+(?:we|i)\s+(?:get|receive)\s+{_THING}(?P<after>(?:\s+{_FROM})?)(?=\s|[,:;.]|$)",
    re.IGNORECASE,
)
_FOR_EACH: Final = re.compile(
    rf"\s*(?:for|für)\s+(?:each|every|any|all|an?|new|incoming|jede[nrs]?|alle|eine?[nr]?)\s+(?:(?:new|incoming|neue[nr]?)\s+)?(?:(?:customer|support|sales|supplier)\s+)?(?P<noun>{NOUN})(?P<after>(?:\s+{_FROM})?)(?=\s|[,:;.]|$)",
    re.IGNORECASE,
)
_DAY: Final = (
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|(?:week|work(?:ing )?)?days?|weekdays?|mornings?|evenings?|hours?|weeks?|"
    r"months?|quarters?|\d+ (?:minutes?|hours?|days?)|montags?|dienstags?|mittwochs?|donnerstags?|freitags?|samstags?|"
    r"sonntags?|tage?|werktage?|woche|monat|stunde|morgen|abend"
)
_CLOCK: Final = r"(?:\s+(?:at|um|gegen)\s+(?:\d{1,2}(?:[:.]\d\d)?(?:\s?(?:am|pm|o'clock|uhr))?|noon|midnight|mittag))"
_SCHEDULE: Final = re.compile(
    rf"\s*(?:(?:(?:on )?every|each|jede[nrs]?)\s+(?:{_DAY})(?:\s+(?:morning|evening|abend|morgen))?{_CLOCK}?"
    rf"|(?:daily|weekly|monthly|hourly|täglich|wöchentlich|monatlich|stündlich){_CLOCK}?"
    rf"|(?:on|at|am) (?:the )?(?:first|last|1st|ersten|letzten|\d{{1,2}}(?:st|nd|rd|th|\.)?)(?: (?:day|tag|working day))?(?: of)?(?: (?:each|every|the|jeden|des))? (?:month|monats?|quarter){_CLOCK}?"
    rf"|at \d{{1,2}}(?:[:.]\d\d)?(?:\s?(?:am|pm))? (?:every|each) (?:{_DAY}))(?=\s|[,:;.]|$)",
    re.IGNORECASE,
)


def trigger_at(text: str) -> tuple[Trigger, Condition | None, str] | None:
    """(the trigger, the condition it sets, the rest of the text) when a text begins with a trigger."""
    if match := _SCHEDULE.match(text):
        return Trigger(match[0].strip(), "", scheduled=True), None, text[match.end() :]
    for pattern in (_RECEIVED, _ARRIVAL, _FOR_EACH):
        match = pattern.match(text)
        if match is None:
            continue
        middle = (match.groupdict().get("middle") or "").strip()
        condition: Condition | None = None
        if middle:
            inside = condition_at(re.sub(r"^(?:that is|which is|,)\s*", "", middle, flags=re.IGNORECASE))
            if inside is None or inside[1].strip():
                if not re.fullmatch(_FROM, middle, re.IGNORECASE):
                    continue
            else:
                condition = inside[0]
        rest = text[match.end() :]
        if condition is None and (behind := condition_at(rest)) and not re.match(r"\s*[,:;.]", rest):
            condition, rest = behind
        return Trigger(match[0].strip(), subject_of(match["noun"])), condition, rest
    return None
