"""A PDF as text per page; pages that are pictures come as a document that a model looks at.

Refuses PDFs that are damaged or protected by a password, and more pages at once than a model can use.
"""

import base64
import io
import logging
import re
from pathlib import Path
from typing import Any, Final

from pipeline_project.errors import InvalidDocument, InvalidInput
from pipeline_project.tools.base import ToolResult

MOST_PAGES: Final = 20
MOST_UNASKED: Final = 10
_MOST_STREAM: Final = 3_000_000  # bytes of page descriptions: laying out more takes longer than anybody waits
_MOST_DOCUMENT: Final = 20_000_000  # bytes; a request may have 32 MB, of base64 and all else together
# what pypdf remarks about a file would go to standard error where no log is set up; a result says what matters of it
logging.getLogger("pypdf").addHandler(logging.NullHandler())
_PART: Final = re.compile(r"\s*(\d{1,6})\s*(?:-\s*(\d{1,6})?\s*)?")


def pages_of(text: str | None, total: int, *, where: str) -> list[int]:
    """The page numbers of "1-5,8", ascending; all of them for None. Raises InvalidInput naming what is wrong."""
    if text is None:
        if total > MOST_UNASKED:
            remedy = f'Name at most {MOST_PAGES} of them with pages, such as pages="1-{MOST_UNASKED}".'
            raise InvalidInput(f"the PDF has {total} pages", where=where, remedy=remedy)
        return list(range(1, total + 1))
    chosen: set[int] = set()
    for part in text.split(","):
        found = _PART.fullmatch(part)
        if not found:
            raise InvalidInput(f"pages: {part!r} is no page or range", where=where, remedy='Write pages="1-5,8".')
        first = int(found[1])
        last = int(found[2]) if found[2] else total if "-" in part else first
        if not 1 <= first <= last <= total:
            remedy = f"Pages are 1 to {total}."
            raise InvalidInput(f"pages: {part.strip()} is not in the PDF", where=where, remedy=remedy)
        chosen.update(range(first, last + 1))
    if len(chosen) > MOST_PAGES:
        remedy = "Ask for them in several calls."
        raise InvalidInput(f"pages: {len(chosen)} pages, at most {MOST_PAGES} at once", where=where, remedy=remedy)
    return sorted(chosen)


def shown(content: bytes, path: Path, pages: str | None) -> ToolResult:
    """The pages as text blocks, and those without text as one document block. Raises InvalidDocument, InvalidInput."""
    from pypdf import PdfReader  # takes 0.13 s that only PDFs need
    from pypdf.errors import PyPdfError

    # what pypdf lets through of a damaged file, beside its own errors
    damage = (PyPdfError, ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError, OSError)
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            remedy = "Remove the password first (Bash: qpdf --decrypt)."
            raise InvalidDocument("the PDF is protected by a password", where=str(path), remedy=remedy)
        numbers = pages_of(pages, len(reader.pages), where=str(path))
        texts = {number: _text_of(reader.pages[number - 1]) for number in numbers}
        pictures = [number for number in numbers if not texts[number]]
        blocks = _blocks(reader, texts, pictures)
    except damage as error:
        text = f"the PDF is damaged ({type(error).__name__}: {str(error)[:120]})"
        raise InvalidDocument(text, where=str(path), remedy="Open and save it again with a PDF program.") from error
    structured = {"path": str(path), "type": "pdf", "pages": numbers, "total_pages": len(reader.pages),
                  "pages_without_text": pictures}  # fmt: skip
    total = len(reader.pages)
    head = {"type": "text", "text": f"{path.name}: PDF, {total} {'page' if total == 1 else 'pages'}"}
    return ToolResult(content=(head, *blocks), structured=structured)


def _blocks(reader: Any, texts: dict[int, str], pictures: list[int]) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = [
        {"type": "text", "text": f"Page {number}:\n{text}"} for number, text in texts.items() if text
    ]
    if not pictures:
        return blocks
    listed = ", ".join(map(str, pictures))
    document = _document(reader, pictures)
    if len(document) > _MOST_DOCUMENT:
        return [*blocks, {"type": "text", "text": f"Without text and too large to show: page {listed}."}]
    source = {"type": "base64", "media_type": "application/pdf", "data": base64.b64encode(document).decode("ascii")}
    note = {"type": "text", "text": f"Without text, shown as they look: page {listed}."}
    return [*blocks, note, {"type": "document", "source": source}]


def _document(reader: Any, numbers: list[int]) -> bytes:
    from pypdf import PdfWriter

    writer = PdfWriter()
    for number in numbers:
        writer.add_page(reader.pages[number - 1])
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def _text_of(page: Any) -> str:
    contents = page.get_contents()
    if contents is not None and len(contents.get_data()) > _MOST_STREAM:
        return ""
    # pypdf may give characters beyond the basic plane as two surrogates
    return page.extract_text().strip().encode("utf-16", "surrogatepass").decode("utf-16", "replace")
