"""What a command printed: cleaned, in memory while it is short, in a file of the workspace once it is long.

A command that prints gigabytes costs a file and no memory; what goes beyond the size of that file is counted and
dropped. Refuses to show more than it is asked for: the rest is the file's.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from pipeline_project.errors import Conflict
from pipeline_project.tools.shell.cleaning import Cleaner

_BLOCK: Final = 1 << 20


@dataclass(frozen=True)
class Shown:
    """`head`, and after `left_out` bytes that are not shown, `tail`.

    `file`: where the whole is, if it is in one; `dropped`: bytes that came after the file was as long as it may be, or
    where no file could be made, which `failure` explains.
    """

    head: str
    tail: str = ""
    left_out: int = 0
    file: Path | None = None
    dropped: int = 0
    failure: str = ""

    @property
    def text(self) -> str:
        """What a model reads, with a sentence where something is missing."""
        parts = [self.head]
        if self.left_out:
            where = f"; the whole output is in {self.file}, read it with offset and limit" if self.file else ""
            parts.append(f"\n\n[… {self.left_out} bytes left out{where} …]\n\n{self.tail}")
        if self.dropped:
            reason = self.failure or "the file is as long as it may be"
            parts.append(f"\n[The last {self.dropped} bytes were not kept: {reason}]")
        return "".join(parts)


class Pattern(Protocol):
    """A compiled regular expression, of re or of re2."""

    def search(self, text: str, /) -> object:
        """A match, or None."""
        ...


class Output:
    """The output of one command. `keep` opens the file; `memory`: characters that are kept without one.

    `most`: bytes that the file may have. Feed it in one thread.
    """

    def __init__(self, keep: Callable[[], tuple[Path, int]], *, memory: int, most: int) -> None:
        self._keep = keep
        self._memory = memory
        self._most = most
        self._cleaner = Cleaner()
        self._text = bytearray()
        self._size = 0
        self._taken = 0
        self._file: tuple[Path, int] | None = None
        self._failure = ""
        self.dropped = 0

    def feed(self, chunk: bytes) -> None:
        """More of what the command prints."""
        self._add(self._cleaner.feed(chunk))

    def finish(self) -> None:
        """The command has ended."""
        self._add(self._cleaner.finish())

    def close(self) -> None:
        """Let go of the file; it stays where it is."""
        if self._file is not None:
            path, descriptor = self._file
            self._file = (path, -1)
            if descriptor >= 0:
                os.close(descriptor)

    def take(self, most: int, *, pattern: Pattern | None = None, unfinished: bool = False) -> Shown:
        """What came since the last time: whole lines that match `pattern`, or head and tail where it is too long.

        `most`: characters; `unfinished`: with the line that is still being written.
        """
        if unfinished:
            self._add(self._cleaner.rest())
        start, self._taken = self._taken, self._size
        total = self._size - start
        path = self._file[0] if self._file else None
        if pattern is None:
            head, tail = self._ends(start, total, most)
            left = total - len(head.encode()) - len(tail.encode())
        else:
            head, tail, left = _clipped(self._matching(start, pattern), most)
        return Shown(head, tail, max(0, left), path, self.dropped, self._failure)

    def _ends(self, start: int, total: int, most: int) -> tuple[str, str]:
        """All as the head if it is short enough, else the first and the last half of `most` characters."""
        if total <= 4 * most:
            text = self._bytes(start, total).decode(errors="replace")
            return (text, "") if len(text) <= most else (text[: most // 2], text[-(most // 2) :])
        head = self._bytes(start, 2 * most).decode(errors="ignore")
        tail = self._bytes(self._size - 2 * most, 2 * most).decode(errors="ignore")
        return head[: most // 2], tail[-(most // 2) :]

    def _matching(self, start: int, pattern: Pattern) -> Iterator[str]:
        rest = b""
        for offset in range(start, self._size, _BLOCK):
            *lines, rest = (rest + self._bytes(offset, min(_BLOCK, self._size - offset))).split(b"\n")
            yield from (line for each in lines if pattern.search(line := each.decode(errors="replace")))
        if rest and pattern.search(line := rest.decode(errors="replace")):
            yield line

    def _bytes(self, offset: int, length: int) -> bytes:
        if self._file is None:
            return bytes(self._text[offset : offset + length])
        return os.pread(self._file[1], length, offset)

    def _add(self, text: str) -> None:
        if not text:
            return
        data = text.encode()
        if self._file is None and not self._failure and self._size + len(data) > self._memory:
            self._open()
        room = max(0, (self._memory if self._failure else self._most) - self._size)
        if len(data) > room:
            self.dropped += len(data) - room
            data = data[:room]
        self._size += len(data)
        if self._file is None:
            self._text += data
        else:
            _write(self._file[1], data)

    def _open(self) -> None:
        """Move to a file. Where there can be none the command goes on, and only the beginning is kept."""
        try:
            self._file = self._keep()
        except Conflict as error:
            self._failure = str(error)
            return
        _write(self._file[1], bytes(self._text))
        self._text.clear()


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _clipped(lines: Iterator[str], most: int) -> tuple[str, str, int]:
    """Whole lines of the head and the tail, half of `most` characters each, and the bytes between them."""
    head: list[str] = []
    tail: deque[str] = deque()
    room, behind, left = most // 2, 0, 0
    for line in lines:
        if room > len(line) and not tail:
            head.append(line)
            room -= len(line) + 1
            continue
        tail.append(line)
        behind += len(line) + 1
        while behind > most // 2 and len(tail) > 1:
            gone = tail.popleft()
            behind -= len(gone) + 1
            left += len(gone.encode()) + 1
    if not left:
        return "\n".join([*head, *tail]), "", 0
    return "\n".join(head), "\n".join(tail), left
