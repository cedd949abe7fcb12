# ruff: noqa: E501, RUF001, SIM905 - a pattern is read whole, and lists of words are read as a text
"""What a text says about a property, by the property's name: entities of its kind, figures beside its words, yes or no.

A value counts for a name only where the text ties the two together: the kind of thing the name asks for, or the name's
own words in the same sentence. Refuses a figure that is part of a phone number, a date or a document's number.
"""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Final

from pipeline_project.llm.offline import recognise
from pipeline_project.llm.offline.nlu.entities import Entity, entities
from pipeline_project.llm.offline.words import labels, sentences

_PERSON: Final = frozenset(
    "name person contact people participant attendee applicant employee sender author assignee requester candidate".split()
)
_COMPANY: Final = frozenset(
    "company organisation organization firm employer vendor supplier seller merchant party customer client buyer".split()
)
_KINDS: Final[tuple[tuple[frozenset[str], tuple[str, ...]], ...]] = (
    (frozenset({"phone", "telephone", "mobile", "tel", "telefon"}), ("phone",)),
    (frozenset({"iban"}), ("iban",)),
    (frozenset({"address", "street", "adresse", "anschrift"}), ("address",)),
    (frozenset({"email", "mail"}), ("email",)),
    (frozenset({"url", "link", "website"}), ("url",)),
)
_NUMBERED: Final = {
    **dict.fromkeys(("invoice", "bill", "rechnung"), "invoice_number"),
    **dict.fromkeys(("order", "bestell", "auftrag"), "order_number"),
    **dict.fromkeys(("po", "purchase"), "po_number"),
    **dict.fromkeys(("ticket", "case", "incident"), "ticket_number"),
    **dict.fromkeys(("customer", "client", "kunden"), "customer_number"),
    **dict.fromkeys(("tracking", "shipment"), "tracking_number"),
    **dict.fromkeys(("contract", "vertrag"), "contract_number"),
}
_ID_WORDS: Final = frozenset({"number", "id", "no", "nummer", "reference", "ref"})
_MONEY_WORDS: Final = frozenset(
    "amount total price cost sum fee subtotal balance budget salary rent premium deposit refund revenue value spend".split()
)
_ONLY_MONEY: Final = frozenset({"amount", "total", "sum", "price", "cost", "value", "refund", "budget"})
_DATE_WORDS: Final = frozenset({"date", "day", "on", "at", "when", "deadline", "due", "by", "until"})
_REACH: Final = 300
"""Characters on either side of an entity in which its words are looked for."""
_IDLE: Final = frozenset(
    "is has have was are were be been needs need wants want the a of to in for by and or value".split()
)
_UNITS: Final = {
    **dict.fromkeys(("minute", "min"), r"min(?:ute[ns]?)?\b"),
    **dict.fromkeys(("hour", "hr"), r"(?:h|hrs?|hours?|std\.?|stunden?)\b"),
    **dict.fromkeys(("day",), r"(?:days?|tagen?|tage)\b"),
    **dict.fromkeys(("week",), r"(?:weeks?|wochen?)\b"),
    **dict.fromkeys(("month",), r"(?:months?|monaten?|monate)\b"),
    **dict.fromkeys(("year",), r"(?:years?|jahren?|jahre)\b"),
    **dict.fromkeys(("kg", "kilogram", "weight"), r"kg\b"),
    **dict.fromkeys(("km", "kilometre", "kilometer", "distance"), r"km\b"),
    **dict.fromkeys(("celsius", "temperature", "degree"), r"(?:°\s?[CF]?|degrees)"),
    **dict.fromkeys(("percent", "percentage", "rate", "vat", "discount", "tax"), r"(?:%|percent\b|prozent\b)"),
    **dict.fromkeys(
        ("seat", "licence", "license", "user"), r"(?:seats?|licen[cs]es?|users?|lizenzen|plätze|benutzer)\b"
    ),
    **dict.fromkeys(("employee", "staff", "headcount"), r"(?:employees|staff|people|mitarbeiter\w*)\b"),
    **dict.fromkeys(("guest", "person"), r"(?:people|persons|guests|personen|gäste)\b"),
}
_SAID_AS: Final = {
    **dict.fromkeys(
        ("start", "effective", "commencement", "begin"),
        "from starting begins commencing effective dated made since ab beginnt".split(),
    ),
    **dict.fromkeys(("end", "expiry", "expiration", "termination"), "until ends expires to till bis endet".split()),
    **dict.fromkeys(
        ("due", "deadline"), "due by until before deadline payable latest bis zahlbar fällig spätestens".split()
    ),
    **dict.fromkeys(("delivery", "arrival"), "deliver delivered arrive arrives lieferung".split()),
    **dict.fromkeys(("issue", "invoice"), "dated date issued datum rechnungsdatum".split()),
}
_LABELS: Final = {
    **dict.fromkeys(
        ("customer", "client", "buyer"), ("bill to", "billed to", "invoice to", "sold to", "client", "kunde")
    ),
    **dict.fromkeys(
        ("vendor", "supplier", "seller", "merchant"), ("supplier", "vendor", "seller", "from", "lieferant")
    ),
}
_DOCUMENT: Final = re.compile(
    r"\A\W*(?:tax |pro ?forma )?(?:invoice|rechnung|credit note|purchase order)\b", re.IGNORECASE
)
_NEGATED: Final = re.compile(
    r"\b(?:not|no|never|without|yet to|nicht|kein\w*|ohne|isn.t|wasn.t|hasn.t|haven.t|don.t|doesn.t|didn.t)\b[^.,;]{0,25}$",
    re.IGNORECASE,
)
_BECAUSE: Final = re.compile(r"\b(?:because(?: of)?|due to|weil|wegen)\s+(?P<said>[^.!?\n]{3,200})", re.IGNORECASE)
_LAW: Final = re.compile(r"\bgoverned by (?:and construed under )?(?:the )?laws? of (?P<said>[A-Z][\w ]{2,40})")
_ROW: Final = re.compile(
    rf"^\W*(?P<count>\d{{1,6}}(?:[.,]\d+)?)\s*(?:x|×|pcs\.?|stk\.?|m|kg)?\s+(?P<what>[^\W\d_][^@€$£\n]*?)[\s@:à|]+"
    rf"(?P<first>{recognise.CURRENCY}\s?(?:{recognise.NUMBER})|(?:{recognise.NUMBER})\s?{recognise.CURRENCY})"
    rf"(?:[\s=|]+(?P<second>{recognise.CURRENCY}\s?(?:{recognise.NUMBER})|(?:{recognise.NUMBER})\s?{recognise.CURRENCY}))?\s*$",
    re.MULTILINE | re.IGNORECASE,
)
_ROWS_OF: Final = frozenset({"item", "line", "position", "product", "article", "row"})
_ROW_FIELDS: Final = {
    **dict.fromkeys(("description", "item", "name", "product", "article", "what", "title"), "what"),
    **dict.fromkeys(("quantity", "qty", "count", "units", "number"), "count"),
    **dict.fromkeys(("unit_price", "price", "unit_cost", "rate"), "price"),
    **dict.fromkeys(("total", "amount", "line_total", "sum", "subtotal"), "total"),
}


