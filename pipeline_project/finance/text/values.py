"""Dates, amounts, currencies and units as people write them in European documents.

Refuses to guess a day from an ambiguous date in silence: the caller says which order the document uses, and
`slash_order` says what the document itself shows.
"""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Literal

from pipeline_project.finance.money import written_decimal
from pipeline_project.finance.text.page import Span

Order = Literal["day", "month", "unknown"]

_MONTHS = {
    "jan": 1, "ene": 1, "gen": 1, "feb": 2, "fév": 2, "fev": 2, "mar": 3, "mär": 3, "mrz": 3, "mae": 3,
    "maa": 3, "apr": 4, "avr": 4, "abr": 4, "may": 5, "mai": 5, "mei": 5, "mag": 5, "jun": 6, "juin": 6,
    "giu": 6, "jul": 7, "juil": 7, "lug": 7, "aug": 8, "aoû": 8, "aou": 8, "ago": 8, "sep": 9, "set": 9,
    "oct": 10, "okt": 10, "ott": 10, "nov": 11, "dec": 12, "dez": 12, "déc": 12, "dic": 12,
}  # fmt: skip
_NAME = r"(?P<{0}>[A-Za-zäûéÄÛÉ]{{3,10}})\.?"
_WRITTEN = (
    re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})"),
    re.compile(r"(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4}|\d{2})"),
    re.compile(r"(?P<a>\d{1,2})[/-](?P<b>\d{1,2})[/-](?P<y>\d{4}|\d{2})"),
    re.compile(
        rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|º)?\.?[\s-]?\s?(?:de\s)?{_NAME.format('n')}[\s-]\s?(?:de\s)?(?P<y>\d{{4}})"
    ),
    re.compile(rf"{_NAME.format('n')}\s(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<y>\d{{4}})"),
)
DATE = re.compile("|".join(f"(?:{re.sub(r'[?]P<[a-z]>', '?:', each.pattern)})" for each in _WRITTEN) + r"(?!\d)")
_SLASHED = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/(?:\d{4}|\d{2})(?!\d)")

_SYMBOLS = {"€": "EUR", "£": "GBP", "$": "USD", "zł": "PLN", "¥": "JPY"}
_CODES = ("EUR", "USD", "GBP", "CHF", "PLN", "SEK", "NOK", "DKK", "CZK", "HUF", "RON", "CAD", "AUD", "JPY")
_CURRENCY = rf"(?:{'|'.join(_CODES)}|Euro|[€£$¥]|zł)"
_DIGITS = (
    r"\d{1,3}(?:[.,'\u2019]\d{3})+(?:[.,]\d{1,4})?|\d{1,3}(?: \d{3})+[.,]\d{2}"
    r"|\d+(?:[.,](?:\d{1,6}|-{1,2}|\u2013))?"
)
AMOUNT = re.compile(
    rf"(?<![\w.,/-])(?P<before>{_CURRENCY})?\s?(?P<number>[-\u2212+]?\s?(?:{_DIGITS}))"
    rf"(?![\d%]|[.,/]\d|\s?%|[A-Za-z])(?P<minus>-(?![\d-]))?\s?(?P<after>{_CURRENCY}(?![A-Za-z]))?",
)
PERCENT = re.compile(r"(?<![\d.,])(\d{1,2}(?:[.,]\d{1,3})?)\s?%")

# UN/ECE Recommendation 20 codes of the units that invoices spell out.
_UNITS = {
    "C62": "stk stck stück st einheit unit units unit(s) ea each pz ud uds u unité",
    "H87": "pc pcs piece pieces pce pces pièce pièces stuks",
    "HUR": "h hr hrs hour hours std stunde stunden heure heures ore uur",
    "DAY": "day days tag tage jour jours giorni dag dagen",
    "MON": "month months monat monate mois mesi maand",
    "KGM": "kg kilogramm", "GRM": "g", "TNE": "t to tonne tonnen",
    "MTR": "m meter metre metres mtr lfm", "MTK": "m² m2 qm", "MTQ": "m³ m3 cbm", "KMT": "km",
    "LTR": "l ltr liter litre litres liters liter(s)",
    "LS": "pauschal pausch psch lump forfait", "XPK": "pkg pack packs paket pakete packung pkt",
    "XBX": "box boxes karton kartons ctn carton cartons", "PR": "paar pair pairs", "SET": "set sets satz",
}  # fmt: skip
_UNIT_CODES = {word: code for code, words in _UNITS.items() for word in words.split()}


