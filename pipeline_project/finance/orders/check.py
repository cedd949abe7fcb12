"""Whether the sums of an order add up: each line, the lines together, the totals.

Only what is stated is compared; a cent of rounding a line is allowed. Refuses to correct: a finding names what
was expected, the order keeps what it says.
"""

from collections.abc import Iterator
from decimal import Decimal, localcontext

from pipeline_project.finance.findings import Finding
from pipeline_project.finance.invoices.models import AllowanceCharge, Totals
from pipeline_project.finance.money import rounded
from pipeline_project.finance.orders.models import Order, OrderLine

_CENT = Decimal("0.01")
_ZERO = Decimal(0)


def check_totals(order: Order) -> tuple[Finding, ...]:
    """An error for each sum that is not what its parts make: lines, allowances, charges, net, gross, payable."""
    with localcontext(prec=100):  # a hostile number of forty digits must not end in InvalidOperation
        return (*_lines(order.lines), *_totals(order))


def _lines(lines: tuple[OrderLine, ...]) -> Iterator[Finding]:
    for index, line in enumerate(lines):
        if line.quantity is None or line.unit_price is None:
            continue
        amount = line.quantity * line.unit_price / (line.base_quantity or 1)
        expected = rounded(amount - _sum(line.allowances) + _sum(line.charges))
        yield from _compared(f"lines[{index}].net", "quantity times price", line.net, expected)


def _totals(order: Order) -> Iterator[Finding]:
    totals = order.totals or Totals()
    slack = _CENT * max(len(order.lines), 1)
    nets = [line.net for line in order.lines if line.net is not None]
    if nets and len(nets) == len(order.lines):
        yield from _compared("totals.lines", "the sum of the lines", totals.lines, sum(nets, _ZERO), slack)
    yield from _compared("totals.allowances", "the sum of the allowances", totals.allowances, _sum(order.allowances))
    yield from _compared("totals.charges", "the sum of the charges", totals.charges, _sum(order.charges))
    net = totals.net
    if totals.lines is not None:
        net = totals.lines - (totals.allowances or _sum(order.allowances)) + (totals.charges or _sum(order.charges))
        yield from _compared("totals.net", "lines less allowances plus charges", totals.net, net, slack)
    gross = totals.gross
    if net is not None and totals.tax is not None:
        gross = net + totals.tax
        yield from _compared("totals.gross", "net plus tax", totals.gross, gross, slack)
    if gross is not None:
        expected = gross - (totals.prepaid or _ZERO) + (totals.rounding or _ZERO)
        yield from _compared("totals.payable", "gross less what is prepaid", totals.payable, expected, slack)


def _compared(
    field: str, what: str, stated: Decimal | None, expected: Decimal, slack: Decimal = _CENT
) -> Iterator[Finding]:
    if stated is not None and abs(stated - expected) > slack:
        yield Finding(
            rule="order.totals",
            field=field,
            message=f"the amount is not {what}; ask the customer which is meant",
            expected=str(expected),
            found=str(stated),
        )


def _sum(entries: tuple[AllowanceCharge, ...]) -> Decimal:
    return sum((entry.amount for entry in entries if entry.amount is not None), _ZERO)
