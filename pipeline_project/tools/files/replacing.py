"""One replacement in a text: exactly one place, or every place.

A line break in old_string matches LF and CRLF alike, and what is inserted takes the breaks of the place it goes to; all
else is literal, also `$` and backslashes. Refuses what is not there, what is there more often than asked, and what
changes nothing.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pipeline_project.errors import InvalidInput
from pipeline_project.tools.files.mismatch import explain

_MOST_NUMBERS: Final = 10


@dataclass(frozen=True)
class Replacement:
    """`old_string`, `new_string`: literal text. `replace_all`: every place rather than the only one."""

    old_string: str
    new_string: str
    replace_all: bool = False


@dataclass(frozen=True)
class Replaced:
    """The new text, and how many places were replaced."""

    text: str
    count: int


def replaced(text: str, change: Replacement, *, where: str) -> Replaced:
    """`text` with the change made. Raises InvalidInput saying what does not fit and what to do about it.

    `where`: the file, for the message. Places do not overlap; they are found from left to right.
    """
    old, new = change.old_string, change.new_string
    if old == new:
        remedy = "Give a new_string that differs, or leave the file as it is."
        raise InvalidInput("old_string and new_string are the same", where=where, remedy=remedy)
    spans = _spans(text, old)
    if not spans:
        raise InvalidInput("old_string is not in the file", where=where, remedy=explain(text, old))
    if len(spans) > 1 and not change.replace_all:
        remedy = "Add lines around it until it names one place, or set replace_all to change all of them."
        numbers = _numbers(line_numbers(text, (start for start, _ in spans)))
        raise InvalidInput(f"old_string is in the file {len(spans)} times, {numbers}", where=where, remedy=remedy)
    result = _with(text, spans, new)
    if result == text:
        remedy = "The two differ only in line breaks, which the file keeps as they are."
        raise InvalidInput("the change leaves the file as it is", where=where, remedy=remedy)
    return Replaced(result, len(spans))


def line_numbers(text: str, positions: Iterable[int]) -> list[int]:
    """The number of the line at each position, from 1; positions ascend."""
    numbers, at, number = [], 0, 1
    for position in positions:
        number += text.count("\n", at, position)
        at = position
        numbers.append(number)
    return numbers


def dominant_break(text: str) -> str:
    """The line break that most lines of a text end with; LF where it has none."""
    with_return = text.count("\r\n")
    return "\r\n" if with_return * 2 > text.count("\n") else "\n"


def _spans(text: str, old: str) -> list[tuple[int, int]]:
    """Where `old` stands, without overlaps."""
    if "\r\n" not in text and "\r\n" not in old:
        return [(start, start + len(old)) for start in _finds(text, old)]
    pattern = "\r?\n".join(re.escape(part) for part in old.replace("\r\n", "\n").split("\n"))
    return [found.span() for found in re.finditer(pattern, text)]


def _finds(text: str, old: str) -> Iterable[int]:
    at = text.find(old)
    while at >= 0:
        yield at
        at = text.find(old, at + len(old))


def _with(text: str, spans: list[tuple[int, int]], new: str) -> str:
    pieces, at = [], 0
    usual = dominant_break(text)
    plain = new.replace("\r\n", "\n")
    for start, end in spans:
        pieces += [text[at:start], _broken(text[start:end], new, plain, usual)]
        at = end
    return "".join([*pieces, text[at:]])


def _broken(place: str, new: str, plain: str, usual: str) -> str:
    """`new` with the line breaks of the place it replaces, else with the file's usual ones."""
    here = dominant_break(place) if "\n" in place else usual
    # a file without carriage returns takes what it is given, so that one can be written into it
    return plain.replace("\n", "\r\n") if here == "\r\n" else new


def _numbers(lines: list[int]) -> str:
    distinct = list(dict.fromkeys(lines))
    shown = ", ".join(map(str, distinct[:_MOST_NUMBERS]))
    rest = len(distinct) - _MOST_NUMBERS
    text = f"{shown} and {rest} more" if rest > 0 else shown
    return f"on line {text}" if len(distinct) == 1 else f"on lines {text}"
