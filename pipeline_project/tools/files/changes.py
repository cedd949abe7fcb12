"""What a change of a text file ends with, for Write, Edit and MultiEdit: the file replaced, the result told."""

from pathlib import Path
from typing import Any

from pipeline_project.tools.base import ToolResult
from pipeline_project.tools.files import shown, store
from pipeline_project.tools.files.patch import Patch
from pipeline_project.tools.session import Session


def told(
    path: Path, before: store.Present | None, after: str, change: Patch, *, session: Session, words: str, **more: Any
) -> ToolResult:
    """The result of a change that was written. `words`: the first sentence; `more`: fields of the structured output."""
    kind = "create" if before is None else "update"
    text = words
    if before is not None and (seen := shown.snippet(after, change, most=session.limits.line_characters)):
        text = f"{words} The lines around the change are now:\n{seen}"
    structured = {"path": str(path), "type": kind, **change.structured(), **more}
    return ToolResult.of_text(text, structured=structured, written=(path,))
