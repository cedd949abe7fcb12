"""Read: a file as a model can take it in; text by lines, images and PDFs as blocks, notebooks by cells.

What a file is, its bytes say. Every file read is remembered, so that it may be changed afterwards. Refuses folders,
devices and what has no form for a model, and large files without a range.
"""

import asyncio
import os
from pathlib import Path
from typing import Any, Final

from pydantic import Field

from pipeline_project.errors import InvalidDocument, InvalidInput
from pipeline_project.governance.actions import Complexity
from pipeline_project.security.paths import open_regular
from pipeline_project.tools.base import ToolInput, ToolResult
from pipeline_project.tools.files import kinds, marks, media, pdf, text
from pipeline_project.tools.files.lines import BytesSource, FileSource, LineIndex, Source
from pipeline_project.tools.files.targets import FileTool, check_readable
from pipeline_project.tools.notebooks import render
from pipeline_project.tools.session import Session

_MOST_INDEXES: Final = 32


class ReadInput(ToolInput):
    """What Read takes."""

    file_path: str = Field(description="The file to read, absolute or relative to the current folder")
    offset: int | None = Field(
        default=None, description="The first line to show, from 1; negative: that many lines from the end"
    )
    limit: int | None = Field(default=None, ge=1, description="How many lines to show")
    pages: str | None = Field(
        default=None, coerce_numbers_to_str=True, description="Of a PDF: which pages, such as 1-5,8; at most 20"
    )


class Read(FileTool[ReadInput]):
    """Shows one file."""

    name = "Read"
    description = (
        "Read a file. Text comes as numbered lines (number, tab, line), by default the first 2000; name a range with "
        "offset and limit, which costs no more in a large file than in a small one; offset=-20 shows the last 20 "
        "lines. A file over 256 kB needs a range. Long lines are cut and marked. Images (PNG, JPEG, GIF, WebP) are "
        "shown, PDFs come page by page (pages=1-5,8; needed above 10 pages), notebooks by cells with their outputs. "
        "A file must be read before it is changed. For folders use LS."
    )
    input = ReadInput
    complexity = Complexity.READ
    reads_files = True

    async def run(self, arguments: ReadInput, session: Session) -> ToolResult:
        """Raises NotFound with near names, InvalidInput for what is no file or too large, InvalidDocument."""
        path = self.target(arguments, session)
        async with session.lock_of(path):
            return await asyncio.to_thread(_read, path, arguments, session)


def _read(path: Path, arguments: ReadInput, session: Session) -> ToolResult:
    check_readable(path, session)
    descriptor = open_regular(path, session.roots)
    try:
        return _opened(path, descriptor, arguments, session)
    finally:
        os.close(descriptor)


def _opened(path: Path, descriptor: int, arguments: ReadInput, session: Session) -> ToolResult:
    status = os.fstat(descriptor)
    source = FileSource(descriptor, status.st_size)
    head = source.read(0, kinds.HEAD_BYTES)
    kind = kinds.kind_of(head)
    if arguments.pages and kind != "pdf":
        remedy = "Leave it out; use offset and limit for lines."
        raise InvalidInput("pages is for PDFs, and this is none", where=str(path), remedy=remedy)
    if kind == "binary":
        words, remedy = kinds.describe(head)
        raise InvalidInput(words, where=str(path), remedy=remedy)
    ranged = arguments.offset is not None or arguments.limit is not None
    if kind == "text" and (path.suffix != ".ipynb" or ranged):
        return _text(path, source, status, arguments, session)
    if ranged:
        remedy = "Leave them out; of a PDF, pages names a part."
        raise InvalidInput("offset and limit are for lines of text", where=str(path), remedy=remedy)
    content = media.whole(source, path, session)
    if kind == "image":
        result = media.image(content, path)
    elif kind == "pdf":
        result = pdf.shown(content, path, arguments.pages or None)
    else:
        try:
            result = render.notebook(content, path, session)
        except InvalidDocument as error:
            return _broken_notebook(_text(path, source, status, arguments, session), error)
    session.reads[path] = marks.mark_of(status, content, whole=True)
    return result


def _broken_notebook(result: ToolResult, error: InvalidDocument) -> ToolResult:
    """The text of a file that is called a notebook and is none, so that it can be repaired."""
    note = {"type": "text", "text": f"Shown as text: the file {error.message}."}
    return result.with_(content=(*result.content, note))


def _text(path: Path, source: FileSource, status: os.stat_result, arguments: ReadInput, session: Session) -> ToolResult:
    limits = session.limits
    wanted = text.Range(arguments.offset, arguments.limit)
    content = source.read(0, source.size) if source.size <= limits.read_bytes else None
    if content is None and not wanted.given:
        remedy = "Read a part of it with offset and limit (offset=-20: the last lines), or search it with Grep."
        size = f"has {source.size:,} bytes, more than the {limits.read_bytes:,} that are read at once"
        raise InvalidInput(size, where=str(path), remedy=remedy)
    inside: Source = source if content is None else BytesSource(content)
    inside = text.as_utf8(inside, where=str(path), most=limits.media_bytes)
    found = text.show(inside, wanted, _index(path, status, session), limits)
    session.reads[path] = marks.mark_of(status, content, whole=found.whole)
    blocks: tuple[dict[str, Any], ...] = tuple(
        {"type": "text", "text": piece} for piece in (found.text if found.count else None, found.note or None)
        if piece is not None
    )  # fmt: skip
    structured = {
        "path": str(path), "type": "text", "start_line": found.first, "lines": found.count, "total_lines": found.total,
    }  # fmt: skip
    return ToolResult(content=blocks, structured=structured)


def _index(path: Path, status: os.stat_result, session: Session) -> LineIndex:
    """The line index of this state of the file, kept for the session's time."""
    indexes: dict[tuple[Path, int, int, int], LineIndex] = session.caches.setdefault("files.lines", {})
    key = (path, status.st_ino, status.st_mtime_ns, status.st_size)
    found = indexes.pop(key, None) or LineIndex()
    indexes[key] = found
    while len(indexes) > _MOST_INDEXES:
        indexes.pop(next(iter(indexes)), None)
    return found
