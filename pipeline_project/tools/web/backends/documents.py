"""A folder's pages as title, text and address: HTML, Markdown and plain text.

Refuses what is too large to be a page, and files that are no text.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import lxml.html
from lxml import etree

from pipeline_project.security.content import decode, is_binary
from pipeline_project.tools.web.markdown import to_markdown

MOST_FILES: Final = 50_000
MOST_BYTES: Final = 2 << 20
_HTML: Final = frozenset({".html", ".htm", ".xhtml"})
_TEXT: Final = frozenset({".md", ".markdown", ".txt", ".rst"})


@dataclass(frozen=True)
class Document:
    """`url`: where the page says it lives (its canonical link), else the file's."""

    title: str
    text: str
    url: str


def files_below(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """The folder's pages with what the file system says of them, in a fixed order; hidden ones are left out."""
    count = 0
    for current, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(current, name)
            if path.suffix.lower() not in _HTML | _TEXT or name.startswith(".") or path.is_symlink():
                continue
            count += 1
            if count > MOST_FILES:
                return
            yield path, path.stat()


def document_of(path: Path) -> Document | None:
    """The page in a file, None when it is none."""
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES or is_binary(data):
        return None
    text = decode(data).text
    if path.suffix.lower() in _HTML:
        return _of_html(text, path)
    heading = re.search(r"^#{1,6}[ \t]+(\S.*?)[ \t#]*$|^(\S.*)\n(?:=|-){3,}[ \t]*$", text, re.MULTILINE)
    title = (heading[1] or heading[2]) if heading else path.stem
    return Document(title, text, path.as_uri())


def _of_html(text: str, path: Path) -> Document:
    converted = to_markdown(text, url=path.as_uri())
    return Document(converted.title or path.stem, converted.text, _canonical(text) or path.as_uri())


def _canonical(text: str) -> str | None:
    try:
        link = lxml.html.document_fromstring(text).find(".//link[@rel='canonical']")
    except (etree.ParserError, ValueError):
        return None
    address = "" if link is None else (link.get("href") or "").strip()
    return address if address.startswith(("https://", "http://")) else None
