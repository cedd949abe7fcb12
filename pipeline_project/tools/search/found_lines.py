"""The lines that rg prints for output_mode content; held are those of the first files by name.

Holds no more than the page needs, however many match. Refuses to take a line's text for a file's name: rg puts a NUL
between the two, also where the name holds line breaks.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Final

from pipeline_project.tools.search import place
from pipeline_project.tools.search.found import Entry, Found
from pipeline_project.tools.search.permitted import Permitted
from pipeline_project.tools.session import Session

_NUMBERED: Final = re.compile(rb"(\d+)([:-])")
_BINARY: Final = re.compile(
    rb"(\./.+): (?:(binary file matches)|WARNING: (stopped searching binary file after match))"
    rb" \(found \"[^\"]{1,4}\" byte around offset \d+\)",
    re.DOTALL,
)
_DIVIDER: Final = b"--"
_GAP: Final = b"\n"
"""Before a line that does not follow the one before it; no line holds it."""
_SLACK: Final = 20_000
"""Lines held beyond the page's before they are sifted again."""


class Lines(Found):
    """A name, a NUL, a number, `:` for a match or `-` for context, and the text each."""

    bound: ClassVar[int] = 16 << 20

    def __init__(
        self, folder: Path, permitted: Permitted, *, needed: int | None, numbers: bool, parted: bool = False
    ) -> None:
        """`needed`: lines up to the end of the page, None for all; `numbers`: show them; `parted`: part the files."""
        super().__init__(folder, permitted)
        self._needed = None if needed is None else needed + 1
        self._numbers = numbers
        self._parted = parted
        self._held: dict[bytes, list[bytes]] = {}
        self._count = 0
        self._last: bytes | None = None
        self._name = b""
        self._begun = b""
        self._gap = False
        self._lines: list[bytes] | None = None

    def read(self, entries: list[bytes]) -> None:
        """Put the lines under their files, and sift when there are far more than are needed."""
        needed = self._needed or self.bound
        for entry in entries:
            name, nul, line = entry.partition(b"\0")
            if self._begun or not nul:
                name, line = self._odd(entry)
                if not name:
                    continue
            if name != self._name:
                self._name, self._lines, self._gap = name, self._of(name), False
            if self._lines is not None and len(self._lines) <= needed:
                self._lines.append(_GAP + line if self._gap else line)
                self._count += 1
            self._gap = False
        if self._needed is not None and self._count > self._needed + _SLACK:
            self._sift(self._needed)

    def entries(self, session: Session) -> Iterator[Entry]:
        """The lines by file and number."""
        for number, name in enumerate(sorted(self._held)):
            path = self.path(name)
            if self.permitted(path):
                shown = place.relative(path, session)
                if self._parted and number:
                    yield _divider(path)
                for line in self._held[name]:
                    if line.startswith(_GAP):
                        yield _divider(path)
                    yield self._entry(path, shown, line.removeprefix(_GAP))

    def _of(self, name: bytes) -> list[bytes] | None:
        """Where a file's lines go; None for a file behind all that is needed."""
        if self._last is not None and name > self._last:
            return None
        return self._held.setdefault(name, [])

    def _odd(self, entry: bytes) -> tuple[bytes, bytes]:
        """The file's name and what is said of it; an empty name for a divider, or while a name goes on."""
        if not self._begun and not entry.startswith(b"./"):
            self._gap = self._gap or entry == _DIVIDER
            return b"", b""
        whole = self._begun + entry
        name, nul, line = whole.partition(b"\0")
        if nul:
            self._begun = b""
            return name, line
        if binary := _BINARY.fullmatch(whole):
            self._begun = b""
            return binary[1], binary[2] or binary[3]
        self._begun = whole + b"\n"
        return b"", b""

    def _sift(self, needed: int) -> None:
        """Keep the first files that hold the lines needed, without those that may not be shown."""
        count = 0
        for name in sorted(self._held):
            if count > needed or not self.permitted(self.path(name)):
                del self._held[name]
                continue
            count += len(self._held[name])
            if count > needed:
                self._last = name
        self._count = count
        self._lines = self._held.get(self._name)

    def _entry(self, path: Path, shown: str, line: bytes) -> Entry:
        found = _NUMBERED.match(line)
        if found is None:
            return Entry(path, f"{shown}: {line.decode()}", int(line == b"binary file matches"))
        number, sign = found[1].decode(), found[2].decode()
        text = line[found.end() :].removesuffix(b"\r").decode("utf-8", "replace")
        start = f"{shown}{sign}{number}{sign}" if self._numbers else f"{shown}{sign}"
        return Entry(path, start + text, int(sign == ":"))


def _divider(path: Path) -> Entry:
    return Entry(path, "--", 0, divider=True)
