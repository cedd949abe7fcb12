"""MultiEdit: several replacements in one file, in order, all or none."""

import asyncio
from typing import Annotated

from pydantic import Field

from pipeline_project.governance.actions import Complexity
from pipeline_project.tools.base import ToolInput, ToolResult
from pipeline_project.tools.files import changes, editing, store
from pipeline_project.tools.files.replacing import Replacement
from pipeline_project.tools.files.targets import FileTool
from pipeline_project.tools.session import Session


class OneEdit(ToolInput):
    """One replacement of several."""

    old_string: str = Field(description="The text to replace, as it is once the edits before were made")
    new_string: str = Field(description="The text to put in its place")
    replace_all: bool = Field(default=False, description="Replace every place instead of the only one")


class MultiEditInput(ToolInput):
    """What MultiEdit takes."""

    file_path: str = Field(description="The file to change, absolute or relative to the current folder")
    edits: Annotated[tuple[OneEdit, ...], Field(min_length=1, description="Made in this order, all or none")]


class MultiEdit(FileTool[MultiEditInput]):
    """Replaces several pieces of one file at once."""

    name = "MultiEdit"
    description = (
        "Make several replacements in one file at once, each on the outcome of the one before; when one does not fit, "
        "none is made and the file stays as it is. Each edit follows the rules of Edit. To make a new file give the "
        "first edit an empty old_string."
    )
    input = MultiEditInput
    complexity = Complexity.CHANGE
    writes_files = True

    async def run(self, arguments: MultiEditInput, session: Session) -> ToolResult:
        """Raises what Edit raises, naming the edit as `edits[i]`, counted from 0."""
        path = self.target(arguments, session)
        edits = [Replacement(each.old_string, each.new_string, each.replace_all) for each in arguments.edits]
        names = [f"edits[{position}]" for position in range(len(edits))]
        async with store.held(path, session) as before:
            editing.check_editable(path, before, session, creates=not edits[0].old_string)
            done = await asyncio.to_thread(editing.edited, before, edits, where=str(path), names=names)
            await store.replace(path, done.data, session, before=before)
        many = f"{len(edits)} {'edit' if len(edits) == 1 else 'edits'}"
        words = f"Created {path} with {many}."
        if before is not None:
            words = changes.with_lines(f"Made {many} in {path}.", done.after, done.patch, session)
        return changes.told(path, before, done.patch, words=words, replaced=done.count)
