"""A range of a text file's lines as Read shows them.

The range alone is read, whatever the size of the file. Lines are shown as UTF-8 (or what a byte order mark declares)
with stray bytes as U+FFFD; mark and carriage returns are hidden. Refuses UTF-16 and UTF-32 files too large to hold.
"""

from dataclasses import dataclass
from typing import Final

from pipeline_project.errors import InvalidInput
from pipeline_project.tools.files import shown
from pipeline_project.tools.files.encoding import declared
from pipeline_project.tools.files.lines import BytesSource, Line, LineIndex, Source, lines_from, start_from_end
from pipeline_project.tools.session import Limits

# counting the lines of a file up to this size takes about a millisecond
_CHEAP_BYTES: Final = 8 << 20
_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Range:
    """Lines wanted. `offset`: the first one, from 1, or from the end when negative; `limit`: how many."""

    offset: int | None = None
    limit: int | None = None

    @property
    def given(self) -> bool:
        """Whether the caller named a range."""
        return self.offset is not None or self.limit is not None


@dataclass(frozen=True)
class Shown:
    """`text`: numbered lines. `note`: what is not shown and how to get it, empty when all is.

    `first`, `count`: the range shown, negative numbers counting from the end. `total`: lines, None when not counted.
    """

    text: str
    note: str
    first: int
    count: int
    total: int | None
    whole: bool


def as_utf8(source: Source, *, where: str, most: int) -> Source:
    """The source itself, or the text of a UTF-16 or UTF-32 file as UTF-8 bytes. Raises InvalidInput when too large."""
    encoding = declared(source.read(0, 4))
    if not encoding.wide:
        return source
    if source.size > most:
        remedy = "Convert it to UTF-8 with Bash (iconv) first."
        raise InvalidInput(f"is {encoding.name} text of {source.size:,} bytes", where=where, remedy=remedy)
    data = source.read(0, source.size)[len(encoding.mark) :]
    return BytesSource(data.decode(encoding.name, "replace").encode())


def show(source: Source, wanted: Range, index: LineIndex, limits: Limits) -> Shown:
    """The lines of `wanted`, at most `limits.read_lines` unless it says how many, and as many as fit `read_bytes`."""
    limit = limits.read_lines if wanted.limit is None else wanted.limit
    place = _place(source, wanted.offset or 1, index)
    if place is None:
        total = index.total(source)
        return Shown("", _nothing(total, wanted), wanted.offset or 1, 0, total, total == 0)
    first, start = place
    found, cut_short = _collect(source, start, first, limit, limits)
    end = found[-1][1].end
    more = end < source.size
    total = _total(source, index, first + len(found) - 1, more=more)
    lines = "\n".join(_numbered(number, line, limits.line_characters) for number, line in found)
    whole = start == 0 and not more and all(line.size <= len(line.data) for _, line in found)
    note = _note(first, len(found), total, more=more, cut_short=cut_short, wanted=wanted)
    return Shown(lines, note, first, len(found), total, whole)


def _place(source: Source, offset: int, index: LineIndex) -> tuple[int, int] | None:
    """The number of the first line to show and where it begins; None when there is none."""
    if offset > 0:
        start = index.start_of(source, offset)
        return None if start is None else (offset, start)
    start, count = start_from_end(source, -offset)
    if not count:
        return None
    cheap = source.size <= _CHEAP_BYTES or index.known_total is not None
    if start == 0:
        return 1, 0
    return (index.total(source) - count + 1 if cheap else -count), start


def _collect(source: Source, start: int, first: int, limit: int, limits: Limits) -> tuple[list[tuple[int, Line]], bool]:
    """Numbered lines up to the limit, and whether the room for text was used up before."""
    found: list[tuple[int, Line]] = []
    room = limits.read_bytes
    # a character takes at most four bytes
    for position, line in enumerate(lines_from(source, start, keep=4 * limits.line_characters + 4)):
        if position == limit:
            break
        room -= min(line.size, limits.line_characters) + 8
        if found and room < 0:
            return found, True
        found.append((first + position, line))
    return found, False


def _numbered(number: int, line: Line, most: int) -> str:
    data = line.data.removeprefix(_MARK) if number == 1 else line.data
    text = data.decode("utf-8", "replace").replace("\0", "\ufffd")
    return f"{number}\t{shown.cut(text, most=most, size=line.size, unit='bytes')}"


def _total(source: Source, index: LineIndex, last: int, *, more: bool) -> int | None:
    if not more and last > 0:
        return last
    return index.total(source) if source.size <= _CHEAP_BYTES else index.known_total


def _nothing(total: int, wanted: Range) -> str:
    if not total:
        return "The file is there and empty: 0 lines."
    lines = f"{total:,} {'line' if total == 1 else 'lines'}"
    return f"The file has {lines}, so there is none at offset {wanted.offset}."


def _note(first: int, count: int, total: int | None, *, more: bool, cut_short: bool, wanted: Range) -> str:
    last = first + count - 1
    notes = []
    if first < 0:
        notes.append("Lines are numbered from the end: -1 is the last one.")
    elif more or (first > 1 and wanted.offset is not None and wanted.offset < 0):
        notes.append(f"Lines {first} to {last}{f' of {total:,}' if total is not None else ''}.")
    if cut_short:
        notes.append("The text of one answer ends here.")
    if more:
        notes.append(f"Continue with offset={last + 1}.")
    return " ".join(notes)
