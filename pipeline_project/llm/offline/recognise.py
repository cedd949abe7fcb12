# ruff: noqa: E501 - a pattern is read whole
"""Values in running text that can be told by their look: dates, amounts, numbers, mail and web addresses, labels.

Refuses what can be read in two ways: 03/04/2026 is no date here.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from pipeline_project.llm.offline.words import labels

_MONTHS: Final = {
    **{
        name: number
        for number, name in enumerate(
            ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
        )
    },
    **{"jän": 1, "mär": 3, "mai": 5, "okt": 10, "dez": 12},
}
MONTH: Final = (
    r"(?P<month>(?:jan(?:uary|uar)?|jän(?:ner)?|feb(?:ruary|ruar)?|mar(?:ch)?|märz?|apr(?:il)?|may|mai|jun[ei]?|jul[yi]?"
    r"|aug(?:ust)?|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?)(?![^\W\d_]))\.?"
)
ORDINAL: Final = r"(?:st|nd|rd|th)?\.?(?:\s+of)?"
DATES: Final = re.compile(
    r"\b(?P<y>\d{4})([-/])(?P<m>\d\d)\2(?P<d>\d\d)(?!\d)"
    r"|(?<!version )(?<!release )(?<![\w.])(?P<d2>\d{1,2})\.(?P<m2>\d{1,2})\.(?P<y2>\d{4}|\d\d)\b(?!\.\d)"
    r"|\b(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<y3>\d{4})\b"
    rf"|\b(?P<d4>\d{{1,2}}){ORDINAL}[\s-]+{MONTH},?[\s-]+(?P<y4>\d{{4}})\b"
    rf"|\b{MONTH.replace('month', 'month5')}\s+(?P<d5>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y5>\d{{4}})\b",
    re.IGNORECASE,
)
NUMBER: Final = r"-?\d{1,2}(?:,\d\d)+,\d{3}(?!\d)(?:\.\d+)?|-?\d{1,3}(?:([,.'\u2019\u00a0\u202f])\d{3})+(?!\d)(?:[.,]\d+)?|-?\d+(?:[.,]\d+)?"
_NUMBERS: Final = re.compile(rf"(?<![\w.,-])(?:{NUMBER})(?![\w-]|[.,]\d)")
_CODES: Final = (
    "EUR|USD|GBP|CHF|JPY|SEK|NOK|DKK|PLN|CZK|CAD|AUD|INR|CNY|HUF|RON|BGN|ISK|NZD|SGD|HKD|KRW|THB|MYR|IDR|PHP|VND|BRL|MXN|"
    "ARS|CLP|COP|ZAR|NGN|KES|EGP|MAD|ILS|AED|SAR|QAR|UAH|RSD"
)
SIGNS: Final = {
    **{"US$": "USD", "HK$": "HKD", "NZ$": "NZD", "AU$": "AUD", "A$": "AUD", "CA$": "CAD", "C$": "CAD", "S$": "SGD"},
    **{"R$": "BRL", "€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW", "₺": "TRY", "₪": "ILS"},
    **{"zł": "PLN", "Kč": "CZK", "฿": "THB", "₫": "VND", "₴": "UAH", "₦": "NGN", "SFr.": "CHF"},
}
CURRENCY: Final = rf"(?:(?-i:\b(?:{_CODES})\b)|\b(?:eur|usd|gbp|chf)\b|(?<![A-Za-z])(?-i:{'|'.join(map(re.escape, SIGNS))})(?![^\W\d_]))"
_AMOUNTS: Final = re.compile(rf"(?P<before>{CURRENCY})\s?(?P<x>{NUMBER})|(?P<z>{NUMBER})\s?(?P<after>{CURRENCY})")
# bounded on every side: without that a long run of letters takes quadratic time
EMAILS: Final = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
URLS: Final = re.compile(r"(?:https?://|\bwww\.(?=[\w-]+\.))(?:[^\s<>\"'()\]]|\([^\s<>\"'()]*\))+(?<![.,;:!?])")
_LABEL: Final = re.compile(r"^\W*(?P<label>[^:=|\n]{1,60}?)\s*[:=|]\s*(?P<value>\S.*)$")


def dates(text: str) -> Iterator[str]:
    """ISO dates, in the order of the text. Month and day of a/b/y are taken only where one of them is above twelve."""
    for match in DATES.finditer(text):
        if found := date_of(match):
            yield found


def date_of(match: re.Match[str]) -> str | None:
    """The ISO date of a match of `DATES`; None where it can be read in two ways, or is no day of the calendar."""
    part = match.groupdict()
    year = next(part[key] for key in ("y", "y2", "y3", "y4", "y5") if part[key])
    day = part["d"] or part["d2"] or part["d4"] or part["d5"]
    named = part["month"] or part["month5"]
    month = part["m"] or part["m2"] or (str(month_number(named)) if named else None)
    if part["a"]:
        small, large = sorted((int(part["a"]), int(part["b"])))
        if small != large and large <= 12:
            return None
        month, day = str(small), str(large)
    try:
        return date(int(year) + (2000 if len(year) == 2 else 0), int(month or 0), int(day or 0)).isoformat()
    except ValueError:
        return None  # 31.02. is a number of something else


def month_number(name: str) -> int:
    """1 to 12, of an English or German name or its beginning."""
    return _MONTHS[name[:3].casefold()]


def numbers(text: str) -> Iterator[Decimal]:
    """Numbers that stand alone: not part of a date, a code or a version."""
    for match in _NUMBERS.finditer(DATES.sub(" ", text)):
        yield decimal(match[0])


def amounts(text: str) -> Iterator[Decimal]:
    """Numbers with a currency beside them."""
    for match in _AMOUNTS.finditer(text):
        yield amount(match["x"] or match["z"])


def currencies(text: str) -> Iterator[str]:
    """ISO 4217 codes of the amounts."""
    for match in _AMOUNTS.finditer(text):
        found = match["before"] or match["after"]
        yield SIGNS.get(found, found)


def emails(text: str) -> Iterator[str]:
    """Mail addresses."""
    yield from (match[0].rstrip(".") for match in EMAILS.finditer(text))


def urls(text: str) -> Iterator[str]:
    """Web addresses."""
    yield from (match[0] for match in URLS.finditer(text))


def labelled(name: str, text: str) -> Iterator[str]:
    """The values of `label: value` lines whose label has all words of the name; the nearest label first."""
    wanted = labels(name)
    found: list[tuple[int, str]] = []
    for line in text.splitlines() if wanted else ():
        if match := _LABEL.match(line):
            label = labels(match["label"])
            if wanted <= label:
                found.append((len(label), match["value"].strip().rstrip(";,|")))
    yield from (value for _, value in sorted(found, key=lambda pair: pair[0]))


KINDS: Final[dict[str, Callable[[str], Iterator[object]]]] = {"date": dates, "amount": amounts, "email": emails}


def decimal(text: str) -> Decimal:
    """The last mark is the decimal one (1,234.56 and 1.234,56), unless it repeats or is a comma before three digits."""
    marks = [letter for letter in text if letter in ",.'\u2019\u00a0\u202f"]
    bare = text
    if marks:
        last = marks[-1]
        head, _, tail = text.rpartition(last)
        groups = last in "'\u2019\u00a0\u202f" or marks.count(last) > 1 or (last == "," and len(tail) == 3)
        keep = head + tail if groups else f"{head}\0{tail}"
        bare = re.sub(r"[,.'\u2019\u00a0\u202f]", "", keep).replace("\0", ".")
    return Decimal(bare)


def amount(text: str) -> Decimal:
    """As `decimal`, but a single point before three digits parts thousands too: money has no thousandths."""
    return decimal(text.replace(".", "") if re.fullmatch(r"-?[1-9]\d{0,2}\.\d{3}", text) else text)
