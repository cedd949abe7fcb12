"""The draft of an order from running text, a mail's or a PDF's: by rules, every field with its evidence.

Refuses to fill in what the text does not say: what is missing or does not add up sends the draft to a person.
"""

import hashlib
import re
from decimal import Decimal

from pipeline_project.finance.invoices.models import Address, AllowanceCharge, Party, Period, TaxCategory, Totals
from pipeline_project.finance.orders.check import check_totals
from pipeline_project.finance.orders.models import Order, OrderDelivery, OrderLine
from pipeline_project.finance.orders.reading import OrderReading
from pipeline_project.finance.text.fields import NO, Days, currency, number
from pipeline_project.finance.text.listing import find_listing
from pipeline_project.finance.text.notes import Notes
from pipeline_project.finance.text.page import Found, Page, Span
from pipeline_project.finance.text.parties import AddressText, PartyText, find_parties
from pipeline_project.finance.text.table import Row, find_table
from pipeline_project.finance.text.totals import Sums, find_sums

# What is needed, beside lines, before anything can be delivered; the weakest is the confidence of the draft.
KEY_FIELDS = ("number", "customer.name")

_NUMBER = re.compile(
    rf"\b(?:purchase order|P\.?O\.?)[ -]?(?:{NO}|ref(?:erence)?)|\b(?:our )?order[ -]?(?:{NO}|ref(?:erence)?)"
    rf"|\bbestell(?:ung)?s?[ .-]{{0,2}}{NO}|\bauftrags[ .-]{{0,2}}{NO}|\bcommande\s?{NO}|\bn[°º] de commande",
    re.IGNORECASE,
)
_TITLE_NUMBER = re.compile(
    r"\b(?:(?:purchase order|bestellung|order|commande)\b|P\.?O\.?(?=[\s:#]))[\s:#-]*", re.IGNORECASE
)
_BARE_NUMBER = re.compile(r"\bPO-?\d[\w-]*")
_ISSUED = re.compile(
    r"\b(?:order|issue|PO) date|\bdate of order|\b(?:bestell|auftrags)datum|\bdate de commande|\bdated"
    r"|\bbestellung vom",
    re.IGNORECASE,
)
_DATED = re.compile(r"(?:^|(?<=\s\s)|(?<=,\s))(?:date|datum|den|le)\b", re.IGNORECASE)
_WANTED = re.compile(
    r"\b(?:requested |required )?delivery(?: date)?(?: by| on| until)?"
    r"|\b(?:required|needed|need it|deliver(?:ed)?)(?: by| on| until)|\b(?:liefer|wunsch)(?:termin|datum)"
    r"|\blieferung bis(?: zum)?|\bdate de livraison",
    re.IGNORECASE,
)
_QUOTATION = re.compile(rf"\b(?:quotation|quote|offer|angebots?|devis)[ -]?(?:{NO}|ref(?:erence)?)?", re.IGNORECASE)
_TERMS = re.compile(r"\b(?:payment terms|terms of payment|zahlungsbedingung(?:en)?|zahlungsziel)\s*:?", re.IGNORECASE)
_REST = re.compile(r"\S.*")


def read_text(text: str, *, subject: str = "", name: str = "text", digest: str | None = None) -> OrderReading:
    """The draft of the order in a text; `subject` is that of the mail, read as its first line.

    Whether the text is an order at all is not asked here, see `detect`. Offsets of the evidence count from the
    subject, which stands before the text with a line break between. Raises InvalidDocument for too much text.
    """
    page = Page(f"{subject}\n{text}", name=name)
    notes = Notes(page)
    order = _order(notes)
    lines = [field.confidence for field in notes.fields if field.field.startswith("lines[")]
    return OrderReading(
        order=order,
        format="text",
        source=name,
        digest=digest or hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(),
        problems=tuple(notes.problems),
        findings=check_totals(order),
        confidence=min(notes.confidence(KEY_FIELDS), *(lines or [0.0])),
        fields=tuple(notes.fields),
    )


def _order(notes: Notes) -> Order:
    page, take = notes.page, notes.take
    table = find_table(page)
    rows = table.rows or find_listing(page)
    sums = find_sums(page, skip=table.lines)
    code = take("currency", currency(page))
    days = Days(page, code)
    dated = days.labelled(_ISSUED) or days.labelled(_DATED)
    found = find_parties(page, author="buyer")
    terms = next(page.labelled(_TERMS, _REST, str), None)
    return Order(
        number=take("number", number(page, _NUMBER) or _by_title(page)),
        issue_date=take("issue_date", dated),
        currency=code,
        quotation=take("quotation", number(page, _QUOTATION)),
        customer=_party("customer", found.get("buyer"), notes),
        seller=_party("seller", found.get("seller"), notes),
        delivery=_delivery(found.get("delivery"), days, notes),
        payment_terms=take("payment_terms", terms),
        allowances=_extra(sums.allowances),
        charges=_extra(sums.charges),
        totals=_totals(sums, notes),
        lines=tuple(_line(index, row, notes) for index, row in enumerate(rows)),
    )


def _by_title(page: Page) -> Found[str] | None:
    found = number(page, _TITLE_NUMBER)
    if found is not None:
        return found.weighed(0.95)
    match = _BARE_NUMBER.search(page.text)
    return Found(match[0], 0.8, Span(match.start(), match.end(), match[0])) if match else None


def _party(field: str, found: PartyText | None, notes: Notes) -> Party | None:
    name = notes.take(f"{field}.name", found.name if found else None)
    address = _address(notes.take(f"{field}.address", found.address if found else None))
    return Party(name=name, address=address) if name or address else None


def _address(text: AddressText | None) -> Address | None:
    if text is None:
        return None
    return Address(line_1=text.street, postcode=text.postcode, city=text.city, country=text.country)


def _delivery(found: PartyText | None, days: Days, notes: Notes) -> OrderDelivery | None:
    wanted = notes.take("delivery.requested.end", days.labelled(_WANTED))
    party = _party("delivery", found, notes)
    if wanted is None and party is None:
        return None
    return OrderDelivery(
        party_name=party.name if party else None,
        address=party.address if party else None,
        requested=Period(end=wanted) if wanted else None,
    )


def _extra(amount: Found[Decimal] | None) -> tuple[AllowanceCharge, ...]:
    return (AllowanceCharge(amount=amount.value),) if amount else ()


def _totals(sums: Sums, notes: Notes) -> Totals | None:
    names = ("lines", "allowances", "charges", "net", "tax", "gross", "payable")
    stated = {name: notes.take(f"totals.{name}", getattr(sums, name)) for name in names}
    return Totals(**stated) if any(value is not None for value in stated.values()) else None


def _line(index: int, row: Row, notes: Notes) -> OrderLine:
    notes.take(f"lines[{index}]", Found(index, row.confidence, row.span))
    words, numbers = row.words, row.numbers
    return OrderLine(
        id=words.get("position") or str(index + 1),
        seller_item=words.get("sku"),
        name=words.get("description"),
        quantity=numbers.get("quantity"),
        unit=row.unit,
        unit_price=numbers.get("price"),
        net=numbers.get("net"),
        tax=TaxCategory(rate=numbers["tax"]) if "tax" in numbers else None,
    )
