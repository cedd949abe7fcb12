# ruff: noqa: E501, RUF001, SIM905 - a pattern is read whole, and lists of words are read as a text
"""Days in running text: dates written out, and words such as tomorrow, counted from a given day.

Refuses to guess what today is: without a reference day, words stay words. A weekday is the next one, unless the words
before it speak of the past.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from pipeline_project.llm.offline import recognise

_WEEKDAYS: Final = (
    ("monday", "montag"),
    ("tuesday", "dienstag"),
    ("wednesday", "mittwoch"),
    ("thursday", "donnerstag"),
    ("friday", "freitag"),
    ("saturday", "samstag", "sonnabend"),
    ("sunday", "sonntag"),
)
_NAMES: Final = {name: number for number, names in enumerate(_WEEKDAYS) for name in names}
_OFFSETS: Final = {
    **{"day after tomorrow": 2, "übermorgen": 2, "tomorrow": 1, "today": 0, "heute": 0},
    **{"day before yesterday": -2, "vorgestern": -2, "yesterday": -1, "gestern": -1},
}
_DAYS: Final = {"day": 1, "tag": 1, "week": 7, "woche": 7}
_COUNTS: Final = {
    **{word: count for count, word in enumerate("one two three four five six seven eight nine ten".split(), 1)},
    **{word: count for count, word in enumerate("ein zwei drei vier fünf sechs sieben acht neun zehn".split(), 1)},
    **dict.fromkeys(("a", "eine", "einem", "einer"), 1),
}
_COUNT: Final = rf"\d{{1,3}}|{'|'.join(sorted(_COUNTS, key=len, reverse=True))}"
_UNIT: Final = r"(?:day|week|tag|woche)"
_MORNING: Final = r"(?<!guten )(?<!jeden )(?<!am )morgen(?! früh| abend)"
_FIRST: Final = "".join(sorted({word[0] for word in (*_OFFSETS, *_NAMES)} | set("minltdkvejaozsfö0123456789")))
"""The letters that relative days begin with, so that other words cost nothing."""
_RELATIVE: Final = re.compile(
    rf"\b(?=[{_FIRST}])(?:\b(?P<offset>{'|'.join(sorted(_OFFSETS, key=len, reverse=True))})\b"
    rf"|\b(?P<tomorrow>{_MORNING})\b"
    rf"|\bin (?P<count>{_COUNT}) (?P<unit>{_UNIT})(?:s|en|n)?\b"
    rf"|\b(?P<ago>{_COUNT}) (?P<unit2>{_UNIT})s? ago\b|\bvor (?P<vor>{_COUNT}) (?P<unit3>{_UNIT})(?:en|n)?\b"
    r"|\b(?:end of|ende)(?: the| this| des| dieses)?(?: current| laufenden)? (?:(?P<following>next|nächsten) )?(?P<end>month|week|year|monats|jahres|monat|jahr|woche)\b"
    r"|\b(?P<end2>monats|jahres)ende\b"
    rf"|\b(?:end of|ende) {recognise.MONTH.replace('month', 'end3')}(?!,?\s+\d)"
    rf"|\b(?:(?P<which>next|last|this|nächste[nrms]?|letzte[nrms]?|diese[nrms]?|kommende[nrms]?)\s+)?"
    rf"(?P<weekday>{'|'.join(_NAMES)})\b(?!s\b))",
    re.IGNORECASE,
)
_YEARLESS: Final = re.compile(
    rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\.?\s+(?:of\s+)?{recognise.MONTH}(?![\wä])(?!,?\s+\d{{4}})"
    r"|(?:(?<=\bam )|(?<=\bvom )|(?<=\bbis )|(?<=\bzum )|(?<=\bden ))(?P<day3>\d{1,2})\.(?P<month3>\d{1,2})\.(?!\d)"
    rf"|\b{recognise.MONTH.replace('month', 'month2')}\s+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!,?\s+\d{{4}})(?!\d)",
    re.IGNORECASE,
)
_SPAN: Final = re.compile(
    r"(?<![\d.,/-])(?P<day>\d{1,2})(?:st|nd|rd|th)?\.?\s*(?:to|till|until|through|bis|and|und|-|–)\s*(?:the |zum )?$",
    re.IGNORECASE,
)
_DATED: Final = re.compile(
    rf"[,.]?\s+(?:(?:the|den|dem)\s+)?(?:\d{{1,2}}{recognise.ORDINAL}\s+{recognise.MONTH}|\d{{1,2}}\.\d{{1,2}}\."
    rf"|{recognise.MONTH.replace('month', 'month2')}\s+\d{{1,2}}\b)",
    re.IGNORECASE,
)
_PAST: Final = re.compile(r"\b(since|seit|was|were|had|last|letzten?|war|hatte)\b[^.!?]{0,24}$", re.IGNORECASE)
_BACK: Final = 30
_HALF_YEAR: Final = timedelta(days=182)


@dataclass(frozen=True)
class Day:
    """A day named in a text, from `start` to `end`; `iso` is None where the words cannot be resolved."""

    text: str
    iso: str | None
    start: int
    end: int


def days(text: str, today: date | None) -> Iterator[Day]:
    """Every day, written dates first. Words are None without `today`."""
    for match in recognise.DATES.finditer(text):
        day = Day(match[0], recognise.date_of(match), match.start(), match.end())
        yield from (day, *_first(text, day))
    for match in _YEARLESS.finditer(text):
        if match["month2"] == "may":
            continue  # a verb, mostly
        day = Day(match[0], _near(match, today), match.start(), match.end())
        yield from (day, *_first(text, day))
    for match in _RELATIVE.finditer(text):
        if match["weekday"] and _DATED.match(text, match.end()):
            continue  # Thursday, 3 December: the date says it
        past = bool(_PAST.search(text[max(0, match.start() - _BACK) : match.start()]))
        yield Day(match[0], _resolved(match, today, past=past), match.start(), match.end())


def _first(text: str, last: Day) -> Iterator[Day]:
    """The first day of a span that is written without its month: the 6 of "6 to 9 November"."""
    match = _SPAN.search(text[max(0, last.start - _BACK) : last.start])
    if match and last.iso and int(match["day"]) < int(last.iso[-2:]):
        start = max(0, last.start - _BACK) + match.start("day")
        yield Day(match["day"], f"{last.iso[:-2]}{int(match['day']):02}", start, start + len(match["day"]))


def _near(match: re.Match[str], today: date | None) -> str | None:
    """A day without a year: of the years around, the one that is nearest in time, ahead rather than behind."""
    if today is None:
        return None
    month = int(match["month3"]) if match["month3"] else recognise.month_number(match["month"] or match["month2"])
    for year in (today.year - 1, today.year, today.year + 1):
        try:
            found = date(year, month, int(match["day"] or match["day2"] or match["day3"]))
        except ValueError:
            continue
        if today - _HALF_YEAR <= found <= today + _HALF_YEAR:
            return found.isoformat()
    return None


def _resolved(match: re.Match[str], today: date | None, *, past: bool) -> str | None:
    if today is None:
        return None
    if match["offset"] or match["tomorrow"]:
        offset = _OFFSETS[match["offset"].casefold()] if match["offset"] else 1
        return (today + timedelta(days=offset)).isoformat()
    for count, unit, sign in (("count", "unit", 1), ("ago", "unit2", -1), ("vor", "unit3", -1)):
        if said := match[count]:
            number = int(said) if said.isdigit() else _COUNTS[said.casefold()]
            return (today + timedelta(days=sign * number * _DAYS[match[unit].casefold()])).isoformat()
    if not match["weekday"]:
        last = _end(match["end"] or match["end2"], match["end3"], today)
        unit = match["end"] if match["following"] else None
        return (_end(unit, None, last + timedelta(days=1)) if unit else last).isoformat()
    wanted = _NAMES[match["weekday"].casefold()]
    which = (match["which"] or "").casefold()
    ahead = (wanted - today.weekday()) % 7
    if past or which.startswith(("last", "letzt")):
        return (today - timedelta(days=(today.weekday() - wanted) % 7 or 7)).isoformat()
    return (today + timedelta(days=ahead or 7)).isoformat()


def _end(unit: str | None, month: str | None, today: date) -> date:
    """The last day of the month, week (a Sunday) or year that `today` is in, or of the named month to come."""
    if unit and unit.casefold() in ("week", "woche"):
        return today + timedelta(days=6 - today.weekday())
    number = 12 if unit and unit[0] in "yjYJ" else recognise.month_number(month) if month else today.month
    year = today.year + (number < today.month)
    return date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1)