class Facts:
    """The entities and sentences of one text, asked for by the names of properties."""

    def __init__(self, text: str, today: date | None = None) -> None:
        self._text = text
        self._today = today

    @cached_property
    def _entities(self) -> tuple[Entity, ...]:
        return entities(self._text, self._today)

    @cached_property
    def plain(self) -> str:
        """The text with every entity but money and companies blanked: their digits are no figures."""
        pieces: list[str] = []
        at = 0
        for entity in self._entities:
            if entity.type not in ("money", "company", "person"):
                pieces += [self._text[at : entity.start], " " * len(entity.text)]
                at = entity.start + len(entity.text)
        return "".join((*pieces, self._text[at:]))

    def strings(self, name: str) -> Iterator[str]:
        """Values for a property that is a string, best first."""
        bag = _bag(name)
        other = (label for word in sorted(bag) for label in _LABELS.get(word, ()))
        yield from (said for label in other for said in recognise.labelled(label, self._text))
        bought = bag & {"customer", "client", "buyer"} and _DOCUMENT.match(self._text)
        for kind in _kinds(bag):
            # the first company of a document is who wrote it
            yield from (entity.value or entity.text for entity in self._of(kind)[1 if bought else 0 :])
        if bag & {"reason", "cause", "why"}:
            yield from (match["said"].strip() for match in _BECAUSE.finditer(self._text))
        if "law" in bag:
            yield from (match["said"].strip() for match in _LAW.finditer(self._text))

    def dates(self, name: str, *, asked: bool) -> Iterator[str]:
        """ISO days that stand in a sentence with the name's own words; any, where the name is only `date`.

        `asked`: the schema says itself that it is a date.
        """
        bag = _bag(name)
        own = bag - _DATE_WORDS - _IDLE
        own |= {said for word in bag for said in _SAID_AS.get(word, ())}
        if not asked and not bag & (_DATE_WORDS - {"on", "at", "by"}):
            return
        found = [entity for entity in self._of("date") if entity.value]
        tied = sorted(found, key=lambda entity: self._distance(entity, own))
        for entity in tied:
            if not own or self._distance(entity, own) < len(self._text):
                yield str(entity.value)

    def money(self, name: str) -> Iterator[Decimal]:
        """Amounts that stand in a sentence with the name's words, the nearest first; else the only one there is."""
        bag = _bag(name)
        if not bag & _MONEY_WORDS:
            return
        found = [entity for entity in self._of("money") if entity.value]
        near = sorted(found, key=lambda entity: self._distance(entity, bag))
        yield from (Decimal(str(e.value)) for e in near if self._distance(e, bag) < len(self._text))
        if bag & _ONLY_MONEY and len({entity.value for entity in found}) == 1:
            yield Decimal(str(found[0].value))

    def figures(self, name: str) -> Iterator[Decimal]:
        """Numbers with the unit, or the thing counted, that the name speaks of."""
        for word in sorted(_bag(name) - _IDLE):
            unit = _UNITS.get(word) or (
                rf"(?:[a-zA-Z-]{{1,30}}\s)?{re.escape(word[:-1] if word.endswith('y') else word)}\w{{0,3}}\b"
            )
            for match in re.finditer(
                rf"(?<![\w.,-])(?P<x>{recognise.NUMBER})(?!\d)\s?-?{unit}", self.plain, re.IGNORECASE
            ):
                yield recognise.decimal(match["x"])

    def truth(self, name: str) -> bool | None:
        """Whether a sentence says the name's words, or denies them; None where none speaks of them."""
        own = _bag(name) - _IDLE
        for sentence in sentences(self._text):
            places = [_place(word, sentence) for word in own]
            if own and all(place is not None for place in places):
                first = min(place for place in places if place is not None)
                return _NEGATED.search(sentence[:first]) is None
            if any(_place(f"un{word}", sentence) is not None for word in own if len(own) == 1):
                return False
        return None

    def rows(self, name: str, fields: tuple[str, ...]) -> list[dict[str, object]]:
        """Objects of a list: positions of a document, or amounts with their currency; none for other names."""
        bag = _bag(name)
        if bag & _ROWS_OF:
            return [_row(match, fields) for match in _ROW.finditer(self._text)]
        if not bag & _MONEY_WORDS and "money" not in bag:
            return []
        values = [(Decimal(str(e.value)), e.currency) for e in self._of("money") if e.value]
        return [
            {key: code if key == "currency" else value for key in fields if key in ("currency", "value", "amount")}
            for value, code in dict.fromkeys(values)
        ]

    def _of(self, kind: str) -> list[Entity]:
        return [entity for entity in self._entities if entity.type == kind]

    def _distance(self, entity: Entity, own: frozenset[str]) -> int:
        """Characters between an entity and the nearest of the words in its sentence; the text's length if none is."""
        end = entity.start + len(entity.text)
        before = re.split(r"\n|[.!?]\s", self._text[max(0, entity.start - _REACH) : entity.start])[-1]
        after = re.split(r"\n|[.!?]\s", self._text[end : end + _REACH], maxsplit=1)[0]
        gaps = [len(before) - place for word in own if (place := _place(word, before, last=True)) is not None]
        gaps += [place + 20 for word in own if (place := _place(word, after)) is not None]
        return min(gaps, default=len(self._text))


