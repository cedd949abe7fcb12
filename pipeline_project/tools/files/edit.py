"""Edit: one piece of a text file replaced by another, all other bytes kept.

Refuses a file that the session has not read or that has changed since, a piece that is not there or not the only one,
and notebooks, whose cells have a tool of their own.
"""

import asyncio
from pathlib import Path

from pydantic import Field

from pipeline_project.governance.actions import Complexity
from pipeline_project.tools.base import ToolInput, ToolResult
from pipeline_project.tools.files import changes, editing, store
from pipeline_project.tools.files.replacing import Replacement
from pipeline_project.tools.files.targets import FileTool
from pipeline_project.tools.session import Session


class EditInput(ToolInput):
    """What Edit takes."""

    file_path: str = Field(description="The file to change, absolute or relative to the current folder")
    old_string: str = Field(
        description="The text to replace, exactly as it is in the file, without the line numbers of Read; "
        "empty: make a new file of new_string"
    )
    new_string: str = Field(description="The text to put in its place; it must differ from old_string")
    replace_all: bool = Field(default=False, description="Replace every place instead of the only one")


class Edit(FileTool[EditInput]):
    """Replaces a piece of one file."""

    name = "Edit"
    description = (
        "Replace text in a file. The file must have been read with Read in this session and be unchanged since. "
        "old_string must be exactly what the file has, indentation included and the line numbers of Read left out, "
        "and must stand there once: add lines around it until it does, or set replace_all. A line break matches "
        "whichever kind the file uses; encoding and line endings are kept. An empty old_string makes a new file."
    )
    input = EditInput
    complexity = Complexity.CHANGE
    writes_files = True

    async def run(self, arguments: EditInput, session: Session) -> ToolResult:
        """Raises InvalidInput for text that does not fit, Conflict for a file unread or changed, NotFound."""
        path = self.target(arguments, session)
        change = Replacement(arguments.old_string, arguments.new_string, arguments.replace_all)
        async with store.held(path, session) as before:
            return await _edited(path, before, change, session)


async def _edited(path: Path, before: store.Present | None, change: Replacement, session: Session) -> ToolResult:
    editing.check_editable(path, before, session, creates=not change.old_string)
    done = await asyncio.to_thread(editing.edited, before, [change], where=str(path), names=None)
    await store.replace(path, done.data, session, before=before)
    if before is None:
        words = f"Created {path}."
    elif change.replace_all:
        words = f"Replaced {done.count} {'place' if done.count == 1 else 'places'} in {path}."
    else:
        words = f"Changed {path}."
    if before is not None:
        words = changes.with_lines(words, done.after, done.patch, session)
    return changes.told(path, before, done.patch, words=words, replaced=done.count)
