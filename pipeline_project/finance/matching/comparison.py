"""An invoice laid beside its order: which line is which, and what was billed and received of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipeline_project.finance.invoices.models import Invoice, Line, Totals
from pipeline_project.finance.matching.pairing import Allocation
from pipeline_project.finance.matching.tolerances import Receipt
from pipeline_project.finance.orders.models import Order, OrderLine


@dataclass(frozen=True, slots=True)
class Pair:
    """A billed line with its place in the invoice, and the ordered line it belongs to with its place."""

    index: int
    line: Line
    ordered: OrderLine | None
    position: int | None
    other_item: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the limits are checked on; quantities are by place of the ordered line."""

    invoice: Invoice
    order: Order
    previous: tuple[Invoice, ...]
    pairs: tuple[Pair, ...]
    before: tuple[Decimal, ...]
    total: tuple[Decimal, ...]
    received: tuple[Decimal, ...] | None

    @property
    def credit(self) -> bool:
        """Whether the document takes back instead of billing."""
        return is_credit(self.invoice)

    @property
    def complete(self) -> bool:
        """Whether everything ordered is billed by now."""
        ordered = [line.quantity for line in self.order.lines]
        pairs = zip(ordered, self.total, strict=True)
        return bool(ordered) and all(quantity is not None and total >= quantity for quantity, total in pairs)


def compare(
    invoice: Invoice, order: Order, *, receipts: Sequence[Receipt] | None, previous: Sequence[Invoice]
) -> Comparison:
    """Distribute what was billed before, is billed now and was received over the lines of the order."""
    billed = Allocation(order.lines)
    for earlier in previous:
        for line in earlier.lines:
            billed.add(line, _signed(earlier, line))
    before = tuple(billed.quantities)
    pairs = tuple(_pair(invoice, index, order, billed) for index in range(len(invoice.lines)))
    return Comparison(
        invoice=invoice,
        order=order,
        previous=tuple(previous),
        pairs=pairs,
        before=before,
        total=tuple(billed.quantities),
        received=None if receipts is None else _received(order, receipts),
    )


def is_credit(invoice: Invoice) -> bool:
    """Whether an invoice is a credit note."""
    return invoice.type == "credit_note"


def net_of(invoice: Invoice) -> Decimal | None:
    """The total without tax, as stated or from the lines; None when neither is there."""
    totals = invoice.totals or Totals()
    if totals.net is not None or not invoice.lines:
        return totals.net
    return sum((line.net or Decimal(0) for line in invoice.lines), Decimal(0)) + extras_of(invoice)


def extras_of(document: Invoice | Order) -> Decimal:
    """Charges less allowances of the document as a whole."""
    charges = sum((each.amount or Decimal(0) for each in document.charges), Decimal(0))
    return charges - sum((each.amount or Decimal(0) for each in document.allowances), Decimal(0))


def _pair(invoice: Invoice, index: int, order: Order, billed: Allocation) -> Pair:
    line = invoice.lines[index]
    position = billed.add(line, _signed(invoice, line))
    if position is None:
        return Pair(index, line, None, None)
    return Pair(index, line, order.lines[position], position, billed.other_item(line, position))


def _signed(invoice: Invoice, line: Line) -> Decimal | None:
    return -line.quantity if is_credit(invoice) and line.quantity is not None else line.quantity


def _received(order: Order, receipts: Sequence[Receipt]) -> tuple[Decimal, ...]:
    received = Allocation(order.lines)
    for receipt in receipts:
        for line in receipt.lines:
            received.add_received(line)
    return tuple(received.quantities)
