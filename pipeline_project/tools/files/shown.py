"""How lines of a file are shown to a model: `N<TAB>text`, long ones cut and marked."""

from typing import Any, Final

from pipeline_project.tools.files.patch import Patch, split

_MOST_HUNKS: Final = 3
_MOST_LINES: Final = 40


def numbered(number: int, text: str, *, most: int) -> str:
    """One line with its number; of more than `most` characters the rest is cut and counted."""
    return f"{number}\t{cut(text, most=most, size=len(text), unit='characters')}"


def cut(text: str, *, most: int, size: int, unit: str) -> str:
    """`text` up to `most` characters, and how much there is where that is not all."""
    return text if len(text) <= most else f"{text[:most]}… [line cut: {size:,} {unit} long]"


def snippet(after: str, change: Patch, *, most: int) -> str:
    """The changed places of a new text with the lines around them; the first few of many."""
    lines = split(after)
    pieces = [_piece(hunk, lines, most) for hunk in change.hunks[:_MOST_HUNKS]]
    more = len(change.hunks) - _MOST_HUNKS
    if more > 0:
        pieces.append(f"… and {more} more changed {'place' if more == 1 else 'places'}")
    return "\n…\n".join(piece for piece in pieces if piece)


def _piece(hunk: dict[str, Any], lines: list[str], most: int) -> str:
    first, count = max(hunk["newStart"], 1), hunk["newLines"]
    shown = [
        numbered(first + position, line.removesuffix("\n").removesuffix("\r"), most=most)
        for position, line in enumerate(lines[first - 1 : first - 1 + min(count, _MOST_LINES)])
    ]
    if count > _MOST_LINES:
        shown.append(f"… {count - _MOST_LINES} more lines of this change")
    return "\n".join(shown)
