"""Which file a call names, and what is said when it is none that can be read.

Shared by every tool that takes a path. Refuses folders, pipes, sockets and devices before they are opened, because
opening some of them blocks or acts.
"""

import difflib
import os
import stat
from abc import ABC
from pathlib import Path
from typing import ClassVar, Final, Generic

from pipeline_project.errors import InvalidInput, NotFound
from pipeline_project.governance.actions import Resource
from pipeline_project.security.paths import resolve
from pipeline_project.tools.base import Footprint, InputT, Tool
from pipeline_project.tools.session import Session

_MOST_NAMES: Final = 5_000
_KINDS: Final = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class FileTool(Tool[InputT], ABC, Generic[InputT]):
    """A tool whose input names one file or folder in the field `place`."""

    family = "files"
    place: ClassVar[str] = "file_path"

    def target(self, arguments: InputT, session: Session) -> Path:
        """The real path the call names. Raises PermissionDenied outside the workspace, InvalidInput."""
        named = getattr(arguments, self.place) or "."
        return resolve(named, cwd=session.cwd, roots=session.roots)

    def resource(self, arguments: InputT, session: Session) -> Resource:
        """The real path, and the roots a rule's pattern is read below."""
        path = self.target(arguments, session)
        return Resource("path", str(path), paths=(path,), roots=session.roots, shown={"path": str(path)})

    def footprint(self, arguments: InputT, session: Session) -> Footprint:
        """The one path, read or written."""
        paths = frozenset({self.target(arguments, session)})
        return Footprint(writes=paths) if self.writes_files else Footprint(reads=paths)


def check_readable(path: Path, session: Session) -> os.stat_result:
    """The status of the regular file at `path`. Raises NotFound with near names, InvalidInput for what is no file."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise missing(path, session) from error
    kind = stat.S_IFMT(status.st_mode)
    if kind == stat.S_IFDIR:
        remedy = "Use LS to list it, or Glob and Grep to find files in it."
        raise InvalidInput("is a folder, not a file", where=str(path), remedy=remedy)
    if kind in _KINDS:
        remedy = "It could block or act when opened; name a regular file."
        raise InvalidInput(f"is {_KINDS[kind]}, not a file", where=str(path), remedy=remedy)
    return status


def missing(path: Path, session: Session) -> NotFound:
    """The error for a path where nothing is: near names of its folder, else the nearest folder there is."""
    folder = next(each for each in path.parents if each.is_dir())
    if folder != path.parent:
        remedy = f"Its folder is missing too; the nearest that is there is {folder}: use LS or Glob to look around."
    elif names := near(path.name, folder):
        remedy = f"Near names: {', '.join(str(folder / name) for name in names)}."
    else:
        remedy = f"Use Glob to find it; relative paths begin at {session.cwd}."
    return NotFound("there is no such file", where=str(path), remedy=remedy)


def near(name: str, folder: Path) -> list[str]:
    """At most three names like `name`: other letter case or ending first, then by likeness."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry, _ in zip(entries, range(_MOST_NAMES), strict=False)]
    except PermissionError:
        return []
    stem = Path(name).stem.casefold()
    same = sorted(each for each in names if Path(each).stem.casefold() == stem)
    like = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    return list(dict.fromkeys([*same, *like]))[:3]
