"""Lines of a file by number, or counted from its end, without reading what is not asked for.

A sparse index holds how many line breaks stand before each megabyte, so that a range that was passed once costs only
itself afterwards. A line ends with LF; a carriage return before it is hidden. Refuses to hold a line in memory beyond
what is shown of it.
"""

import os
import threading
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

CHUNK: Final = 1 << 20
_BLOCK: Final = 64 << 10
_NARROW: Final = 256


class Source(Protocol):
    """Bytes to look into. `size`: how many there were when it was opened."""

    @property
    def size(self) -> int:
        """In bytes."""
        ...

    def read(self, offset: int, count: int) -> bytes:
        """At most `count` bytes at `offset`; fewer, or none, where the file ends."""
        ...


@dataclass(frozen=True)
class FileSource:
    """An open file."""

    descriptor: int
    size: int

    def read(self, offset: int, count: int) -> bytes:
        """What stands there now."""
        return os.pread(self.descriptor, min(count, max(self.size - offset, 0)), offset)


@dataclass(frozen=True)
class BytesSource:
    """Bytes in memory."""

    data: bytes

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.data)

    def read(self, offset: int, count: int) -> bytes:
        """A slice."""
        return self.data[offset : offset + count]


@dataclass(frozen=True)
class Line:
    """`data`: its first bytes without the line break; `size`: how many it has; `end`: where the next line begins."""

    data: bytes
    size: int
    end: int


class LineIndex:
    """How many line breaks stand before each chunk of one source; grows as far as it was asked. Safe among threads."""

    def __init__(self) -> None:
        self._before = [0]
        self._total: int | None = None
        self._growing = threading.Lock()

    @property
    def known_total(self) -> int | None:
        """The number of lines, when the end was reached before."""
        return self._total

    def start_of(self, source: Source, number: int) -> int | None:
        """The offset at which line `number` (from 1) begins; None when the source has fewer lines."""
        breaks = number - 1
        if breaks <= 0:
            return 0 if source.size else None
        with self._growing:
            self._grow(source, breaks)
            # the first chunk by whose end that many breaks have passed
            position = bisect_left(self._before, breaks)
            if position == len(self._before):
                return None
            chunk = source.read((position - 1) * CHUNK, CHUNK)
            inside = _after_break(chunk, breaks - self._before[position - 1])
        start = (position - 1) * CHUNK + inside
        return start if start < source.size else None

    def total(self, source: Source) -> int:
        """The number of lines; reads what was not counted yet."""
        if self._total is None:
            with self._growing:
                self._grow(source, None)
                breaks = self._before[-1]
                ends = source.size == 0 or source.read(source.size - 1, 1) == b"\n"
                self._total = breaks if ends else breaks + 1
        return self._total

    def _grow(self, source: Source, breaks: int | None) -> None:
        while breaks is None or self._before[-1] < breaks:
            chunk = source.read((len(self._before) - 1) * CHUNK, CHUNK)
            if not chunk:
                return
            self._before.append(self._before[-1] + chunk.count(b"\n"))


def _after_break(chunk: bytes, number: int) -> int:
    """The position after the `number`th line break of a chunk that has it."""
    low, high = 0, len(chunk)
    while high - low > _NARROW:
        middle = (low + high) // 2
        inside = chunk.count(b"\n", low, middle)
        if inside >= number:
            high = middle
        else:
            low, number = middle, number - inside
    for _ in range(number):
        low = chunk.index(b"\n", low) + 1
    return low


def start_from_end(source: Source, count: int) -> tuple[int, int]:
    """Where the last `count` lines begin and how many there are, fewer when the source has fewer; reads backwards."""
    position, found = source.size, 0
    ends = source.size and source.read(source.size - 1, 1) == b"\n"
    wanted = count + 1 if ends else count
    while position > 0:
        begin = max(position - _BLOCK, 0)
        block = source.read(begin, position - begin)
        inside = block.count(b"\n")
        if found + inside >= wanted:
            return begin + _after_break(block, inside - (wanted - found) + 1), count
        found, position = found + inside, begin
    return 0, found if ends else found + bool(source.size)


def lines_from(source: Source, start: int, *, keep: int) -> Iterator[Line]:
    """The lines from offset `start` on; of each at most `keep` bytes are held."""
    base, kept, size = start, b"", 0
    while block := source.read(base, _BLOCK):
        position = 0
        while (found := block.find(b"\n", position)) >= 0:
            kept += block[position : min(found, position + keep - len(kept))]
            yield _line(kept, size + found - position, base + found + 1)
            position, kept, size = found + 1, b"", 0
        kept += block[position : position + keep - len(kept)]
        size += len(block) - position
        base += len(block)
    if size:
        yield _line(kept, size, base)


def _line(kept: bytes, size: int, end: int) -> Line:
    if len(kept) == size and kept.endswith(b"\r"):
        return Line(kept[:-1], size - 1, end)
    return Line(kept, size, end)
