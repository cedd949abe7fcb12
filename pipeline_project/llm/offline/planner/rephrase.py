# ruff: noqa: E501, RUF001 - a pattern is read whole, and people type curly quotes
"""Brings a request into the order that clauses are read in: greetings go, what stands behind moves to the front.

Refuses to touch what stands in quotes, and drops nothing but courtesies.
"""

import re
from collections.abc import Callable
from typing import Final

from pipeline_project.llm.offline.planner.grammar import ADDRESS, CHANNELS, IT, NOUN, QUOTES

_HELLO: Final = re.compile(
    r"^\s*(?:(?:hi|hello|hey|hallo|guten (?:tag|morgen|abend)|good (?:morning|evening|afternoon)|dear \w+|moin)(?: (?:there|all|team|zusammen))?\s*[!,.]+\s*)?"
    r"(?:(?:(?:(?:can|could|would|will) you|(?:kannst|könntest|würdest) du|können sie|könnten sie)(?: (?:please|kindly|bitte))*|please|pls|plz|bitte|kindly|i(?:'d| would) like you to|"
    r"i want you to|i need you to|we (?:need|want) you to)\s+)?"
    r"(?:(?:set up|create|build|make|write|design|we need|i need|we want|i want|give me) (?:the following(?: workflow| automation)?|(?:an?|the) (?:new |simple )?(?:workflow|automation|process)(?: (?:that|which|to|where)\b|(?=\s*:)))\s*[:,]?\s*)?",
    re.IGNORECASE,
)
_THANKS: Final = re.compile(
    r"(?:[\s,.!]+\b(?:thanks|thank you|thx|many thanks|danke|vielen dank|danke schön|cheers|best regards|asap|as soon as possible|so bald wie möglich|please|pls|bitte|for me)\b(?: (?:very much|a lot|in advance|schön|im voraus))?)+[\s.!]*$",
    re.IGNORECASE,
)
_BULLET: Final = re.compile(r"^[ \t]*[-*•–][ \t]+", re.MULTILINE)
_VERB: Final = r"(?:post|mail|e-?mail|send|notify|ping|tell|inform|alert|forward|poste|maile|sende|schicke|benachrichtige|informiere)"
_IF_SO: Final = re.compile(
    r"(?:check|see|find out|decide|determine|prüfe,?|schaue?,?|look) (?:whether|if|ob) (?P<what>[^.;,\x00]{3,120})[.;,]\s*(?:and |und )?"
    r"(?:if (?:so|yes|it is|it does|that is the case|true)|falls ja|wenn ja|wenn dem so ist)\b",
    re.IGNORECASE,
)
_BUDGET_IF: Final = re.compile(
    r"(?P<word>\b(?:if|wenn|falls))\s+(?P<the>(?:the|our|das|dem)\s+)(?:(?P<cat>(?!budget)\w+)[ -]budget|budget (?:for|of|für) (?P<cat2>\w+))(?=\s)",
    re.IGNORECASE,
)
_TOGETHER_INSIDE: Final = re.compile(
    rf"(?<!\w)(?P<verb>{_VERB})\s+(?P<how>gleichzeitig|zeitgleich|simultaneously|in parallel|parallel|concurrently|at the same time)\s+",
    re.IGNORECASE,
)
_EACH_TO: Final = re.compile(
    rf"(?P<first>{CHANNELS.replace('?P<channels>', '?:')})(?P<more>(?:\s*,\s*|\s+(?:and|und)\s+)(?:also\s+|auch\s+)?(?:to|in|into|an|nach)\s+)(?=#)",
    re.IGNORECASE,
)
_ORDINAL: Final = re.compile(
    r"(?P<before>^|[.;,\n]\s*|\b(?:and|und)\s+)(?:(?P<first>first(?:ly)?(?: of all)?|zuerst|als erstes|erstens|to begin with|start by)|(?:second|third|fourth|fifth|last)(?:ly)?|zweitens|drittens|als (?:zweites|drittes|letztes))\s*[,:]?\s+(?=[a-zäöü#])",
    re.IGNORECASE,
)
_ALL_DONE: Final = re.compile(
    r"(?P<before>^|[.;,]\s*)(?:and |und )?(?:when|once|as soon as|after|wenn|sobald) (?:both|all(?: of (?:them|that|this))?|everything|that|this|it|beides|alles|das) (?:(?:is|are|ist|sind) )?(?:done|finished|complete[d]?|through|fertig|erledigt)(?: ist| sind)?\s*,?\s*",
    re.IGNORECASE,
)
_BEFORE_YOU: Final = re.compile(
    r"^(?:before|bevor) (?:you|we|anything is|du|wir|man) (?P<then>[^,\x00]+), (?P<first>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
_BEFORE_DOING: Final = re.compile(
    r"^before (?P<then>[a-z-]+ing\b[^,\x00]*), (?P<first>\S.*)$", re.IGNORECASE | re.DOTALL
)
_AFTER_DOING: Final = re.compile(
    r"^(?:after|nach(?:dem)?) (?P<first>[a-z-]+ing\b[^,\x00]*), (?P<then>\S.*)$", re.IGNORECASE | re.DOTALL
)
_IN_CASE_OF: Final = re.compile(
    rf"\b(?:in case of|im falle?)\s+(?:an?\s+|the\s+|einer\s+|eines\s+)?(?P<which>[\w-]+)(?P<noun>\s+{NOUN})?(?=\s*,)",
    re.IGNORECASE,
)
_VERB_FIRST: Final = re.compile(
    rf"^(?:ist|sind)\s+(?P<it>{IT})\s+(?P<what>[^,?.\x00]+)[,?]\s*(?:dann\s+|so\s+)?", re.IGNORECASE
)
_TWO_WAYS: Final = re.compile(
    rf"(?P<order>\b{_VERB}\s+(?:{IT}\s+)?(?:(?:to|an)\s+)?)(?:(?P<mail>{ADDRESS})\s+(?:and|und)\s+(?:to\s+|an\s+)?(?P<chan>#[\w-]+)|"
    rf"(?P<chan2>#[\w-]+)\s+(?:and|und)\s+(?:to\s+|an\s+)?(?P<mail2>{ADDRESS}))(?=\s*(?:[,;.!?]|$)|\s+(?:and|und|if|wenn|falls|then|dann|when)\b)",
    re.IGNORECASE,
)
_SORTED: Final = re.compile(
    rf"^(?:please )?(?:triage|route|sort|distribute|analy[sz]e|classify|categori[sz]e|verteile|sortiere|klassifiziere|analysiere) (?P<what>{IT})\s*:\s+",
    re.IGNORECASE,
)
_SUMMARY_OF: Final = re.compile(
    rf"(?P<verb>{_VERB}) (?:an?|the|eine|die) (?:short |brief |kurze )?(?P<made>summary|zusammenfassung) (?:of|von|über|about) (?P<what>{IT})(?= (?:to|by|in|an|per)\b)",
    re.IGNORECASE,
)


_SAID: Final = re.compile(
    rf"{QUOTES.pattern}|(?:\b(?:saying|that says|stating|with the (?:text|message|words)|mit dem (?:text|inhalt))\b|(?:#[\w-]+|@[\w.-]+|sender|customer|kunden|absender)\s*:)[^.!\n]*",
    re.IGNORECASE,
)
"""Words of the request that are passed on as they are."""


def rephrased(request: str) -> str:
    """The request without courtesies, its clauses in reading order; the same text where there is nothing to do."""
    text, quotes = _hidden(request.strip())
    if not text.endswith("\x00"):
        text = _THANKS.sub("", text)
    text = text.rstrip(" ?") if text.endswith("?") else text
    text = _HELLO.sub("", text, count=1)
    text = _BULLET.sub("", text)
    for change in _CHANGES:
        text = change(text)
    return _shown(text, quotes).strip()


def _hidden(text: str) -> tuple[str, list[str]]:
    """What stands in quotes as a mark each, so that no pattern sees into it."""
    quotes: list[str] = []

    def hide(match: re.Match[str]) -> str:
        quotes.append(match[0])
        return f"\x00{len(quotes) - 1}\x00"

    return _SAID.sub(hide, text.replace("\x00", "")), quotes


def _shown(text: str, quotes: list[str]) -> str:
    return re.sub("\x00(\\d+)\x00", lambda match: quotes[int(match[1])], text)


def _ordinals(text: str) -> str:
    return _ORDINAL.sub(lambda match: match["before"] if match["first"] else f"{match['before']}then ", text)


def _budget(text: str) -> str:
    """ "if the travel budget is exceeded", where no budget was checked before: it is checked right there."""
    match = _BUDGET_IF.search(text)
    if match is None:
        return text
    category = match["cat"] or match["cat2"]
    plain = f"{match['word']} {match['the']}budget"
    checked = re.search(r"\bbudgets?\b", text[: match.start()], re.IGNORECASE)
    before = "" if checked else f"check the {category} budget, "
    return text[: match.start()] + before + plain + text[match.end() :]


def _both_ways(match: re.Match[str]) -> str:
    first, second = match["mail"] or match["chan2"], match["chan"] or match["mail2"]
    return f"{match['order']}{first} and {match['order']}{second}"


def _swapped(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def change(text: str) -> str:
        parts = re.split(r"((?<=[.!])\s+(?=\S)|\n+)", text)
        found = [(part, pattern.match(part)) for part in parts]
        return "".join(
            f"{match['first'].rstrip(' .!')}, then {match['then']}" if match else part for part, match in found
        )

    return change


_CHANGES: Final[tuple[Callable[[str], str], ...]] = (
    lambda text: _IN_CASE_OF.sub(lambda match: f"if it is {match['which']}", text),
    lambda text: _VERB_FIRST.sub(r"wenn \g<it> \g<what> ist, ", text),
    lambda text: _TWO_WAYS.sub(_both_ways, text),
    lambda text: _IF_SO.sub(r"if \g<what>", text),
    lambda text: _SORTED.sub(r"analyze \g<what>. ", text),
    _budget,
    _ordinals,
    lambda text: _ALL_DONE.sub(r"\g<before>then ", text),
    _swapped(_BEFORE_YOU),
    _swapped(_BEFORE_DOING),
    _swapped(_AFTER_DOING),
    lambda text: _TOGETHER_INSIDE.sub(r"\g<how> \g<verb> ", text),
    lambda text: _EACH_TO.sub(r"\g<first>, ", text),
    lambda text: _SUMMARY_OF.sub(r"summarize \g<what> and \g<verb> the \g<made>", text),
)
