"""What a change of a text file ends with, for Write, Edit and MultiEdit: the file replaced, the result told."""

from pathlib import Path
from typing import Any

from pipeline_project.tools.base import ToolResult
from pipeline_project.tools.files import shown, store
from pipeline_project.tools.files.patch import Patch
from pipeline_project.tools.session import Session


def told(path: Path, before: store.Present | None, change: Patch, *, words: str, **more: Any) -> ToolResult:
    """The result of a change that was written. `words`: what a model reads; `more`: fields of the structured output."""
    kind = "create" if before is None else "update"
    structured = {"path": str(path), "type": kind, **change.structured(), **more}
    return ToolResult.of_text(words, structured=structured, written=(path,))


def with_lines(words: str, after: str, change: Patch, session: Session) -> str:
    """`words` and the changed places of a file of which only a part was given, so that the next change can begin."""
    seen = shown.snippet(after, change, most=session.limits.line_characters)
    return f"{words} The lines around the change are now:\n{seen}" if seen else words
