"""What a PDF invoice carries: the XML embedded in it (Factur-X, ZUGFeRD, XRechnung), else its pages' text.

Every stream is unpacked within bounds. Refuses PDFs that are damaged, protected by a password, or pictures of
paper with no text on them.
"""

import io
from collections.abc import Iterator

from pypdf import PageObject, PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject, EmbeddedFile

from pipeline_project.errors import InvalidDocument

MAX_PAGES = 50
MAX_TEXT_BYTES = 3_000_000  # of page descriptions: laying out more takes longer than anybody waits
MAX_ATTACHMENTS = 200

# In order of preference: a PDF may carry ZUGFeRD 1.0 beside Factur-X. Compared in lower case.
INVOICE_NAMES = ("factur-x.xml", "xrechnung.xml", "zugferd-invoice.xml")
# What pypdf lets through of a damaged file, beside its own errors.
_DAMAGE = (
    PyPdfError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    RecursionError,
    OSError,
)


def embedded_xml(data: bytes, *, name: str) -> list[tuple[str, bytes]]:
    """The XML files embedded in a PDF, each as (file name, content), those of invoice standards first.

    Raises InvalidDocument for a PDF that is damaged, protected, or unpacks to more than pypdf's bound of 75 MB
    for a stream.
    """
    try:
        found = dict.fromkeys((title, file.content) for title, file in _xml_files(_opened(data, name)))
    except _DAMAGE as error:
        raise _damaged(name, error) from error
    rank = {title: position for position, title in enumerate(INVOICE_NAMES)}
    return sorted(found, key=lambda file: rank.get(file[0].lower(), len(rank)))


def page_text(data: bytes, *, name: str) -> str:
    """The text of a PDF's pages, laid out as printed; pages are separated by form feeds.

    Raises InvalidDocument for a PDF without text, with more than MAX_PAGES pages, or that cannot be read.
    """
    try:
        reader = _opened(data, name)
        if len(reader.pages) > MAX_PAGES:
            raise _too_much(f"{len(reader.pages)} pages, more than the {MAX_PAGES} that are read as text", name)
        size = sum(_size(page) for page in reader.pages)
        if size > MAX_TEXT_BYTES:
            raise _too_much(f"pages of {size:,} bytes, more than the {MAX_TEXT_BYTES:,} that are read as text", name)
        pages = [_text_of(page) for page in reader.pages]
    except _DAMAGE as error:
        raise _damaged(name, error) from error
    if not "".join(pages).strip():
        raise InvalidDocument(
            "the PDF has neither embedded XML nor text: it is a picture of paper",
            where=name,
            remedy="Send the XML or a PDF with text, or run text recognition on it first.",
        )
    # pypdf may give characters beyond the basic plane as two surrogates
    return "\f".join(pages).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _opened(data: bytes, name: str) -> PdfReader:
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise InvalidDocument(
            "the PDF is protected by a password", where=name, remedy="Remove the password and send it again."
        )
    return reader


def _xml_files(reader: PdfReader) -> Iterator[tuple[str, EmbeddedFile]]:
    """The embedded .xml files: those of the name tree, else those associated with the document (PDF/A-3)."""
    found = 0
    for source in (reader.attachment_list, _associated(reader)):
        for position, file in enumerate(source):
            if position >= MAX_ATTACHMENTS:
                return
            title = str(file.alternative_name or file.name)
            if title.lower().endswith(".xml"):
                found += 1
                yield title, file
        if found:
            return


def _associated(reader: PdfReader) -> Iterator[EmbeddedFile]:
    files = reader.root_object.get("/AF")
    for file in files.get_object() if files is not None else ():
        described = file.get_object()
        if isinstance(described, DictionaryObject) and "/EF" in described:
            yield EmbeddedFile(name="", pdf_object=described)


def _size(page: PageObject) -> int:
    contents = page.get_contents()
    return len(contents.get_data()) if contents is not None else 0


def _text_of(page: PageObject) -> str:
    # the layout leaves rotated text out; the plain order of the stream is better than nothing
    return page.extract_text(extraction_mode="layout") or page.extract_text()


def _too_much(what: str, name: str) -> InvalidDocument:
    return InvalidDocument(f"the PDF has {what}", where=name, remedy="Send the pages of the invoice alone.")


def _damaged(name: str, error: Exception) -> InvalidDocument:
    return InvalidDocument(
        f"the PDF is damaged ({type(error).__name__}: {str(error)[:120]})",
        where=name,
        remedy="Open and save it again with a PDF program, or send the XML.",
    )
