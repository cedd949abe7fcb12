"""NotebookRead: a notebook's cells with their outputs, or one of them."""

import asyncio
import os
from pathlib import Path

from pydantic import Field

from pipeline_project.errors import InvalidInput
from pipeline_project.governance.actions import Complexity
from pipeline_project.security.paths import open_regular
from pipeline_project.tools.base import ToolInput, ToolResult
from pipeline_project.tools.files import marks, media
from pipeline_project.tools.files.lines import FileSource
from pipeline_project.tools.files.targets import FileTool, check_readable
from pipeline_project.tools.notebooks import render
from pipeline_project.tools.notebooks.cells import chosen
from pipeline_project.tools.session import Session


class NotebookReadInput(ToolInput):
    """What NotebookRead takes."""

    notebook_path: str = Field(description="The .ipynb file, absolute or relative to the current folder")
    cell_id: str | None = Field(
        default=None, coerce_numbers_to_str=True, description="Only the cell with this id (or cell-<index>)"
    )
    cell_number: int | None = Field(default=None, description="Only the cell at this index, from 0")


class NotebookRead(FileTool[NotebookReadInput]):
    """Shows a notebook."""

    name = "NotebookRead"
    family = "notebooks"
    place = "notebook_path"
    description = (
        "Read a Jupyter notebook (.ipynb): its cells with index, id, type and source, and their outputs, pictures "
        "included. Give cell_id or cell_number for one cell. A notebook must be read before it is edited."
    )
    input = NotebookReadInput
    complexity = Complexity.READ
    reads_files = True

    async def run(self, arguments: NotebookReadInput, session: Session) -> ToolResult:
        """Raises NotFound for a file or cell that is not there, InvalidDocument for what is no notebook."""
        path = self.target(arguments, session)
        if path.exists() and path.suffix != ".ipynb":
            raise InvalidInput("is no .ipynb file", where=str(path), remedy="Use Read.")
        async with session.lock_of(path):
            return await asyncio.to_thread(_read, path, arguments, session)


def _read(path: Path, arguments: NotebookReadInput, session: Session) -> ToolResult:
    check_readable(path, session)
    descriptor = open_regular(path, session.roots)
    try:
        status = os.fstat(descriptor)
        content = media.whole(FileSource(descriptor, status.st_size), path, session)
    finally:
        os.close(descriptor)
    cells = render.load(content, path)["cells"]
    only = chosen(cells, arguments.cell_id, arguments.cell_number, where=str(path))
    result = render.notebook(content, path, session, only=only)
    session.reads[path] = marks.mark_of(status, content, whole=only is None)
    return result
