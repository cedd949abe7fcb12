"""What a change did to a file's lines, as hunks like those of a unified diff.

Applied to the old lines the hunks give the new ones. Refuses to compare at any price: between very different texts the
middle is one hunk, and what would be longer than MOST_LINES is left out and counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

CONTEXT: Final = 3
MOST_LINES: Final = 5_000
_MOST_PAIRS: Final = 1_000_000
_UNENDED: Final = "\\ No newline at end of file"

Change = tuple[int, int, int, int]


@dataclass(frozen=True)
class Patch:
    """`hunks`: {oldStart, oldLines, newStart, newLines, lines}; `omitted`: how many lines of hunks were left out.

    `added`, `removed`: lines, also of those left out.
    """

    hunks: tuple[dict[str, Any], ...] = ()
    added: int = 0
    removed: int = 0
    omitted: int = 0

    def structured(self) -> dict[str, Any]:
        """As JSON values."""
        found = {"patch": list(self.hunks), "added": self.added, "removed": self.removed}
        return {**found, "patch_omitted_lines": self.omitted} if self.omitted else found


def patch(before: str, after: str) -> Patch:
    """The hunks that lead from one text to another; lines end with LF, and other signs are part of them."""
    old, new = split(before), split(after)
    changes = list(_changes(old, new))
    hunks: list[dict[str, Any]] = []
    shown = omitted = 0
    for group in _grouped(changes):
        size = sum(change[1] - change[0] + change[3] - change[2] for change in group)
        if shown + size > MOST_LINES:
            omitted += size
        else:
            shown += size
            hunks.append(_hunk(group, old, new))
    added = sum(change[3] - change[2] for change in changes)
    removed = sum(change[1] - change[0] for change in changes)
    return Patch(tuple(hunks), added, removed, omitted)


def split(text: str) -> list[str]:
    """Lines with their LF; the last one may have none."""
    parts = text.split("\n")
    return [part + "\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _changes(old: list[str], new: list[str]) -> Iterator[Change]:
    """Ranges that differ: old from, old to, new from, new to."""
    first, least = 0, min(len(old), len(new))
    while first < least and old[first] == new[first]:
        first += 1
    last = 0
    while last < least - first and old[-1 - last] == new[-1 - last]:
        last += 1
    middle_old, middle_new = old[first : len(old) - last], new[first : len(new) - last]
    if not middle_old and not middle_new:
        return
    # the comparison takes time with the product of the two
    if len(middle_old) * len(middle_new) > _MOST_PAIRS:
        yield first, len(old) - last, first, len(new) - last
        return
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, middle_old, middle_new).get_opcodes():
        if tag != "equal":
            yield first + old_from, first + old_to, first + new_from, first + new_to


def _grouped(changes: list[Change]) -> Iterator[list[Change]]:
    """Changes whose context would touch, together."""
    group: list[Change] = []
    for change in changes:
        if group and change[0] - group[-1][1] > 2 * CONTEXT:
            yield group
            group = []
        group.append(change)
    if group:
        yield group


def _hunk(group: list[Change], old: list[str], new: list[str]) -> dict[str, Any]:
    old_from = max(group[0][0] - CONTEXT, 0)
    old_to = min(group[-1][1] + CONTEXT, len(old))
    new_from = group[0][2] - (group[0][0] - old_from)
    new_to = group[-1][3] + (old_to - group[-1][1])
    lines: list[str] = []
    at = old_from
    for change in group:
        lines += _signed(" ", old[at : change[0]])
        lines += _signed("-", old[change[0] : change[1]])
        lines += _signed("+", new[change[2] : change[3]])
        at = change[1]
    lines += _signed(" ", old[at:old_to])
    old_lines, new_lines = old_to - old_from, new_to - new_from
    # an empty range is named by the line before it, as diff does
    return {
        "oldStart": old_from + (1 if old_lines else 0),
        "oldLines": old_lines,
        "newStart": new_from + (1 if new_lines else 0),
        "newLines": new_lines,
        "lines": lines,
    }


def _signed(sign: str, lines: list[str]) -> list[str]:
    signed: list[str] = []
    for line in lines:
        signed.append(sign + line.removesuffix("\n"))
        if not line.endswith("\n"):
            signed.append(_UNENDED)
    return signed
