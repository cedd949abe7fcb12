"""An answer of a web server as something a model can read: Markdown, text, pages of a PDF, or a picture.

Refuses what is neither, naming its type, and what is not what it is declared as.
"""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from pipeline_project.errors import InvalidDocument, InvalidInput
from pipeline_project.integrations.http import Reply
from pipeline_project.messages.shapes import Block
from pipeline_project.security.content import MediaType, agreed_type, decode
from pipeline_project.tools.files import media, pdf
from pipeline_project.tools.web.markdown import to_markdown

_PAGES: Final = frozenset({"text/html", "application/xhtml+xml"})
_IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


@dataclass(frozen=True)
class Page:
    """`text`: all there is to read; `pictures`: blocks that are looked at; `size`: bytes of the body, unpacked."""

    final_url: str
    status: int
    content_type: str
    size: int
    text: str
    title: str = ""
    pictures: tuple[Block, ...] = ()
    note: str = ""

    @property
    def weight(self) -> int:
        """About how many bytes it takes to keep."""
        return len(self.text) + sum(len(str(block)) for block in self.pictures)

    def facts(self) -> dict[str, Any]:
        """What is told beside the text."""
        return {"final_url": self.final_url, "status": self.status, "bytes": self.size,
                "content_type": self.content_type}  # fmt: skip


def page_of(reply: Reply) -> Page:
    """The page of an answer; blocking, up to seconds. Raises InvalidDocument for what cannot be shown."""
    kind = agreed_type(reply.content_type, reply.content, where=reply.url.shown)
    url, size = reply.url.url, len(reply.content)
    if kind.is_text:
        return _of_text(reply, kind)
    if kind.name in _IMAGES:
        shown = media.image(reply.content, _named(url))
        pictures = tuple(block for block in shown.content if block["type"] != "text")
        return Page(url, reply.status, kind.name, size, shown.text, pictures=pictures)
    if kind.name == "application/pdf":
        return _of_pdf(reply)
    remedy = "Only text, HTML, JSON, PDF and images can be read; ask for another format of it."
    raise InvalidDocument(
        f"is {kind.name} of {size:,} bytes, which cannot be shown", where=reply.url.shown, remedy=remedy
    )


def _of_text(reply: Reply, kind: MediaType) -> Page:
    url, size = reply.url.url, len(reply.content)
    text = decode(reply.content, charset=kind.charset).text
    if kind.name not in _PAGES:
        return Page(url, reply.status, kind.name, size, text)
    converted = to_markdown(text, url=url)
    note = "The page is very long, only its beginning was read." if converted.cut else ""
    return Page(url, reply.status, kind.name, size, converted.text, title=converted.title, note=note)


def _of_pdf(reply: Reply) -> Page:
    content, name = reply.content, _named(reply.url.url)
    try:
        shown = pdf.shown(content, name, None)
    except InvalidInput:  # it has more pages than are shown unasked
        total = pdf.shown(content, name, "1").structured["total_pages"]
        shown = pdf.shown(content, name, f"1-{min(total, pdf.MOST_PAGES)}")
    read, total = len(shown.structured["pages"]), shown.structured["total_pages"]
    pictures = tuple(block for block in shown.content if block["type"] != "text")
    note = f"Only the first {read} of {total} pages were read." if read < total else ""
    return Page(reply.url.url, reply.status, "application/pdf", len(content), shown.text, pictures=pictures, note=note)


def _named(url: str) -> Path:
    return Path(PurePosixPath(unquote(urlsplit(url).path)).name or "page")
