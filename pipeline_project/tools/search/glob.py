"""Glob: files whose path matches a pattern, the latest changed first.

Lists every file there is, also hidden and ignored ones, but none of version control. Refuses a pattern that climbs
out of the workspace, and follows no link.
"""

import os
import re
from itertools import islice
from pathlib import Path
from typing import ClassVar, Final

from pydantic import Field

from pipeline_project.errors import InvalidInput, PermissionDenied
from pipeline_project.governance.actions import Complexity, Resource
from pipeline_project.security.paths import resolve
from pipeline_project.tools.base import Footprint, Tool, ToolInput, ToolResult
from pipeline_project.tools.search import place, ripgrep
from pipeline_project.tools.search.times import EVER, dated, latest, latest_first
from pipeline_project.tools.session import Session

_MAGIC: Final = "*?[{"
_ONE_THREAD: Final = ("--threads=1",)
"""Looking up the times takes longer than listing, so more threads of rg would only take the processor from it."""


class GlobInput(ToolInput):
    """What to look for."""

    pattern: str = Field(
        description='A glob such as "**/*.py", "src/**/*.{ts,tsx}" or "*.md" (at any depth)', min_length=1
    )
    path: str | None = Field(default=None, description="The folder to look in; the current one unless given")


class Glob(Tool[GlobInput]):
    """Finds files by name."""

    name: ClassVar[str] = "Glob"
    description: ClassVar[str] = (
        "Finds files by a glob pattern and returns their absolute paths, the latest changed first. `**` stands for any "
        "folders, `{a,b}` for either; a pattern without a slash matches at any depth. Hidden and ignored files are "
        "included, folders of version control are not. At most 100 paths are shown, with the total: use a narrower "
        "pattern then. To find files by what they hold, use Grep."
    )
    input: ClassVar[type[ToolInput]] = GlobInput
    complexity: ClassVar[Complexity] = Complexity.READ
    reads_files: ClassVar[bool] = True
    family: ClassVar[str] = "search"

    def resource(self, arguments: GlobInput, session: Session) -> Resource:
        """The folder that is searched."""
        folder = _place(arguments, session)[0]
        return Resource("path", str(folder), (folder,), session.roots, {"pattern": arguments.pattern})

    def footprint(self, arguments: GlobInput, session: Session) -> Footprint:
        """All below the folder."""
        return Footprint(reads=frozenset({_place(arguments, session)[0]}))

    async def run(self, arguments: GlobInput, session: Session) -> ToolResult:
        """The newest files, with `structured` {"files", "total", "truncated", "folder", "pattern"}.

        Raises InvalidInput for a bad pattern or a folder that is none, PermissionDenied outside the workspace.
        """
        folder, globs = _place(arguments, session)
        place.check_folder(folder)
        newest = Newest(session.limits.glob_results, folder)
        written = [f"--glob={glob}" for glob in globs]
        options = ["--files", "--null", *_ONE_THREAD, "--no-ignore", "--hidden", "--no-follow", *written]
        ended = await ripgrep.run([*options, *ripgrep.outside_version_control(), "./"], newest.take, folder=folder)
        files = newest.paths()
        truncated = newest.total > len(files) or ended.stopped is not None
        lines = [place.shown(path) for path in files]
        if not files:
            lines = ["No files found"]
        if newest.total > len(files):
            lines.append(
                f"({len(files)} of {newest.total} files, the latest changed; use a narrower pattern for others)"
            )
        if ended.stopped:
            lines.append(f"(stopped after {ripgrep.SECONDS:.0f} s: there may be more; name a folder in `path`)")
        structured = {
            "files": [place.shown(path) for path in files], "total": newest.total, "truncated": truncated,
            "folder": str(folder), "pattern": arguments.pattern,
        }  # fmt: skip
        return ToolResult.of_text("\n".join(lines), structured=structured)


class Newest:
    """Reads names that are told apart by NULs, each with `./` before it, and keeps the latest changed."""

    def __init__(self, most: int, folder: Path) -> None:
        self.total = 0
        self._most = most
        self._start = b"\0" + os.fsencode(folder).rstrip(b"/") + b"/"
        self._rest = b"\0"
        self._best: list[tuple[int, bytes]] = []
        self._since = EVER

    def take(self, chunk: bytes) -> bool:
        """Look at the names of a chunk; always wants more, because the newest may come last."""
        whole, nul, rest = (self._rest + chunk).rpartition(b"\0")
        self._rest = nul + rest
        names = whole.replace(b"\0./", self._start).split(b"\0")[1:]  # all at once: one by one doubles the time
        self.total += len(names)
        self._best += dated(names, self._since)
        if len(self._best) > 8 * self._most:
            self._best = latest(self._best, self._most)
            self._since = self._best[-1][0]
        return True

    def paths(self) -> list[Path]:
        """The newest, the latest first; those of one moment by name."""
        return list(islice(latest_first(self._best), self._most))


def _place(arguments: GlobInput, session: Session) -> tuple[Path, list[str]]:
    """The real folder to search and the globs below it.

    Leading parts of a pattern that are folders bring the search into them, also where their names hold signs of
    patterns (`app/[slug]/*.tsx`). A pattern that names a folder stands for the files in it.
    """
    start = resolve(arguments.path, cwd=session.cwd, roots=session.roots) if arguments.path else session.cwd
    _check(arguments.pattern)
    absolute = arguments.pattern.startswith("/")
    top = Path("/") if absolute else start
    parts = [part for part in arguments.pattern.split("/") if part not in ("", ".")]
    named = _is_folder(top.joinpath(*parts))
    if arguments.pattern.endswith("/") or (named and (absolute or len(parts) > 1)):
        parts.append("**")
    fixed = 0
    while fixed < len(parts) - 1 and _is_fixed(parts[fixed], top.joinpath(*parts[: fixed + 1]), absolute=absolute):
        fixed += 1
    if not absolute and len(parts) == 1:
        return top, [_unturned(parts[0]), *([f"/{_escaped(parts[0])}/**"] if named else [])]
    folder = resolve(top.joinpath(*parts[:fixed]), cwd=session.cwd, roots=session.roots)
    return folder, ["/" + "/".join(parts[fixed:])]


def _check(pattern: str) -> None:
    if not pattern.strip("/. \t\n") and not pattern.startswith("/"):
        raise InvalidInput("names no file", where=f"pattern {pattern!r}", remedy="Write ** for every file.")
    if "\0" in pattern:
        raise InvalidInput("holds a NUL, which no file name can", where="pattern")
    if ".." in pattern.split("/"):
        raise PermissionDenied(
            "a pattern cannot hold `..` to climb out", where=pattern, remedy="Name the folder in `path` instead."
        )


def _is_fixed(part: str, path: Path, *, absolute: bool) -> bool:
    """Whether a part of a pattern is taken as it is written; a missing folder of an absolute one is told of."""
    if absolute and not any(sign in part for sign in _MAGIC):
        return True
    return _is_folder(path) and part not in ripgrep.VERSION_CONTROL


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a pattern may be longer than any name
        return False


def _unturned(glob: str) -> str:
    """A glob whose leading ! does not turn it round."""
    return f"\\{glob}" if glob.startswith("!") else glob


def _escaped(name: str) -> str:
    return re.sub(r"([][*?{}!\\])", r"\\\1", name)
