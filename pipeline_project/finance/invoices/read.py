"""The door to invoices: a file, bytes, XML, a PDF, an e-mail or text in, a Reading out.

What the document is follows from its content, never from its name. Embedded or attached XML comes before text.
Refuses, with one sentence that names place and remedy, what is no invoice or cannot be read within bounds.
"""

import hashlib
from pathlib import Path

from lxml import etree

from pipeline_project.errors import InvalidDocument
from pipeline_project.finance.documents import MAX_BYTES, Document, open_document
from pipeline_project.finance.elements import Problem
from pipeline_project.finance.invoices import cii, ubl, zugferd1
from pipeline_project.finance.invoices.models import Invoice
from pipeline_project.finance.invoices.reading import Reading
from pipeline_project.finance.invoices.text import read_text
from pipeline_project.finance.mail import open_mail
from pipeline_project.security import xml

_ROOTS = frozenset({ubl.INVOICE, ubl.CREDIT_NOTE, cii.ROOT, zugferd1.ROOT})
_ELSEWHERE = {
    "Order": "This is a purchase order: read it as one.",
    "OrderChange": "This is a changed purchase order; invoices are read here.",
    "FatturaElettronica": "FatturaPA is not read; ask for UBL or CII.",
}


def read(source: bytes | str | Path, *, name: str | None = None, max_bytes: int = MAX_BYTES) -> Reading:
    """The invoice in `source`: bytes, or the path of a file (a `str` is a path; text goes to `read_text`).

    Reads UBL 2.1, CII D16B, ZUGFeRD 1.0, PDFs with and without embedded XML, e-mails and plain text. `name` is
    how messages call the document. Raises NotFound, PermissionDenied, InvalidInput or InvalidDocument; a value
    inside that is not what it should be is no error but a problem of the reading.
    """
    return _read(open_document(source, name=name, max_bytes=max_bytes))


def read_xml(data: bytes, *, name: str = "document") -> Reading:
    """The invoice in a UBL, CII or ZUGFeRD 1.0 document, as its root element says. Raises InvalidDocument."""
    return _reading(data, xml.parse(data, name=name), name)


def read_ubl(data: bytes, *, name: str = "document") -> Reading:
    """The invoice in a UBL 2.1 Invoice or CreditNote. Raises InvalidDocument for anything else."""
    return _reading(data, _expected(xml.parse(data, name=name), (ubl.INVOICE, ubl.CREDIT_NOTE), name), name)


def read_cii(data: bytes, *, name: str = "document") -> Reading:
    """The invoice in a CII D16B or ZUGFeRD 1.0 document. Raises InvalidDocument for anything else."""
    return _reading(data, _expected(xml.parse(data, name=name), (cii.ROOT, zugferd1.ROOT), name), name)


def read_pdf(data: bytes, *, name: str = "document") -> Reading:
    """The invoice in a PDF: from the XML embedded in it, else from the text of its pages.

    Of several embedded invoices the best known name wins, and the others are a problem of the reading. Raises
    InvalidDocument for a PDF that cannot be read, or whose embedded XML named as an invoice cannot be.
    """
    from pipeline_project.finance.invoices import pdf  # pypdf takes 0.13 s that only PDFs need

    digest = hashlib.sha256(data).hexdigest()
    files = pdf.embedded_xml(data, name=name)
    known = [file for file in files if file[0].lower() in pdf.INVOICE_NAMES]
    if not known:
        known = [file for file in files if _is_invoice(file[1], file[0])]
    if not known:
        return read_text(pdf.page_text(data, name=name), name=name, digest=digest)
    (title, content), *others = known
    found = read_xml(content, name=f"{name}: {title}")
    about = {"format": "facturx", "source": name, "digest": digest}
    passed_over = tuple(Problem(path=other, message=f"not read, since {title} is") for other, _ in others)
    return found.model_copy(update={**about, "problems": (*found.problems, *passed_over)})


def read_root(root: etree._Element, *, name: str = "document") -> tuple[Invoice, tuple[Problem, ...]]:
    """The invoice below a root element that is already parsed, and what could not be read of it.

    Anything may be missing below the root. Raises InvalidDocument for a root element of no invoice format.
    """
    tag = str(root.tag)
    if tag in (ubl.INVOICE, ubl.CREDIT_NOTE):
        return ubl.invoice(root)
    if tag == zugferd1.ROOT:
        return cii.invoice(zugferd1.modernized(root))
    if tag == cii.ROOT:
        return cii.invoice(root)
    raise _unexpected(root, name)


def _read(document: Document) -> Reading:
    if document.kind == "xml":
        return read_xml(document.data, name=document.name)
    if document.kind == "pdf":
        return read_pdf(document.data, name=document.name)
    if document.kind == "mail":
        return _read_mail(document)
    return read_text(document.text, name=document.name, digest=document.digest)


def _read_mail(document: Document) -> Reading:
    """The invoice attached to an e-mail, XML before PDF, else the one in its text."""
    mail = open_mail(document)
    attached = sorted(mail.attachments, key=lambda each: ("xml", "pdf", "mail", "text").index(each.kind))
    refusals: list[InvalidDocument] = []
    for each in attached:
        try:
            return _read(each)
        except InvalidDocument as error:  # perhaps another attachment is the invoice
            refusals.append(error)
    try:
        return read_text(f"{mail.subject}\n{mail.text}", name=document.name, digest=document.digest)
    except InvalidDocument as error:
        raise (refusals[0] if refusals else error) from error


def _reading(data: bytes, root: etree._Element, name: str) -> Reading:
    invoice, problems = read_root(root, name=name)
    digest = hashlib.sha256(data).hexdigest()
    return Reading(invoice=invoice, format=invoice.syntax or "cii", source=name, digest=digest, problems=problems)


def _is_invoice(data: bytes, name: str) -> bool:
    try:
        return str(xml.parse(data, name=name).tag) in _ROOTS
    except InvalidDocument:  # some other data that happens to be called .xml
        return False


def _expected(root: etree._Element, tags: tuple[str, ...], name: str) -> etree._Element:
    if str(root.tag) not in tags:
        raise _unexpected(root, name)
    return root


def _unexpected(root: etree._Element, name: str) -> InvalidDocument:
    local, space = etree.QName(root).localname, etree.QName(root).namespace or "no name space"
    return InvalidDocument(
        f"the root element {local} ({space[:80]}) is not that of the invoice expected here",
        where=name,
        remedy=_ELSEWHERE.get(local, "Send a UBL 2.1 Invoice or CreditNote, or a CII CrossIndustryInvoice."),
    )
