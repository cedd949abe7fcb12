"""A folder's tree, level by level, so that what is near the top is seen first when not all of it can be shown.

Every folder is opened below the workspace without following a link. Refuses to enter version control folders.
"""

import os
import stat
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from pipeline_project.security.paths import open_below
from pipeline_project.security.paths.containment import shown
from pipeline_project.tools.files.store import LEFTOVER

MOST_ENTRIES: Final = 1_000
MOST_BELOW: Final = 200
"""Entries shown of one folder other than the top one."""
MOST_DEPTH: Final = 100
"""Levels below the top; what is deeper is listed when its folder is named."""
VERSION_CONTROL: Final = frozenset({".git", ".hg", ".svn", ".jj", ".bzr", "CVS"})


@dataclass
class Folder:
    """One folder of the tree while it is built. `note`: what was left out of it."""

    path: Path
    depth: int = 0
    entries: list["Entry"] = field(default_factory=list)
    note: str = ""


@dataclass
class Entry:
    """One name in a folder. `label`: as it is shown; `inside`: the folder it is, when it was listed."""

    name: str
    label: str
    inside: Folder | None = None


@dataclass(frozen=True)
class Tree:
    """`paths`: of what is shown, relative to the top; `left_out`: entries that were met and not shown."""

    top: Folder
    paths: tuple[str, ...]
    left_out: int
    ignored: int
    unlisted: int
    """Folders whose content is not shown."""


@dataclass
class _Count:
    shown: int = 0
    left_out: int = 0
    ignored: int = 0
    unlisted: int = 0


def tree(path: Path, roots: tuple[Path, ...], *, ignore: tuple[str, ...] = (), most: int = MOST_ENTRIES) -> Tree:
    """The tree below the real folder `path`, at most `most` entries of it.

    `ignore`: shell patterns; one with a slash is matched against the path below `path`, others against the name.
    Raises PermissionDenied and OSError for `path` itself; a folder below it that cannot be read says so.
    """
    top = Folder(path)
    paths: list[str] = []
    count = _Count()
    waiting = deque([top])
    while waiting:
        folder = waiting.popleft()
        if (count.shown >= most and folder is not top) or folder.depth > MOST_DEPTH:
            folder.note, count.unlisted = "not listed", count.unlisted + 1
            continue
        try:
            names = sorted(_names(folder.path, roots))
        except OSError as error:
            if folder is top:
                raise
            folder.note, count.unlisted = f"cannot be read: {error.strerror}", count.unlisted + 1
            continue
        wanted = [each for each in names if not _matches(each[0], folder.path / each[0], path, ignore)]
        count.ignored += len(names) - len(wanted)
        room = min(most - count.shown, most if folder is top else MOST_BELOW)
        _fill(folder, wanted[:room], waiting)
        count.shown += len(folder.entries)
        paths += [str((folder.path / entry.name).relative_to(path)) for entry in folder.entries]
        if rest := len(wanted) - len(folder.entries):
            folder.note, count.left_out = f"{rest:,} more", count.left_out + rest
    return Tree(top, tuple(paths), count.left_out, count.ignored, count.unlisted)


def lines(folder: Folder) -> Iterator[str]:
    """The tree as indented lines, two spaces a level."""
    indent = "  " * (folder.depth + 1)
    for entry in folder.entries:
        inside = entry.inside
        if inside is not None and inside.note and not inside.entries:
            yield f"{indent}{entry.label} ({inside.note})"
            continue
        yield indent + entry.label
        if inside is not None:
            yield from lines(inside)
    if folder.note:
        yield f"{indent}… {folder.note}"


def _fill(folder: Folder, names: list[tuple[str, str, str]], waiting: deque[Folder]) -> None:
    for name, kind, target in names:
        entry = Entry(name, _label(name, kind, target))
        if kind == "folder":
            entry.inside = Folder(folder.path / name, folder.depth + 1)
            if name in VERSION_CONTROL:
                entry.inside.note = "version control, not listed"
            else:
                waiting.append(entry.inside)
        folder.entries.append(entry)


def _label(name: str, kind: str, target: str) -> str:
    if kind == "folder":
        return f"{shown(name)}/"
    if kind == "link":
        return f"{shown(name)} -> {shown(target)}"
    return shown(name) if kind == "file" else f"{shown(name)} ({kind})"


def _names(path: Path, roots: tuple[Path, ...]) -> Iterator[tuple[str, str, str]]:
    """Name, kind and, of a link, target of everything in a folder."""
    descriptor = open_below(path, roots, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with os.scandir(descriptor) as entries:
            for entry in entries:
                if entry.is_symlink():
                    yield entry.name, "link", os.readlink(entry.name, dir_fd=descriptor)
                elif entry.is_dir(follow_symlinks=False):
                    yield entry.name, "folder", ""
                elif entry.is_file(follow_symlinks=False):
                    if not LEFTOVER.fullmatch(entry.name):
                        yield entry.name, "file", ""
                else:
                    yield entry.name, _special(entry), ""
    finally:
        os.close(descriptor)


def _special(entry: "os.DirEntry[str]") -> str:
    mode = entry.stat(follow_symlinks=False).st_mode
    return "pipe" if stat.S_ISFIFO(mode) else "socket" if stat.S_ISSOCK(mode) else "device"


def _matches(name: str, path: Path, top: Path, patterns: tuple[str, ...]) -> bool:
    for pattern in patterns:
        bare = pattern.rstrip("/").removeprefix("./")
        if "/" not in bare and fnmatchcase(name, bare):
            return True
        if "/" in bare:
            below = str(path.relative_to(top))
            if any(fnmatchcase(each, bare.removesuffix("/**")) for each in (below, f"/{below}", str(path))):
                return True
    return False
