"""NotebookEdit: one cell replaced, inserted or deleted; everything else in the file stays as it is spelled.

Refuses a notebook that the session has not read or that has changed since, and an outcome that nbformat would not take.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from pipeline_project.errors import InvalidInput
from pipeline_project.governance.actions import Complexity
from pipeline_project.tools.base import ToolInput, ToolResult
from pipeline_project.tools.files import encoding, marks, store
from pipeline_project.tools.files.patch import patch
from pipeline_project.tools.files.targets import FileTool, check_readable, missing
from pipeline_project.tools.notebooks import cells, document
from pipeline_project.tools.notebooks.cells import Kind
from pipeline_project.tools.session import Session


class NotebookEditInput(ToolInput):
    """What NotebookEdit takes."""

    notebook_path: str = Field(description="The .ipynb file, absolute or relative to the current folder")
    cell_id: str | None = Field(
        default=None,
        coerce_numbers_to_str=True,
        description="The id of the cell (or cell-<index>); a new cell is inserted after it, at the top without one",
    )
    cell_number: int | None = Field(
        default=None, description="Instead of cell_id: the index of the cell, from 0; a new cell gets this index"
    )
    new_source: str | None = Field(default=None, description="The source of the cell; not for delete")
    cell_type: Kind | None = Field(
        default=None, description="code, markdown or raw; needed for insert, else the cell keeps its type"
    )
    edit_mode: Literal["replace", "insert", "delete"] = Field(default="replace", description="What to do")


@dataclass(frozen=True)
class _Done:
    data: bytes
    before: str
    after: str
    index: int
    cell: dict[str, Any]


class NotebookEdit(FileTool[NotebookEditInput]):
    """Changes one cell."""

    name = "NotebookEdit"
    family = "notebooks"
    place = "notebook_path"
    description = (
        "Change one cell of a Jupyter notebook: replace its source (its outputs and execution count are cleared), "
        "insert a new cell, or delete one. Name the cell by cell_id or cell_number. The notebook must have been read "
        "with NotebookRead or Read in this session and be unchanged since."
    )
    input = NotebookEditInput
    complexity = Complexity.CHANGE
    writes_files = True

    async def run(self, arguments: NotebookEditInput, session: Session) -> ToolResult:
        """Raises NotFound for a file or cell, Conflict for a file unread or changed, InvalidInput, InvalidDocument."""
        path = self.target(arguments, session)
        if path.suffix != ".ipynb":
            raise InvalidInput("is no .ipynb file", where=str(path), remedy="Use Edit.")
        _check(arguments, path)
        async with store.held(path, session) as present:
            if present is None:
                if path.exists():
                    check_readable(path, session)
                raise missing(path, session)
            marks.check_seen(path, session, present.status, present.content)
            if present.content is None:
                size = f"has more than the {store.MOST_BYTES:,} bytes that can be edited"
                raise InvalidInput(size, where=str(path), remedy="Clear its outputs with Bash first.")
            done = await asyncio.to_thread(_changed, present.content, arguments, path)
            await store.replace(path, done.data, session, before=present)
        return await asyncio.to_thread(_told, done, arguments, path)


def _check(arguments: NotebookEditInput, path: Path) -> None:
    mode = arguments.edit_mode
    if mode != "delete" and arguments.new_source is None:
        raise InvalidInput(f"new_source is missing, which {mode} needs", where=str(path))
    if mode == "insert" and arguments.cell_type is None:
        raise InvalidInput("cell_type is missing, which insert needs", where=str(path), remedy="Say code or markdown.")
    if mode != "insert" and not arguments.cell_id and arguments.cell_number is None:
        remedy = "Give cell_id or cell_number; NotebookRead shows them."
        raise InvalidInput(f"names no cell to {mode}", where=str(path), remedy=remedy)


def _changed(content: bytes, arguments: NotebookEditInput, path: Path) -> _Done:
    spelling = encoding.detect(content)
    text = spelling.decode(content)
    value = document.parse(text, path)
    listed: list[dict[str, Any]] = value["cells"]
    if arguments.edit_mode == "insert":
        index, cell = _inserted(value, arguments, path)
    else:
        index = cells.chosen(listed, arguments.cell_id, arguments.cell_number, where=str(path)) or 0
        cell = listed[index]
        if arguments.edit_mode == "delete":
            del listed[index]
        else:
            cell = cells.with_source(cell, arguments.cell_type or cell["cell_type"], arguments.new_source or "")
            listed[index] = cell
    document.check(value, path)
    after = document.spelling_of(text).write(value)
    return _Done(spelling.encode(after, where=str(path)), text, after, index, cell)


def _inserted(value: dict[str, Any], arguments: NotebookEditInput, path: Path) -> tuple[int, dict[str, Any]]:
    listed = value["cells"]
    if arguments.cell_number is not None and not arguments.cell_id:
        index = cells.checked_index(listed, arguments.cell_number, where=str(path), inserting=True)
    else:
        after = cells.chosen(listed, arguments.cell_id, arguments.cell_number, where=str(path))
        index = 0 if after is None else after + 1
    cell = cells.new_cell(value, arguments.cell_type or "code", arguments.new_source or "")
    listed.insert(index, cell)
    return index, cell


def _told(done: _Done, arguments: NotebookEditInput, path: Path) -> ToolResult:
    name, kind = cells.id_of(done.cell, done.index), done.cell["cell_type"]
    verb = {"replace": "Replaced", "insert": "Inserted", "delete": "Deleted"}[arguments.edit_mode]
    words = f"{verb} {kind} cell {name} (index {done.index}) in {path}."
    if arguments.edit_mode == "replace" and kind == "code":
        words += " Its outputs and execution count are cleared."
    structured = {
        "path": str(path), "type": "update", "edit_mode": arguments.edit_mode, "cell_id": name, "index": done.index,
        "cell_type": kind, **patch(done.before, done.after).structured(),
    }  # fmt: skip
    return ToolResult.of_text(words, structured=structured, written=(path,))
