# ruff: noqa: E501, RUF001 - a pattern is read whole; names and words are read as a text
"""Who and what a text names, each with its place and in one form: money, days, addresses, numbers of documents, names.

Refuses to take the same characters twice: the surer kind wins, in the order of `_KINDS`.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from pipeline_project.llm.offline import recognise
from pipeline_project.llm.offline.nlu import accounts, addresses, names, times

LONGEST: Final = 200_000
"""Characters that are looked at; a text beyond is a file, not a message."""

_ID: Final = r"(?=[\w/.-]*\d)(?!\d{4}-\d\d-\d\d\b)(?!\d{1,2}\.\d{1,2}\.\d{4})[A-Za-z0-9][\w/-]*(?:\.\w+)*"
_SIGN: Final = r"(?:[ \t]*[(\[]?(?:no\b\.?|nr\b\.?|num\b\.?|number|nummer|id\b|#|:|is\b|lautet|ist\b))+[ \t]*"
_WORDS: Final = {
    "po_number": r"purchase orders?|p\.?o\.?",
    "invoice_number": r"invoices?|inv\.|rechnung(?:s(?=nummer|nr))?|bill|credit note|gutschrift|facture|factura",
    "order_number": r"orders?|bestell(?:ung)?(?:s(?=nummer|nr))?|auftrag(?:s(?=nummer|nr))?|commande|pedido",
    "ticket_number": r"tickets?|case|incident|vorgang(?:s(?=nummer|nr))?",
    "customer_number": r"customer|kunden|client",
    "tracking_number": r"tracking|sendungs",
    "contract_number": r"contract|vertrags?",
}
# A number without "no." or "#" before it is one only if it looks like it: a letter or a dash in it, or four digits
# that no noun follows ("order 2000 chairs").
_PLAIN: Final = r"(?P<plain>(?=\w*[A-Za-z-]|\d+[-/])[\w/-]*\d[\w/-]*|\d{4,}(?!\s+(?!over\b|for\b|of\b|is\b|was\b|has\b|über\b|vom\b|ist\b)[a-zäöü]))"
_PREFIXED: Final = {
    "invoice_number": re.compile(r"(?<![\w-])(?:INV|RE|RG)-\d[\w-]*"),
    "po_number": re.compile(r"(?<![\w-])PO-\d[\w-]*"),
    "ticket_number": re.compile(r"(?<![\w-])(?:TCK|TKT|INC)-?\d[\w-]*"),
}
_FACTOR: Final = {
    **dict.fromkeys(("k", "tsd", "thousand", "tausend"), 1_000),
    **dict.fromkeys(("m", "mn", "mio", "million", "millionen"), 1_000_000),
    **dict.fromkeys(("bn", "billion", "mrd", "milliarde", "milliarden"), 1_000_000_000),
}
_WORDED: Final = {"euros?": "EUR", "dollars?": "USD", "pounds?": "GBP", "francs?|franken": "CHF"}
_MONEY_WORD: Final = "|".join(_WORDED)
_TIMES: Final = (
    rf"(?:[,.][-–]{{{{1,2}}}})?(?:\s?(?P<factor{{n}}>{'|'.join(sorted(_FACTOR, key=len, reverse=True))})\b\.?)?"
)
_MONEY: Final = re.compile(
    rf"(?P<before>{recognise.CURRENCY})\s?(?P<x>{recognise.NUMBER}){_TIMES.format(n=1)}"
    rf"|(?<![\w.,-])(?P<z>{recognise.NUMBER}|\d{{1,3}}(?: \d{{3}})+){_TIMES.format(n=2)}\s?(?P<after>{recognise.CURRENCY}|(?:{_MONEY_WORD})\b)",
    re.IGNORECASE,
)
_PHONE: Final = re.compile(
    r"(?<![\w+])(?:\+\d[\d ()/.-]{6,20}\d|00\d{2}[ /-][\d ()/-]{5,18}\d|0\d{1,5}[ /-]\d[\d -]{3,14}\d|\(\d{3}\) ?\d{3}[ .-]\d{4}|\d{3}\.\d{3}\.\d{4}"
    r"|(?i:(?<=phone )|(?<=phone: )|(?<=tel )|(?<=tel\. )|(?<=tel: )|(?<=telefon )|(?<=telefon: )|(?<=mobile )|(?<=mobile: )|(?<=cell )|(?<=cell: )|(?<=handy )|(?<=mobil: )"
    r"|(?<=fax: )|(?<=ring )|(?<=call )|(?<=at )|(?<=is ))(?:\(?\d{3}\)?[ -]\d{3,4}(?:-\d{4})?|0\d{9,12}))(?![\w-])"
)
_MOST_DIGITS: Final = 15
"""Of a phone number (ITU-T E.164); more are a card's or a series of something."""
_ACCOUNT: Final = re.compile(r"\b[A-Z]{2}\d{2}[\dA-Z ]*$")


