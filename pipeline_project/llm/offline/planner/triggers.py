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
_THING: Final = rf"(?:{_ARTICLE}\s+)*(?:(?:customer|support|sales|supplier|vendor|contact)\s+)?(?:(?P<which>(?:high|low)[- ]priority|[\w-]+)\s+)??(?P<noun>{NOUN})"
_ARRIVAL: Final = re.compile(
    rf"\s*(?:{_WHEN}\s+)?(?:we\s+(?:get|receive)\s+)?{_THING}(?P<middle>\s+.*?)?\s+{_COMES}(?P<after>(?:\s+{_FROM})?)(?=\s|[,:;.]|$)",
    re.IGNORECASE,
)
_RECEIVED: Final = re.compile(
    rf"\s*(?:when(?:ever)?|if|once|as soon as)\s+(?:we|i)\s+(?:get|receive)\s+{_THING}(?P<after>(?:\s+{_FROM})?)(?=\s|[,:;.]|$)",
    re.IGNORECASE,
)
_SOMEBODY: Final = re.compile(
    rf"\s*(?:when(?:ever)?|if|once|as soon as|each time|every time|wenn|sobald)\s+(?:somebody|someone|anybody|an?\s+(?:customer|client|user|visitor|employee|supplier)|ein\s+kunde|jemand)\s+"
    rf"(?:(?:writes|sends|submits|uploads|leaves|files|opens|makes|fills\s+(?:in|out)|schreibt|schickt|sendet)(?:\s+(?:us|uns))?(?:\s+in)?\s+(?:an?|the|some|eine?n?|das|die)\s+(?:(?P<which>[\w-]+)\s+)?(?P<noun>{NOUN}|form|formular)|(?P<writes>writes(?:\s+to\s+us)?|(?:e-?)?mails\s+us|contacts\s+us|uns\s+schreibt))(?P<after>)(?=\s|[,:;.]|$)",
    re.IGNORECASE,
)
_FOR_EACH: Final = re.compile(
    rf"\s*(?:for|für|bei|upon|with|on|mit)\s+(?:each|every|any|all|an?|new|incoming|jede[nrs]?|alle|eine?[nr]?)\s+(?:(?:new|incoming|neue[nr]?)\s+)?(?:(?:customer|support|sales|supplier)\s+)?(?:(?P<which>(?:high|low)[- ]priority|[\w-]+)\s+)??(?P<noun>{NOUN})(?P<after>(?:\s+{_FROM})?)(?=\s|[,:;.]|$)",
    re.IGNORECASE,
)
_DAY: Final = (
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|(?:week|work(?:ing )?)?days?|weekdays?|mornings?|evenings?|hours?|weeks?|"
    r"months?|quarters?|\d+ (?:minutes?|hours?|days?)|montags?|dienstags?|mittwochs?|donnerstags?|freitags?|samstags?|"
    r"sonntags?|tage?|werktage?|woche|monat|stunde|morgen|abend"
)
_CLOCK: Final = r"(?:\s+(?:at|um|gegen)\s+(?:\d{1,2}(?:[:.]\d\d)?(?:\s?(?:am|pm|o'clock|uhr))?|noon|midnight|mittag))"
_SCHEDULE: Final = re.compile(
    rf"\s*(?:(?:(?:on )?every|each|jede[nrs]?)\s+(?:(?:other|two|three|four|second|\d+|zweite[nrs]?)\s+)?(?:{_DAY})(?:(?:,|\s+and|\s+und|\s+on)\s+(?:{_DAY}))*(?:\s+(?:morning|evening|abend|morgen))?{_CLOCK}?"
    rf"|(?:once|twice|einmal|zweimal)\s+(?:an?|per|every|am|pro|in\s+der|im)\s+(?:{_DAY}|year|jahr){_CLOCK}?"
    rf"|(?:daily|weekly|monthly|hourly|täglich|wöchentlich|monatlich|stündlich){_CLOCK}?"
    rf"|(?:on|at|am) (?:the )?(?:first|last|1st|ersten|letzten|\d{{1,2}}(?:st|nd|rd|th|\.)?)(?: (?:day|tag|working day))?(?: of)?(?: (?:each|every|the|jeden|des))? (?:month|monats?|quarter){_CLOCK}?"
    rf"|at \d{{1,2}}(?:[:.]\d\d)?(?:\s?(?:am|pm))? (?:every|each) (?:{_DAY}))(?=\s|[,:;.]|$)",
    re.IGNORECASE,
)


_PLAIN: Final = frozenset({"contact", "new", "customer", "support", "web", "online", "neue", "sales"})
_BEHIND: Final = re.compile(
    r"(?<=[\w\"'”“!])\s+(?=(?:when(?:ever)?|as soon as|each|every|once|on|at|daily|weekly|monthly|hourly|sobald|wenn|jede[nrs]?|bei|täglich|wöchentlich)\b)\S.*$",
    re.IGNORECASE,
)
"""What may start a run, at the end of a request of one sentence."""


def trigger_at(text: str) -> tuple[Trigger, Condition | None, str] | None:
    """(the trigger, the condition it sets, the rest of the text) when a text begins with a trigger."""
    if match := _SCHEDULE.match(text):
        return Trigger(match[0].strip(), "", scheduled=True), None, text[match.end() :]
    if match := _SOMEBODY.match(text):
        return _by_somebody(match, text)
    for pattern in (_RECEIVED, _ARRIVAL, _FOR_EACH):
        match = pattern.match(text)
        if match is None:
            continue
        middle = (match.groupdict().get("middle") or "").strip()
        kind = match["which"]
        condition = _kind(kind, match["noun"]) if kind else None
        if kind and condition is None and kind.casefold() not in _PLAIN:
            continue
        if middle and condition is not None:
            continue
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


def _by_somebody(match: re.Match[str], text: str) -> tuple[Trigger, Condition | None, str] | None:
    """ "when a customer writes an angry message": what kind of message it is, is a condition."""
    which = match["which"]
    condition = _kind(which, match["noun"]) if which else None
    if which and condition is None and which.casefold() not in _PLAIN:
        return None
    subject = subject_of(match["noun"] or "") or "text"
    return Trigger(match[0].strip(), subject), condition, text[match.end() :]


def _kind(which: str, noun: str) -> Condition | None:
    """The condition in "an angry message"."""
    for word in dict.fromkeys((which, re.sub(r"(?<=\w{4})e[nrs]?$", "", which))):
        found = condition_at(f"it is {word}")
        if found is not None and not found[1].strip():
            return Condition(found[0].kind, f"{which} {noun}", found[0].values)
    return None


def trigger_behind(text: str) -> tuple[Trigger | None, Condition | None, str]:
    """(the trigger, the condition it sets, the text before it) of "post to #hr when an application arrives"."""
    for match in _BEHIND.finditer(text):
        found = trigger_at(match[0])
        quoted = text.count('"', 0, match.start()) % 2 or text.count("'", 0, match.start()) % 2
        if found is not None and not quoted and not found[2].strip(" .!?"):
            return found[0], found[1], text[: match.start()].rstrip(" ,")
    return None, None, text