def parse_date(text: str, order: Order = "day") -> date | None:
    """`text` as a date; `order` decides what 03/04/2024 is. None when it is no date of the calendar."""
    for pattern in _WRITTEN:
        match = pattern.fullmatch(text.strip())
        if match is not None:
            parts = match.groupdict()
            return _date(parts, order) or _date(parts, "day" if order == "month" else "month")
    return None


def _date(parts: dict[str, str | None], order: Order) -> date | None:
    year = int(parts["y"] or 0)
    first, second = (parts.get("a"), parts.get("b")) if order != "month" else (parts.get("b"), parts.get("a"))
    day, month = parts.get("d") or first, parts.get("m") or second
    if parts.get("n"):
        name = str(parts["n"]).lower()
        month = str(_MONTHS.get(name[:4]) or _MONTHS.get(name[:3]) or 0)
    try:
        return date(year + 2000 if year < 100 else year, int(month or 0), int(day or 0))
    except ValueError:
        return None


def slash_order(text: str) -> Order:
    """Whether dates such as 31/12/2024 in `text` put day or month first; "unknown" when all could be both."""
    pairs = [(int(a), int(b)) for a, b in _SLASHED.findall(text)]
    if any(a > 12 for a, _ in pairs):
        return "day"
    return "month" if any(b > 12 for _, b in pairs) else "unknown"


def amounts(span: Span) -> Iterator[tuple[Decimal, Span, bool]]:
    """The amounts in a span, left to right, each with its place and whether it looks like money.

    Money has a currency beside it or exactly two decimals; percentages, dates and parts of words are no amounts.
    """
    for match in AMOUNT.finditer(span.text):
        number = written_decimal(match["number"] + (match["minus"] or ""))
        if number is None or _part_of_date(span.text, match):
            continue
        money = (
            bool(match["before"] or match["after"]) or re.search(r"[.,](\d{2}|-+|\u2013)$", match["number"]) is not None
        )
        yield number, span.cut(match.start("number"), match.end("number")), money


def _part_of_date(text: str, match: re.Match[str]) -> bool:
    around = text[max(match.start("number") - 11, 0) : match.end("number") + 11]
    return any(match["number"] in found[0] and len(found[0]) > len(match["number"]) for found in DATE.finditer(around))


def currency_of(text: str) -> tuple[str, float, Span] | None:
    """The currency named most often in `text`, how sure that is, and where it stands first.

    A dollar sign alone is less sure than a code, since several countries use it. None when no currency is named.
    """
    found = [
        (_SYMBOLS.get(match[0], "EUR" if match[0] == "Euro" else match[0]), match)
        for match in re.finditer(rf"\b(?:{'|'.join(_CODES)})\b|[€£$¥]|zł|\bEuro\b", text)
    ]
    counts = Counter(code for code, _ in found)
    if not counts:
        return None
    (code, most), *others = counts.most_common()
    sure = 0.95 if not others else 0.8 if most > 2 * others[0][1] else 0.5
    first = next(match for named, match in found if named == code)
    span = Span(first.start(), first.end(), first[0])
    return code, sure if code != "USD" or "USD" in text else min(sure, 0.85), span


def unit_code(word: str) -> str:
    """The UN/ECE code for a unit as people write it; the word itself when there is no code for it."""
    return _UNIT_CODES.get(word.lower().rstrip("."), word)


def is_unit(word: str) -> bool:
    """Whether `word` is a unit that has a code."""
    return word.lower().rstrip(".") in _UNIT_CODES
