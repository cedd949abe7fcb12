"""The groups of an invoice in running text: parties, payment, totals, tax by rate, lines.

Refuses to call a sum right: lines whose sum is not the stated one are kept, less sure, with a problem.
"""

from decimal import Decimal

from pipeline_project.finance.checksums import iban_problem, vat_problem
from pipeline_project.finance.invoices import text_fields as fields
from pipeline_project.finance.invoices.models import (
    Account,
    Address,
    AllowanceCharge,
    Line,
    Party,
    Payment,
    PaymentMeans,
    TaxCategory,
    TaxSubtotal,
    Totals,
)
from pipeline_project.finance.money import rounded
from pipeline_project.finance.text.headings import Role
from pipeline_project.finance.text.identifiers import bics, ibans, vat_numbers
from pipeline_project.finance.text.notes import Notes
from pipeline_project.finance.text.page import Found
from pipeline_project.finance.text.parties import AddressText, PartyText, Side
from pipeline_project.finance.text.table import PLAUSIBLE, Row
from pipeline_project.finance.text.totals import Sums

_CENTS = Decimal("0.02")
_NAMED = ("lines", "net", "tax", "gross", "prepaid", "payable")


def parties(found: dict[Side, PartyText], notes: Notes) -> tuple[Party | None, Party | None]:
    """Seller and buyer, each with the VAT identifier that stands nearest to it."""
    numbers = _assigned(list(vat_numbers(notes.page)), found, notes)
    return _party("seller", found, numbers, notes), _party("buyer", found, numbers, notes)


def _party(side: Side, found: dict[Side, PartyText], numbers: dict[Side, Found[str]], notes: Notes) -> Party | None:
    text = found.get(side, PartyText())
    tax_id = notes.take(f"{side}.tax_id", numbers.get(side))
    if tax_id and (wrong := vat_problem(tax_id)):
        notes.problem(f"{side}.tax_id", numbers[side].span, f"{tax_id} {wrong}")
    local = notes.take("seller.tax_registration", fields.local_tax_number(notes.page)) if side == "seller" else None
    name = notes.take(f"{side}.name", text.name)
    if not (name or tax_id or local):
        return None
    address = postal(notes.take(f"{side}.address", text.address))
    return Party(name=name, tax_id=tax_id, tax_registration=local, address=address)


def postal(text: AddressText | None) -> Address | None:
    """An address of a text as an address of the model."""
    if text is None:
        return None
    return Address(line_1=text.street, postcode=text.postcode, city=text.city, country=text.country)


def _assigned(numbers: list[Found[str]], found: dict[Side, PartyText], notes: Notes) -> dict[Side, Found[str]]:
    """Which VAT identifier is whose: what is called the customer's is; of the others, the nearest to a name."""
    theirs = [number for number in numbers if fields.is_theirs(notes.page, number.span)]
    others = [number for number in numbers if number not in theirs]
    assigned: dict[Side, Found[str]] = {}
    if theirs:
        assigned["buyer"] = theirs[0]
    if len(others) == 1 or theirs:
        assigned.update({"seller": others[0]} if others else {})
        return assigned
    anchors: dict[Side, list[int]] = {
        side: notes.page.occurrences(text.name.value) if text.name else [] for side, text in found.items()
    }
    anchors.setdefault("seller", []).extend(iban.span.start for iban in ibans(notes.page))
    for number in others:
        near: dict[Side, int] = {
            side: min(abs(place - number.span.start) for place in places) for side, places in anchors.items() if places
        }
        nearest: Side = min(near, key=lambda side: near[side]) if near else "seller"
        assigned.setdefault(nearest, number.weighed(0.9))
    return assigned


