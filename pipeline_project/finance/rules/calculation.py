"""BR-CO-10 to BR-CO-17: the arithmetic of an invoice; sums are rounded to cents, BR-CO-13 and 16 are exact.

A stated total is compared with what it is the total of; an amount that is needed and missing breaks the
rule. Refuses to correct an amount or to prefer one side: both are reported. Source: EN 16931-1:2017, 6.4.
"""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from pipeline_project.finance.invoices.models import Invoice, Totals
from pipeline_project.finance.rules.arithmetic import ZERO, cents, total
from pipeline_project.finance.rules.categories import category_tax, is_vat
from pipeline_project.finance.rules.places import each
from pipeline_project.finance.rules.rule import Breach, Rule, rule

NO_TOTALS = Totals()


def _unequal(field: str, what: str, found: Decimal | None, expected: Decimal | None) -> Iterator[Breach]:
    if found is None or expected is None:
        yield Breach(field, f"{what} cannot be checked because an amount is missing", _text(expected), _text(found))
    elif found != expected:
        yield Breach(field, f"{what} is {found} but should be {expected}", str(expected), str(found))


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


@rule(
    "BR-CO-10",
    "The sum of line net amounts is the sum of the net amounts of all lines",
    terms=("BT-106", "BT-131"),
    remedy="correct the total or the lines",
)
def lines_total(invoice: Invoice) -> Iterator[Breach]:
    if invoice.totals is not None:
        expected = cents(total(line.net for line in invoice.lines))
        yield from _unequal("totals.lines", "the sum of line net amounts", invoice.totals.lines, expected)


@rule(
    "BR-CO-11",
    "The sum of document level allowances is the sum of all of them",
    terms=("BT-107", "BT-92"),
    remedy="correct the total or the allowances",
)
def allowances_total(invoice: Invoice) -> Iterator[Breach]:
    if invoice.totals is not None and (invoice.allowances or invoice.totals.allowances is not None):
        expected = cents(total(allowance.amount for allowance in invoice.allowances))
        yield from _unequal("totals.allowances", "the sum of allowances", invoice.totals.allowances, expected)


@rule(
    "BR-CO-12",
    "The sum of document level charges is the sum of all of them",
    terms=("BT-108", "BT-99"),
    remedy="correct the total or the charges",
)
def charges_total(invoice: Invoice) -> Iterator[Breach]:
    if invoice.totals is not None and (invoice.charges or invoice.totals.charges is not None):
        expected = cents(total(charge.amount for charge in invoice.charges))
        yield from _unequal("totals.charges", "the sum of charges", invoice.totals.charges, expected)


@rule(
    "BR-CO-13",
    "The total without VAT is the sum of line net amounts less allowances plus charges",
    terms=("BT-109", "BT-106", "BT-107", "BT-108"),
    remedy="correct the total without VAT or what it is made of",
)
def net_total(invoice: Invoice) -> Iterator[Breach]:
    totals = invoice.totals
    if totals is not None:
        expected = None
        if totals.lines is not None:
            expected = totals.lines - (totals.allowances or ZERO) + (totals.charges or ZERO)
        yield from _unequal("totals.net", "the total without VAT", totals.net, expected)


@rule(
    "BR-CO-14",
    "The VAT total is the sum of the tax amounts in the VAT breakdown",
    terms=("BT-110", "BT-117"),
    remedy="correct the VAT total or the breakdown",
)
def tax_total(invoice: Invoice) -> Iterator[Breach]:
    found = invoice.totals.tax if invoice.totals is not None else None
    expected = cents(total(row.tax for row in invoice.tax_breakdown))
    if invoice.tax_breakdown and (found is not None or expected != 0):
        yield from _unequal("totals.tax", "the VAT total", found, expected)


@rule(
    "BR-CO-15",
    "The total with VAT is the total without VAT plus the one VAT total in the invoice currency",
    terms=("BT-112", "BT-109", "BT-110"),
    remedy="state one VAT total in the invoice currency and correct the totals",
)
def gross_total(invoice: Invoice) -> Iterator[Breach]:
    if invoice.currency is None:
        return
    totals = invoice.totals or NO_TOTALS
    taxes = [tax.value for tax in invoice.tax_totals if tax.currency == invoice.currency]
    if not taxes and invoice.syntax == "cii" and totals.net is not None:
        taxes = [ZERO]  # CII may leave out a VAT total of nothing
    if len(taxes) != 1:
        problem = f"there are {len(taxes)} VAT totals in {invoice.currency} where there should be one"
        yield Breach("tax_totals", problem, expected="1", found=str(len(taxes)))
        return
    expected = None if totals.net is None else cents(totals.net + taxes[0])
    yield from _unequal("totals.gross", "the total with VAT", totals.gross, expected)


@rule(
    "BR-CO-16",
    "The amount due is the total with VAT less the paid amount plus the rounding amount",
    terms=("BT-115", "BT-112", "BT-113", "BT-114"),
    remedy="correct the amount due or what it is made of",
)
def payable(invoice: Invoice) -> Iterator[Breach]:
    totals = invoice.totals
    if totals is not None:
        expected = None
        if totals.gross is not None:
            expected = totals.gross - (totals.prepaid or ZERO) + (totals.rounding or ZERO)
        yield from _unequal("totals.payable", "the amount due for payment", totals.payable, expected)


@rule(
    "BR-CO-17",
    "The tax amount of a VAT category is its taxable amount times its rate, within one unit of currency",
    terms=("BT-117", "BT-116", "BT-119"),
    remedy="correct the tax amount, the taxable amount or the rate",
)
def category_taxes(invoice: Invoice) -> Iterator[Breach]:
    for path, row in each(invoice, "tax_breakdown[]"):
        rate = row.category.rate if row.category is not None and is_vat(row.category) else None
        expected = category_tax(row.taxable, rate) if rate else ZERO
        if row.tax is None or expected is None or not _near(invoice, row.tax, expected, rated=bool(rate)):
            yield from _unequal(f"{path}.tax", "the tax amount of the category", row.tax, expected)


def _near(invoice: Invoice, found: Decimal, expected: Decimal, *, rated: bool) -> bool:
    """Within one unit of currency (in CII a whole unit passes too); without a rate, rounding to no tax."""
    gap = abs(found - expected)
    if not rated:
        return found.to_integral_value(ROUND_HALF_UP) == 0
    return gap < 1 or (gap == 1 and invoice.syntax == "cii")


CALCULATION: tuple[Rule, ...] = (
    lines_total,
    allowances_total,
    charges_total,
    net_total,
    tax_total,
    gross_total,
    payable,
    category_taxes,
)