@dataclass(frozen=True)
class Entity:
    """`text` as written, at `start`; `value` in one form (None where it has none); `currency` an ISO 4217 code."""

    type: str
    text: str
    value: str | None
    start: int
    currency: str | None = None


def entities(text: str, today: date | None = None) -> tuple[Entity, ...]:
    """Every entity, in the order of the text. `today`: the day that relative days are counted from."""
    text = text[:LONGEST]
    found: list[Entity] = []
    for kind in _KINDS:
        for entity in kind(text, today):
            at = bisect_right(found, entity.start, key=lambda other: other.start)
            behind = at == 0 or found[at - 1].start + len(found[at - 1].text) <= entity.start
            before = at == len(found) or entity.start + len(entity.text) <= found[at].start
            if behind and before:
                found.insert(at, entity)  # in the order of the text, so that only neighbours can overlap
    return tuple(found)


def _links(text: str, _: date | None) -> Iterator[Entity]:
    for kind, pattern in (("url", recognise.URLS), ("email", recognise.EMAILS)):
        for match in pattern.finditer(text):
            said = match[0].rstrip(".")
            yield Entity(kind, said, said.lower() if kind == "email" else said, match.start())


def _numbers(text: str, _: date | None) -> Iterator[Entity]:
    for kind, said in _WORDS.items():
        pattern = rf"\b(?:{said})(?:[ -]?{_SIGN}(?P<signed>{_ID})|[ \t]+{_PLAIN})"
        for match in re.finditer(pattern, text, re.IGNORECASE):
            group = "signed" if match["signed"] else "plain"
            number = match[group].rstrip(".-/")
            if not _is_other(number):
                yield Entity(kind, number, number, match.start(group))
        if kind in _PREFIXED:
            yield from (Entity(kind, match[0], match[0], match.start()) for match in _PREFIXED[kind].finditer(text))


def _is_other(number: str) -> bool:
    """A word with a digit in it that is a day or a size."""
    return recognise.DATES.fullmatch(number) is not None or re.fullmatch(r"\d+(?:st|nd|rd|th|x)", number) is not None


def _money(text: str, _: date | None) -> Iterator[Entity]:
    for match in _MONEY.finditer(text):
        said = match["before"] or match["after"]
        worded = (code for words, code in _WORDED.items() if re.fullmatch(words, said, re.IGNORECASE))
        currency = recognise.SIGNS.get(said) or next(worded, said.upper())
        factor = _FACTOR.get((match["factor1"] or match["factor2"] or "").casefold(), 1)
        value = recognise.amount((match["x"] or match["z"]).replace(" ", "")) * Decimal(factor)
        yield Entity("money", match[0], f"{value:f}", match.start(), currency)


def _days(text: str, today: date | None) -> Iterator[Entity]:
    yield from (Entity("date", day.text, day.iso, day.start) for day in times.days(text, today))


def _phones(text: str, _: date | None) -> Iterator[Entity]:
    for match in _PHONE.finditer(text):
        digits = re.sub(r"[^\d+]", "", match[0].replace("(0)", ""))
        known = _ACCOUNT.search(text[max(0, match.start() - 12) : match.start()])
        if known is None and len(digits.lstrip("+")) <= _MOST_DIGITS:
            yield Entity("phone", match[0], digits, match.start())


def _accounts(text: str, _: date | None) -> Iterator[Entity]:
    yield from (Entity("iban", said, bare, start) for said, start, bare in accounts.ibans(text))


def _streets(text: str, _: date | None) -> Iterator[Entity]:
    yield from (Entity("address", said, " ".join(said.split()), start) for said, start in addresses.addresses(text))


def _companies(text: str, _: date | None) -> Iterator[Entity]:
    for match in names.companies(text):
        yield Entity("company", match["name"], match["name"], match.start("name"))


def _people(text: str, _: date | None) -> Iterator[Entity]:
    yield from (Entity("person", name, name, start) for name, start, _end in names.people(text))


_KINDS: Final[tuple[Callable[[str, date | None], Iterator[Entity]], ...]] = (
    _links,
    _accounts,
    _money,
    _numbers,
    _days,
    _phones,
    _streets,
    _companies,
    _people,
)