def payment(notes: Notes) -> Payment | None:
    """The accounts to pay into; the n-th BIC belongs to the n-th IBAN when there are as many."""
    accounts, codes = list(ibans(notes.page)), list(bics(notes.page))
    means = []
    for index, account in enumerate(accounts):
        field = f"payment.means[{index}].account"
        number = notes.take(f"{field}.id", account)
        code = notes.take(f"{field}.provider", codes[index]) if len(codes) == len(accounts) else None
        if wrong := iban_problem(account.value):
            notes.problem(f"{field}.id", account.span, f"{account.value} {wrong}")
        means.append(PaymentMeans(account=Account(id=number, provider=code)))
    return Payment(means=tuple(means)) if means else None


def on_document(field: str, amount: Found[Decimal] | None, notes: Notes) -> tuple[AllowanceCharge, ...]:
    """The one allowance or charge on the whole document that the sums show."""
    value = notes.take(f"{field}[0].amount", amount)
    return (AllowanceCharge(amount=value),) if value is not None else ()


def totals(sums: Sums, notes: Notes) -> Totals | None:
    """The sums that are stated."""
    stated = {name: notes.take(f"totals.{name}", getattr(sums, name)) for name in _NAMED}
    if all(value is None for value in stated.values()):
        return None
    return Totals(
        **stated,
        allowances=sums.allowances.value if sums.allowances else None,
        charges=sums.charges.value if sums.charges else None,
    )


def breakdown(sums: Sums, notes: Notes) -> tuple[TaxSubtotal, ...]:
    """The tax by rate; the category is not stated in words, so it stays open."""
    return tuple(
        TaxSubtotal(
            taxable=notes.take(f"tax_breakdown[{index}].taxable", row.taxable),
            tax=notes.take(f"tax_breakdown[{index}].tax", row.tax),
            category=TaxCategory(rate=row.rate),
        )
        for index, row in enumerate(sums.rates)
    )


def lines(rows: tuple[Row, ...], sums: Sums, notes: Notes, *, credit: bool) -> tuple[Line, ...]:
    """The rows of the table as lines; what a credit note writes as negative is positive here."""
    stated = sums.lines or sums.net
    total = sum((row.numbers["net"] for row in rows if "net" in row.numbers), Decimal(0))
    turned = credit and total < 0
    doubtful = bool(rows and stated and abs((-total if turned else total) - stated.value) > _CENTS)
    if doubtful and stated:
        notes.problem("lines", rows[0].span, f"the lines add up to {total}, the text states {stated.value}")
    return tuple(_line(index, row, notes, doubtful=doubtful, turned=turned) for index, row in enumerate(rows))


def _line(index: int, row: Row, notes: Notes, *, doubtful: bool, turned: bool) -> Line:
    sure = min(row.confidence, PLAUSIBLE) if doubtful else row.confidence
    words, numbers = row.words, row.numbers

    def number(field: str, role: Role) -> Decimal | None:
        value = numbers.get(role)
        if value is None:
            return None
        value = abs(value) if turned and role == "quantity" else -value if turned and role == "net" else value
        return notes.take(f"lines[{index}].{field}", Found(value, sure, row.span))

    described = words.get("description")
    return Line(
        id=words.get("position"),
        seller_item=words.get("sku"),
        name=notes.take(f"lines[{index}].name", Found(described, sure, row.span)) if described else None,
        quantity=number("quantity", "quantity"),
        unit=row.unit,
        unit_price=number("unit_price", "price"),
        net=number("net", "net"),
        allowances=_discount(row),
        tax=TaxCategory(rate=numbers["tax"]) if "tax" in numbers else None,
    )


def _discount(row: Row) -> tuple[AllowanceCharge, ...]:
    """The discount of a line in percent, where price and amount differ by just that."""
    percent, net = row.numbers.get("discount"), row.numbers.get("net")
    quantity, price = row.numbers.get("quantity"), row.numbers.get("price")
    if not percent or quantity is None or price is None or net is None:
        return ()
    base = rounded(quantity * price)
    if abs(rounded(base * (100 - percent) / 100) - net) > _CENTS:
        return ()
    return (AllowanceCharge(amount=abs(base - net), base=abs(base), percent=percent),)
