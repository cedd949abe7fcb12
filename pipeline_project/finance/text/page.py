"""A text seen as lines and cells, with the offsets that evidence is given by, and values found beside labels.

A cell is what two or more spaces, or a tab, set apart: how PDF text and typed tables show their columns.
Refuses to interpret: what a label means and what a value is are the caller's patterns.
"""

import dataclasses
import re
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from pipeline_project.errors import InvalidDocument

MAX_CHARACTERS = 500_000
MAX_LINES = 20_000
MAX_LINE = 500

Value = TypeVar("Value")
Other = TypeVar("Other")

_CELL = re.compile(r"[^\s](?:[^\t\n]*?[^\s])??(?=\s{2,}|\t|\s*$)")
# Justified lines have gaps of two or three spaces inside a name.
_BLOCK = re.compile(r"[^\s](?:[^\t\n]*?[^\s])??(?=\s{4,}|\t|\s*$)")
# What may stand between a label and its value: punctuation, and a remark in brackets.
_BETWEEN = re.compile(r"(?:\s*\([^()]{0,60}\))?[\s.:#=°º\u2013-]*")
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2007": " ", "\u2009": " "})
_NEAR, _FAR = 4, 60


@dataclasses.dataclass(frozen=True)
class Span:
    """A stretch of the text: offsets and the words there."""

    start: int
    end: int
    text: str

    def cut(self, start: int, end: int) -> "Span":
        """The part from `start` to `end`, counted within this span."""
        return Span(self.start + start, self.start + end, self.text[start:end])


@dataclasses.dataclass(frozen=True)
class Found(Generic[Value]):
    """A value read from a span, and how sure that reading is (0 to 1)."""

    value: Value
    confidence: float
    span: Span

    def with_value(self, value: Other) -> "Found[Other]":
        """The same evidence for another value."""
        return Found(value, self.confidence, self.span)

    def weighed(self, factor: float) -> "Found[Value]":
        """The same finding, surer or less sure by `factor`."""
        return dataclasses.replace(self, confidence=round(min(self.confidence * factor, 0.99), 2))


class Page:
    """A text and its lines. Special spaces are read as plain ones; no character is moved.

    Raises InvalidDocument for text of more than MAX_CHARACTERS or MAX_LINES; of a line that is longer than
    MAX_LINE, only its beginning is looked at.
    """

    def __init__(self, text: str, *, name: str = "text") -> None:
        self.text = text.translate(_SPACES)
        self.lines = tuple(_lines(self.text))
        if len(text) > MAX_CHARACTERS or len(self.lines) > MAX_LINES:
            raise InvalidDocument(
                f"the text has {len(text):,} characters in {len(self.lines):,} lines, more than the"
                f" {MAX_CHARACTERS:,} in {MAX_LINES:,} that are read",
                where=name,
                remedy="Send the pages of the document alone.",
            )

    def labelled(
        self, label: re.Pattern[str], value: re.Pattern[str], parse: Callable[[str], Value | None]
    ) -> Iterator[Found[Value]]:
        """Every value beside `label`: behind it on its line, else below it in its column."""
        for number, line in enumerate(self.lines):
            for match in label.finditer(line.text):
                found = _behind(line, match, value, parse) or self._below(number, match, value, parse)
                if found is not None:
                    yield found

    def occurrences(self, words: str) -> list[int]:
        """The offsets at which `words` stand in the text."""
        return [match.start() for match in re.finditer(re.escape(words), self.text)] if words else []

    def _below(
        self, number: int, label: re.Match[str], value: re.Pattern[str], parse: Callable[[str], Value | None]
    ) -> Found[Value] | None:
        reach = 1 if label.string[label.end() :].lstrip().startswith(":") else 2
        below = [line for line in self.lines[number + 1 : number + 5] if line.text.strip()][:reach]
        for line in below:
            for cell in cells(line):
                start = cell.start - line.start
                if start < label.end() + 2 and start + len(cell.text) > label.start() - 2:
                    match = value.match(cell.text)
                    parsed = parse(match[0]) if match else None
                    if match and parsed is not None:
                        return Found(parsed, 0.8, cell.cut(match.start(), match.end()))
        return None


def _behind(
    line: Span, label: re.Match[str], value: re.Pattern[str], parse: Callable[[str], Value | None]
) -> Found[Value] | None:
    between = _BETWEEN.match(line.text, label.end())
    start = between.end() if between else label.end()
    match = value.match(line.text, start)
    parsed = parse(match[0]) if match else None
    if match is None or parsed is None:
        return None
    gap = line.text[label.end() : start]
    sure = 0.95 if ":" in gap or "#" in gap or len(gap) < _NEAR else 0.9 if len(gap) < _FAR else 0.85
    return Found(parsed, sure, line.cut(match.start(), match.end()))


def cells(line: Span) -> list[Span]:
    """The cells of a line, left to right."""
    return [line.cut(match.start(), match.end()) for match in _CELL.finditer(line.text)]


def blocks(line: Span) -> list[Span]:
    """The cells of a line where only a wide gap parts them, as between two addresses side by side."""
    return [line.cut(match.start(), match.end()) for match in _BLOCK.finditer(line.text)]


def _lines(text: str) -> Iterator[Span]:
    start = 0
    for line in text.splitlines(keepends=True):
        bare = line.rstrip("\r\n\f\v\x1c\x1d\x1e\x85\u2028\u2029")
        yield Span(start, start + len(bare), bare[:MAX_LINE])
        start += len(line)
