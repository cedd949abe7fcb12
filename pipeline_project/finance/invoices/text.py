"""Invoices in running text (PDF text, e-mails), read by rules: every field with its confidence and evidence.

For English and German invoices first, with the labels of French, Italian, Spanish and Dutch ones. No model takes
part. Refuses text that shows neither the word invoice nor a total; fills in nothing that the text does not say.
"""

import hashlib

from pipeline_project.errors import InvalidDocument
from pipeline_project.finance.invoices import text_fields as fields
from pipeline_project.finance.invoices import text_groups as groups
from pipeline_project.finance.invoices.models import Delivery, Invoice, PrecedingInvoice, References
from pipeline_project.finance.invoices.reading import Reading
from pipeline_project.finance.text.fields import currency as currency_of
from pipeline_project.finance.text.listing import find_listing
from pipeline_project.finance.text.notes import Notes
from pipeline_project.finance.text.page import Page
from pipeline_project.finance.text.parties import find_parties
from pipeline_project.finance.text.table import find_table
from pipeline_project.finance.text.totals import find_sums, negated

# What a bookkeeper needs before anything else; the weakest of them is the confidence of the whole.
KEY_FIELDS = ("type", "number", "issue_date", "currency", "seller.name", "totals.gross")


def read_text(text: str, *, name: str = "text", digest: str | None = None) -> Reading:
    """The invoice in running text: columns are told apart by two spaces or more, as PDF text has them.

    `digest` is that of the document the text was taken from. Raises InvalidDocument for text that is no invoice,
    and for more of it than `Page` reads.
    """
    notes = Notes(Page(text, name=name))
    invoice = _invoice(notes)
    if invoice.type is None and invoice.totals is None:
        raise InvalidDocument(
            "the text does not look like an invoice: it has neither that word nor a total",
            where=name,
            remedy="Send the invoice itself; orders are read as orders.",
        )
    return Reading(
        invoice=invoice,
        format="text",
        source=name,
        digest=digest or hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(),
        problems=tuple(notes.problems),
        confidence=notes.confidence(KEY_FIELDS),
        fields=tuple(notes.fields),
    )


def _invoice(notes: Notes) -> Invoice:
    page, take = notes.page, notes.take
    table = find_table(page)
    rows = table.rows or find_listing(page)
    sums = find_sums(page, skip=table.lines)
    kind = take("type", fields.kind(page))
    if kind == "credit_note" and sums.gross and sums.gross.value < 0:
        sums = negated(sums)  # what is credited is positive in the model, as in EN 16931
    currency = take("currency", currency_of(page))
    dates = fields.dates(page, currency)
    delivered = take("delivery.date", dates.get("delivery"))
    seller, buyer = groups.parties(find_parties(page), notes)
    credited = take("references.preceding[0].number", fields.preceding(page)) if kind == "credit_note" else None
    return Invoice(
        type=kind,
        number=take("number", fields.number(page, credit=kind == "credit_note")),
        issue_date=take("issue_date", dates.get("issue_date")),
        due_date=take("due_date", dates.get("due_date")),
        currency=currency,
        delivery=Delivery(date=delivered) if delivered else None,
        references=References(
            order=take("references.order", fields.order_number(page)),
            preceding=(PrecedingInvoice(number=credited),) if credited else (),
        ),
        seller=seller,
        buyer=buyer,
        payment=groups.payment(notes),
        allowances=groups.on_document("allowances", sums.allowances, notes),
        charges=groups.on_document("charges", sums.charges, notes),
        totals=groups.totals(sums, notes),
        tax_breakdown=groups.breakdown(sums, notes),
        lines=groups.lines(rows, sums, notes, credit=kind == "credit_note"),
    )