def _bag(name: str) -> frozenset[str]:
    return labels(name)


def _kinds(bag: frozenset[str]) -> Iterator[str]:
    """The types of entities that a name asks for, best first."""
    if bag & _ID_WORDS:
        yield from dict.fromkeys(kind for word, kind in _NUMBERED.items() if word in bag)
        return
    found = [kind for asked, kinds in _KINDS if bag & asked for kind in kinds]
    yield from found
    if found:
        return
    if bag & _COMPANY:
        yield "company"
    if bag & _PERSON and not bag & {"company", "file", "product", "project", "event", "course", "plan"}:
        yield "person"
    if bag & {"customer", "client", "buyer", "party"} and not bag & {"company"}:
        yield "person"


def _place(word: str, text: str, *, last: bool = False) -> int | None:
    """Where a word, or another form of it, stands."""
    if not word:
        return None
    stem = re.escape(word[: max(4, len(word) - 2)] if len(word) > 4 else word)
    found = [match.start() for match in re.finditer(rf"\b{stem}\w{{0,4}}\b", text, re.IGNORECASE)]
    return None if not found else found[-1] if last else found[0]


def _row(match: re.Match[str], fields: tuple[str, ...]) -> dict[str, object]:
    first, second = (
        next(recognise.amounts(said), None) if said else None for said in (match["first"], match["second"])
    )
    count = recognise.decimal(match["count"])
    price = first if second is not None else None
    values = {"what": match["what"].strip(" -:|"), "count": count, "price": price, "total": second or first}
    if second is None and re.search(r"@|à", match[0]):
        values |= {"price": first, "total": None}
    made = {key: values[_ROW_FIELDS[key]] for key in fields if key in _ROW_FIELDS}
    return {key: value for key, value in made.items() if value is not None}
