"""Write: a whole file, new or replaced.

The characters are written exactly as given. Line breaks are characters, so they are not converted; how characters are
spelled in bytes is the file's own matter, so a byte order mark and its encoding are kept and everything else is UTF-8.
Refuses to replace a file that the session has not read, or that has changed since.
"""

import asyncio
from pathlib import Path

from pydantic import Field

from pipeline_project.errors import InvalidInput
from pipeline_project.governance.actions import Complexity
from pipeline_project.tools.base import ToolInput, ToolResult
from pipeline_project.tools.files import changes, encoding, marks, store
from pipeline_project.tools.files.patch import Patch, patch
from pipeline_project.tools.files.replacing import dominant_break
from pipeline_project.tools.files.targets import FileTool
from pipeline_project.tools.session import Session


class WriteInput(ToolInput):
    """What Write takes."""

    file_path: str = Field(description="The file to write, absolute or relative to the current folder")
    content: str = Field(description="Everything the file shall contain")


class Write(FileTool[WriteInput]):
    """Makes or replaces one file."""

    name = "Write"
    description = (
        "Write a whole file: make a new one, with its missing folders, or replace an existing one. An existing file "
        "must have been read with Read in this session and be unchanged since. The content is written exactly as "
        "given, in UTF-8 unless the old file begins with a byte order mark. To change a part of a file use Edit."
    )
    input = WriteInput
    complexity = Complexity.CHANGE
    writes_files = True

    async def run(self, arguments: WriteInput, session: Session) -> ToolResult:
        """Raises Conflict for a file unread or changed, InvalidInput for a folder or device, PermissionDenied."""
        path = self.target(arguments, session)
        encoding.check_given(arguments.content, where=f"{path}: content")
        if path.is_dir() or arguments.file_path.endswith("/"):
            remedy = "Name a file in it; folders that are missing are made for it."
            raise InvalidInput("is a folder, not a file", where=str(path), remedy=remedy)
        async with store.held(path, session) as before:
            if before is not None:
                marks.check_seen(path, session, before.status, before.content)
            return await _written(path, before, arguments.content, session)


async def _written(path: Path, before: store.Present | None, content: str, session: Session) -> ToolResult:
    old = b"" if before is None or before.content is None else before.content
    kept = encoding.declared(old)
    if kept.mark:
        content = content.removeprefix("\ufeff")  # the file has its mark already
    data = kept.encode(content, where=str(path))
    await store.replace(path, data, session, before=before)
    if before is None:
        words = f"Created {path} ({len(data):,} bytes)."
        change = await asyncio.to_thread(patch, "", content)
        return changes.told(path, None, change, words=words)
    known = before.content is not None
    old_text = encoding.detect(old).decode(old)
    change = await asyncio.to_thread(patch, old_text, content) if known else Patch()
    counted = f", +{change.added:,} -{change.removed:,} lines" if known else ""
    words = f"Replaced the content of {path} ({len(data):,} bytes{counted}).{_warning(old, old_text, content)}"
    if old == data:
        words = f"{path} already had exactly this content."
    return changes.told(path, before, change, words=words)


def _warning(old: bytes, old_text: str, content: str) -> str:
    """What of the old file's spelling is gone, which a model cannot have seen in Read."""
    lost = []
    if dominant_break(old_text) == "\r\n" and "\n" in content and "\r\n" not in content:
        lost.append("its lines ended with CRLF and now end with LF, as given")
    if encoding.detect(old).name == "latin-1":
        lost.append("it was not UTF-8 and now is")
    return f" Note: {'; '.join(lost)}." if lost else ""
