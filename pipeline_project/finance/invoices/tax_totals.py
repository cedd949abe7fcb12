"""The totals of tax of a document, one per currency, and which of them are which; the same in UBL and in CII."""

from collections.abc import Iterable
from decimal import Decimal

from pipeline_project.finance.elements import Node
from pipeline_project.finance.invoices.models import Amount


def tax_totals(nodes: Iterable[Node]) -> tuple[Amount, ...]:
    """The amounts of elements that hold one each; those without a number are left out."""
    found = [(node, node.number()) for node in nodes]
    return tuple(
        Amount(value=number, currency=node.attribute("currencyID")) for node, number in found if number is not None
    )


def in_document_currency(totals: Iterable[Amount], currency: str | None) -> Decimal | None:
    """The first total in the document's currency (BT-110); one that names no currency is."""
    return next((each.value for each in totals if each.currency in {None, currency} or currency is None), None)


def in_accounting_currency(totals: Iterable[Amount], currency: str | None, accounting: str | None) -> Decimal | None:
    """The first total in the currency of accounting (BT-111), where that is another than the document's."""
    wanted = accounting if accounting != currency else None
    return next((each.value for each in totals if each.currency and each.currency == wanted), None)
