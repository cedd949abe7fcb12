"""What rg prints, read as it comes and cut down to the page that is asked for.

The page is of the first entries in a fixed order, so that it does not depend on which thread of rg was faster, and
that `offset` goes on where the last page ended. Refuses more than a bound of output, and to count what may not be
shown: a number would tell whether a guess about such a file is right.
"""

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from pipeline_project.tools.search import place
from pipeline_project.tools.search.permitted import Permitted
from pipeline_project.tools.search.times import dated, latest_first
from pipeline_project.tools.session import Session


@dataclass(frozen=True)
class Entry:
    """One line of a page, and the file it speaks of.

    `matches`: how many matches it stands for. `divider`: it only parts two stretches, and is not counted.
    """

    path: Path
    line: str
    matches: int = 1
    divider: bool = False


@dataclass(frozen=True)
class Page:
    """The entries to show; `more`: there are others behind them; `passed`: how many were met before the end."""

    entries: tuple[Entry, ...]
    more: bool
    passed: int = 0

    @property
    def counted(self) -> int:
        """How many entries there are without dividers."""
        return sum(not entry.divider for entry in self.entries)

    @property
    def files(self) -> list[Path]:
        """The files of the entries, each once."""
        return list(dict.fromkeys(entry.path for entry in self.entries))


class Found(ABC):
    """Reads one kind of output, in chunks."""

    bound: ClassVar[int] = 64 << 20
    """Bytes after which rg is stopped."""
    separator: ClassVar[bytes] = b"\n"

    def __init__(self, folder: Path, permitted: Permitted) -> None:
        self.permitted = permitted
        self.start = os.fsencode(folder).rstrip(b"/") + b"/"
        self._left = self.bound
        self._rest = b""

    def take(self, chunk: bytes) -> bool:
        """Read a chunk; False when it is enough."""
        *entries, self._rest = (self._rest + chunk).split(self.separator)
        self.read(entries)
        self._left -= len(chunk)
        return self._left > 0

    @abstractmethod
    def read(self, entries: list[bytes]) -> None:
        """Take in whole entries of the output."""

    @abstractmethod
    def entries(self, session: Session) -> Iterator[Entry]:
        """What may be shown, in order."""

    def path(self, name: bytes) -> Path:
        """The absolute path of a name that rg printed."""
        return Path(os.fsdecode(self.start + name.removeprefix(b"./")))


class Files(Found):
    """Names, the latest changed first."""

    separator = b"\0"

    def __init__(self, folder: Path, permitted: Permitted) -> None:
        super().__init__(folder, permitted)
        self._dated: list[tuple[int, bytes]] = []

    def read(self, entries: list[bytes]) -> None:
        """Look up the times while rg still works."""
        self._dated += dated([self.start + name[2:] for name in entries])

    def entries(self, session: Session) -> Iterator[Entry]:
        """A name each."""
        for path in latest_first(self._dated):
            if self.permitted(path):
                yield Entry(path, place.relative(path, session))


class Counts(Found):
    """Names with a number, by name."""

    def __init__(self, folder: Path, permitted: Permitted) -> None:
        super().__init__(folder, permitted)
        self._counts: dict[bytes, int] = {}
        self._begun = b""

    def read(self, entries: list[bytes]) -> None:
        """A name, a NUL and a number each; a name may hold line breaks."""
        for entry in entries:
            name, nul, number = (self._begun + entry).partition(b"\0")
            self._begun = b"" if nul else name + b"\n"
            if number.isdigit():
                self._counts[name] = int(number)

    def entries(self, session: Session) -> Iterator[Entry]:
        """`name:number` each."""
        for name in sorted(self._counts):
            path = self.path(name)
            if self.permitted(path):
                yield Entry(path, f"{place.relative(path, session)}:{self._counts[name]}", self._counts[name])


def page(entries: Iterable[Entry], *, offset: int, most: int | None, characters: int) -> Page:
    """The entries from `offset` on: `most` of them, or as many as fit into `characters`, but one at least."""
    kept: list[Entry] = []
    number = 0
    for entry in entries:
        if entry.divider:
            if kept:
                kept.append(entry)
            continue
        number += 1
        if number <= offset:
            continue
        characters -= len(entry.line) + 1
        if kept and (number - offset > (most or number) or characters < 0):
            return Page(_without_end(kept), more=True, passed=number)
        kept.append(entry)
    return Page(_without_end(kept), more=False, passed=number)


def _without_end(entries: list[Entry]) -> tuple[Entry, ...]:
    while entries and entries[-1].divider:
        entries.pop()
    return tuple(entries)
