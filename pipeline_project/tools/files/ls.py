"""LS: a folder as an indented tree.

Links are shown and not followed. Refuses to show more than fits an answer; it says what was left out.
"""

import asyncio
from pathlib import Path
from typing import Annotated

from pydantic import Field

from pipeline_project.errors import InvalidInput
from pipeline_project.governance.actions import Complexity
from pipeline_project.tools.base import ToolInput, ToolResult
from pipeline_project.tools.files.targets import FileTool, missing
from pipeline_project.tools.files.tree import Tree, lines, tree
from pipeline_project.tools.session import Session


class LSInput(ToolInput):
    """What LS takes."""

    path: str = Field(
        default="", description="The folder to list, absolute or relative to the current folder; empty: the current one"
    )
    ignore: Annotated[
        tuple[str, ...], Field(description='Patterns of what to leave out, such as "node_modules" or "*.pyc"')
    ] = ()


class LS(FileTool[LSInput]):
    """Shows what a folder holds."""

    name = "LS"
    place = "path"
    description = (
        "List a folder and what is below it as an indented tree: folders end with /, links show where they point and "
        "are not followed, hidden files are shown. At most 1000 entries, those near the top first; what was left out "
        "is said. Version control folders are named and not listed. To find files by name use Glob, by content Grep."
    )
    input = LSInput
    complexity = Complexity.READ
    reads_files = True

    async def run(self, arguments: LSInput, session: Session) -> ToolResult:
        """Raises NotFound with near names, InvalidInput for a file."""
        path = self.target(arguments, session)
        if not path.exists():
            raise missing(path, session)
        if not path.is_dir():
            raise InvalidInput("is a file, not a folder", where=str(path), remedy="Use Read to see it.")
        found = await asyncio.to_thread(tree, path, session.roots, ignore=arguments.ignore)
        return _told(path, found, session)


def _told(path: Path, found: Tree, session: Session) -> ToolResult:
    shown = [f"{path}/"]
    room = session.limits.output_characters - len(shown[0])
    cut = 0
    for line in lines(found.top):
        room -= len(line) + 1
        if room < 0:
            cut += 1
        else:
            shown.append(line)
    if not found.paths:
        shown.append("  (empty)" if not found.ignored else "  (nothing but what is ignored)")
    structured = {"path": str(path), "entries": list(found.paths), "left_out": found.left_out + cut,
                  "ignored": found.ignored, "unlisted_folders": found.unlisted}  # fmt: skip
    blocks = [{"type": "text", "text": "\n".join(shown)}]
    if note := _note(found, cut):
        blocks.append({"type": "text", "text": note})
    return ToolResult(content=tuple(blocks), structured=structured)


def _note(found: Tree, cut: int) -> str:
    missing_entries = found.left_out + cut
    parts = [f"{missing_entries:,} {'entry' if missing_entries == 1 else 'entries'}"] if missing_entries else []
    if found.unlisted:
        parts.append(f"{found.unlisted:,} {'folder' if found.unlisted == 1 else 'folders'} not listed")
    text = f"Left out: {', '.join(parts)}. List a folder below, or use Glob." if parts else ""
    ignored = f"{found.ignored:,} ignored." if found.ignored else ""
    return f"{text} {ignored}".strip()
