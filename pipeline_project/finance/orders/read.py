"""The door to purchase orders: a file, bytes, UBL, a PDF, an e-mail or text in, a draft out.

Refuses, with one sentence that names place and remedy, what is no order: a quote, an invoice, a confirmation.
"""

import hashlib
from pathlib import Path

from lxml import etree

from pipeline_project.errors import InvalidDocument
from pipeline_project.finance.documents import MAX_BYTES, Document, open_document
from pipeline_project.finance.mail import open_mail
from pipeline_project.finance.orders import ubl
from pipeline_project.finance.orders.check import check_totals
from pipeline_project.finance.orders.detect import detect
from pipeline_project.finance.orders.reading import OrderReading
from pipeline_project.security import xml

_ELSEWHERE = {
    "Invoice": "This is an invoice: read it as one.",
    "CreditNote": "This is a credit note: read it as an invoice.",
    "CrossIndustryInvoice": "This is an invoice: read it as one.",
    "OrderChange": "This changes an order; send the whole order as it is to be now.",
    "OrderCancellation": "This cancels an order; it is no new one.",
    "OrderResponse": "This answers an order; it is no new one.",
}


def read(
    source: bytes | str | Path, *, name: str | None = None, subject: str = "", max_bytes: int = MAX_BYTES
) -> OrderReading:
    """The order in `source`: bytes, or the path of a file (a `str` is a path; text goes to `read_text`).

    Reads UBL 2.1 Order (Peppol BIS 3), PDFs, e-mails and plain text; `subject` is that of the mail plain text came
    in. A draft from text is never surer than that the text is an order. Raises NotFound, PermissionDenied,
    InvalidInput, or InvalidDocument for what is no order.
    """
    return _read(open_document(source, name=name, max_bytes=max_bytes), subject)


def read_ubl(data: bytes, *, name: str = "document") -> OrderReading:
    """The order in a UBL 2.1 Order, its totals checked. Raises InvalidDocument for anything else."""
    root = xml.parse(data, name=name)
    if str(root.tag) != ubl.ROOT:
        local = etree.QName(root).localname
        raise InvalidDocument(
            f"the root element {local} is not that of a UBL order",
            where=name,
            remedy=_ELSEWHERE.get(local, "Send a UBL 2.1 Order."),
        )
    order, problems = ubl.order(root)
    return OrderReading(
        order=order,
        format="ubl",
        source=name,
        digest=hashlib.sha256(data).hexdigest(),
        problems=problems,
        findings=check_totals(order),
    )


def _read(document: Document, subject: str) -> OrderReading:
    if document.kind == "xml":
        return read_ubl(document.data, name=document.name)
    if document.kind == "mail":
        return _read_mail(document)
    if document.kind == "pdf":
        return _read_pdf(document, subject)
    return _draft(document.text, subject, document)


def _read_pdf(document: Document, subject: str) -> OrderReading:
    from pipeline_project.finance.invoices import pdf  # pypdf takes 0.13 s that only PDFs need

    for title, content in pdf.embedded_xml(document.data, name=document.name):
        root = xml.parse(content, name=f"{document.name}: {title}")
        if str(root.tag) == ubl.ROOT:
            return read_ubl(content, name=f"{document.name}: {title}")
    return _draft(pdf.page_text(document.data, name=document.name), subject, document)


def _read_mail(document: Document) -> OrderReading:
    """The order attached to an e-mail, XML before PDF, else the one in its text."""
    mail = open_mail(document)
    refusals: list[InvalidDocument] = []
    for each in sorted(mail.attachments, key=lambda each: ("xml", "pdf", "mail", "text").index(each.kind)):
        try:
            return _read(each, mail.subject)
        except InvalidDocument as error:  # perhaps another attachment is the order
            refusals.append(error)
    try:
        return _draft(mail.text, mail.subject, document)
    except InvalidDocument as error:
        raise (refusals[0] if refusals else error) from error


def _draft(text: str, subject: str, document: Document) -> OrderReading:
    found = detect(text, subject=subject, name=document.name)
    if found.draft is None:
        against = next((signal.evidence for signal in found.signals if signal.weight < 0), None)
        what = f"it reads like a message of the kind {found.kind} ({against!r})" if against else "nothing says so"
        raise InvalidDocument(
            f"the text is no purchase order: {what}",
            where=document.name,
            remedy="Send the order itself; quotes, invoices and confirmations are not booked as orders.",
        )
    confidence = min(found.confidence, found.draft.confidence)
    return found.draft.model_copy(update={"confidence": confidence, "digest": document.digest})
