"""Whether an invoice bills what was ordered, at the price ordered, no more than was ordered and received.

Pure. Quantities and amounts are counted over all posted invoices of the order, credit notes taken off; each
limit is checked by itself, so whichever is hit first decides. Refuses to guess what a document does not
state: that is listed as not checked. A credit note takes nothing beyond the order, so only what it is about
is checked.
"""

from collections.abc import Sequence
from decimal import localcontext

from pipeline_project.finance.invoices.models import Invoice
from pipeline_project.finance.matching.comparison import Comparison, compare
from pipeline_project.finance.matching.header import header
from pipeline_project.finance.matching.money import amounts, prices, tax
from pipeline_project.finance.matching.outcome import LineMatch, Match, MatchException, Unchecked, finding
from pipeline_project.finance.matching.quantities import identities, quantities
from pipeline_project.finance.matching.tolerances import NO_VARIANCE, Receipt, ReceiptLine, Tolerances
from pipeline_project.finance.orders.models import Order

__all__ = [
    "NO_VARIANCE",
    "Match",
    "MatchException",
    "Receipt",
    "ReceiptLine",
    "Tolerances",
    "finding",
    "match",
]


def match(
    invoice: Invoice,
    order: Order,
    *,
    tolerances: Tolerances = NO_VARIANCE,
    receipts: Sequence[Receipt] | None = None,
    previous: Sequence[Invoice] = (),
) -> Match:
    """Compare `invoice` with its order, all its receipts (None: two-way) and the `previous` invoices on it."""
    with localcontext(prec=100):  # a hostile number of forty digits must not end in InvalidOperation
        comparison = compare(invoice, order, receipts=receipts, previous=previous)
        return _judged(comparison, tolerances)


def _judged(comparison: Comparison, tolerances: Tolerances) -> Match:
    found: list[MatchException | Unchecked] = [*header(comparison), *identities(comparison)]
    one_currency = not any(isinstance(each, MatchException) and each.kind == "currency" for each in found)
    if not comparison.credit:
        found += quantities(comparison, tolerances)
        if one_currency:
            found += [
                *prices(comparison, tolerances),
                *amounts(comparison, tolerances),
                *tax(comparison, tolerances),
            ]
    exceptions = tuple(each for each in found if isinstance(each, MatchException))
    return Match(
        order=comparison.order.number,
        matched=not exceptions,
        three_way=comparison.received is not None,
        complete=comparison.complete,
        exceptions=exceptions,
        lines=tuple(_line(comparison, position) for position in range(len(comparison.order.lines))),
        unchecked=tuple(dict.fromkeys(each.reason for each in found if isinstance(each, Unchecked))),
    )


def _line(comparison: Comparison, position: int) -> LineMatch:
    ordered, before = comparison.order.lines[position], comparison.before[position]
    return LineMatch(
        order_line=ordered.id,
        name=ordered.name,
        ordered=ordered.quantity,
        billed=comparison.total[position] - before,
        billed_before=before,
        received=comparison.received[position] if comparison.received is not None else None,
    )
