"""Whether invoice and order are about the same deal: number, currency, seller."""

from collections.abc import Iterator

from pipeline_project.finance.duplicates import number_key
from pipeline_project.finance.invoices.models import Party
from pipeline_project.finance.matching.comparison import Comparison
from pipeline_project.finance.matching.outcome import MatchException, Unchecked
from pipeline_project.finance.vendors import Vendor, shared_marks, vendor_of


def header(comparison: Comparison) -> Iterator[MatchException | Unchecked]:
    """What is stated in both and differs."""
    invoice, order = comparison.invoice, comparison.order
    stated = invoice.references.order
    if number_key(stated) is None or number_key(order.number) is None:
        yield Unchecked("order number: the invoice or the order states none")
    elif number_key(stated) != number_key(order.number):
        yield MatchException(
            kind="order_number",
            field="references.order",
            message="the invoice names another order",
            expected=str(order.number),
            found=str(stated),
        )
    if invoice.currency is None or order.currency is None:
        yield Unchecked("currency: the invoice or the order states none")
    elif invoice.currency != order.currency:
        yield MatchException(
            kind="currency",
            field="currency",
            message="the invoice is in another currency than the order",
            expected=order.currency,
            found=invoice.currency,
        )
    yield from _seller(invoice.seller, order.seller)


def _seller(billing: Party | None, ordered: Party | None) -> Iterator[MatchException | Unchecked]:
    mine, theirs = vendor_of(billing), vendor_of(ordered)
    if shared_marks(mine, theirs) or _identifiers(billing) & _identifiers(ordered):
        return
    if not _kinds(mine) & _kinds(theirs):
        yield Unchecked("seller: invoice and order name it by nothing that can be compared")
        return
    yield MatchException(
        kind="seller",
        field="seller",
        message="another seller bills than the one ordered from",
        expected=_words(ordered),
        found=_words(billing),
    )


def _kinds(vendor: Vendor) -> set[str]:
    return {kind for kind, _ in vendor.marks}


def _identifiers(party: Party | None) -> set[tuple[str | None, str]]:
    if party is None:
        return set()
    stated = (*party.identifiers, party.endpoint, party.registration)
    return {(each.scheme, each.value) for each in stated if each is not None and each.value}


def _words(party: Party | None) -> str:
    parts = (party.name or party.trading_name, party.tax_id) if party else ()
    return ", ".join(filter(None, parts)) or "no name"
