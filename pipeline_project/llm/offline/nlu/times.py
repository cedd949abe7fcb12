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
_MORNING: Final = r"(?<!guten )(?<!jeden )(?<!am )morgen(?! früh| abend)"
_FIRST: Final = "".join(sorted({word[0] for word in (*_OFFSETS, *_NAMES)} | set("minltdk")))
"""The letters that relative days begin with, so that other words cost nothing."""
_RELATIVE: Final = re.compile(
    rf"\b(?=[{_FIRST}])(?:\b(?P<offset>{'|'.join(sorted(_OFFSETS, key=len, reverse=True))})\b"
    rf"|\b(?P<tomorrow>{_MORNING})\b"
    r"|\bin (?P<count>\d{1,3}) (?P<unit>day|week|tag|woche)(?:s|en|n)?\b"
    rf"|\b(?:(?P<which>next|last|this|nächste[nrms]?|letzte[nrms]?|diese[nrms]?|kommende[nrms]?)\s+)?"
    rf"(?P<weekday>{'|'.join(_NAMES)})\b(?!s\b))",
    re.IGNORECASE,
)
_YEARLESS: Final = re.compile(
    rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\.?\s+(?:of\s+)?{recognise.MONTH}(?![\wä])(?!,?\s+\d{{4}})"
    rf"|\b{recognise.MONTH.replace('month', 'month2')}\s+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!,?\s+\d{{4}})(?!\d)",
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
        yield Day(match[0], recognise.date_of(match), match.start(), match.end())
    for match in _YEARLESS.finditer(text):
        yield Day(match[0], _near(match, today), match.start(), match.end())
    for match in _RELATIVE.finditer(text):
        past = bool(_PAST.search(text[max(0, match.start() - _BACK) : match.start()]))
        yield Day(match[0], _resolved(match, today, past=past), match.start(), match.end())


def _near(match: re.Match[str], today: date | None) -> str | None:
    """A day without a year: of the years around, the one that is nearest in time, ahead rather than behind."""
    if today is None:
        return None
    month = recognise.month_number(match["month"] or match["month2"])
    for year in (today.year - 1, today.year, today.year + 1):
        try:
            found = date(year, month, int(match["day"] or match["day2"]))
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
    if match["count"]:
        return (today + timedelta(days=int(match["count"]) * _DAYS[match["unit"].casefold()])).isoformat()
    wanted = _NAMES[match["weekday"].casefold()]
    which = (match["which"] or "").casefold()
    ahead = (wanted - today.weekday()) % 7
    if past or which.startswith(("last", "letzt")):
        return (today - timedelta(days=(today.weekday() - wanted) % 7 or 7)).isoformat()
    return (today + timedelta(days=ahead or 7)).isoformat()
