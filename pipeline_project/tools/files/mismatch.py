"""Why an old_string is not in a file, as a sentence that lets a model correct it.

It names the nearest place and what differs there: line numbers copied along, white space, quotes, letter case, a
line. Refuses to decide that two texts mean the same: nothing is changed on its word.
"""

import difflib
import re
from collections import Counter
from collections.abc import Callable
from typing import Final

_NUMBERED: Final = re.compile(r"^[ ]*-?\d+(?:\t|→)")
_MOST_LINES: Final = 20_000
_MOST_CHARACTERS: Final = 160
_ALIKE: Final = str.maketrans(
    {
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"'),
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'"),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
        **dict.fromkeys("\u00a0\u2009\u202f", " "),
        "\u2026": "...",
    }
)
_AGAIN: Final = "Copy it exactly from a fresh Read"


def explain(text: str, old: str) -> str:
    """What to do so that `old` is found in `text`, which does not contain it."""
    if not text:
        return "The file is empty; give an empty old_string to fill it."
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    wanted = [line.removesuffix("\r") for line in old.split("\n")]
    if sum(bool(_NUMBERED.match(line)) for line in wanted) == sum(bool(line.strip()) for line in wanted) > 0:
        bare = "\n".join(_NUMBERED.sub("", line) for line in wanted)
        if bare in "\n".join(lines):
            return "It carries the line numbers that Read shows before a tab; leave number and tab out of old_string."
    if old.endswith("\n") and text.endswith(old.removesuffix("\n").removesuffix("\r")):
        return "The file ends there without a line break: leave the last one out of old_string."
    if "\ufffd" in old:
        return _around_stray_bytes(text, old)
    for alike, what in _LIKENESSES:
        if found := _window(lines, wanted, alike):
            return _difference(lines, wanted, found - 1, what)
    if "\\" in old and (escaped := _unescaped(old)) != old and escaped in "\n".join(lines):
        return "It spells line breaks, tabs or quotes with backslashes where the file has the signs themselves."
    return _nearest(lines, wanted)


def _around_stray_bytes(text: str, old: str) -> str:
    """What stands where Read shows U+FFFD: a sign of Latin-1 that can be written, or a byte that cannot."""
    said = "It has �, which Read shows for bytes that are no UTF-8"
    pattern = "[\x80-\xff\udc80-\udcff\ufffd]{1,3}".join(re.escape(part) for part in re.split("\ufffd+", old))
    found = re.search(pattern.replace("\n", "\r?\n"), text)
    if found is not None and not re.search("[\udc80-\udcff]", found[0]):
        return (
            f"{said}. In Latin-1, which the file seems to be kept in, that place reads {_shown(found[0])}: give that."
        )
    return f"{said}: choose an old_string around it that has none, or change the file with Bash."


def _trimmed(line: str) -> str:
    return line.rstrip()


def _dense(line: str) -> str:
    return " ".join(line.split())


def _plain(line: str) -> str:
    return line.translate(_ALIKE).rstrip()


def _loose(line: str) -> str:
    return _dense(line.translate(_ALIKE)).casefold()


_LIKENESSES: Final[tuple[tuple[Callable[[str], str], str], ...]] = (
    (_trimmed, "white space at the end of a line"),
    (_plain, "quotes, dashes or special spaces"),
    (_dense, "white space (tabs, spaces, indentation)"),
    (lambda line: line.casefold().rstrip(), "letter case"),
    (_loose, "white space, quotes or letter case"),
)


def _window(lines: list[str], wanted: list[str], alike: Callable[[str], str]) -> int | None:
    """The number of the first line from which on `wanted` stands, lines compared by what `alike` leaves of them.

    One wanted line may also be a part of a line.
    """
    sought = [alike(line) for line in wanted]
    while len(sought) > 1 and not sought[-1]:
        sought.pop()
    if not any(sought):
        return None
    have = [alike(line) for line in lines[:_MOST_LINES]]
    for start in range(len(have) - len(sought) + 1):
        if len(sought) == 1:
            if sought[0] in have[start]:
                return start + 1
        elif _fits(have[start : start + len(sought)], sought):
            return start + 1
    return None


def _fits(have: list[str], sought: list[str]) -> bool:
    """Whether lines are the wanted ones, of which the first may begin and the last end inside a line."""
    return have[0].endswith(sought[0]) and have[-1].startswith(sought[-1]) and have[1:-1] == sought[1:-1]


def _difference(lines: list[str], wanted: list[str], start: int, what: str) -> str:
    for offset, line in enumerate(wanted):
        if start + offset >= len(lines):
            break
        have = lines[start + offset]
        first, last = offset == 0, offset == len(wanted) - 1
        same = line in have if first and last else have.endswith(line) if first else have.startswith(line)
        if same and (first or last or line == have):
            continue
        return (
            f"It differs from line {start + 1 + offset} only in {what}: the file has {_shown(lines[start + offset])}, "
            f"old_string has {_shown(line)}. {_AGAIN}."
        )
    return f"It differs from what begins at line {start + 1} only in {what}. {_AGAIN}."


def _nearest(lines: list[str], wanted: list[str]) -> str:
    """The place where most lines agree, else the line most like the longest wanted one."""
    where: dict[str, list[int]] = {}
    for number, line in enumerate(lines[:_MOST_LINES]):
        where.setdefault(line.strip(), []).append(number)
    starts = Counter(
        number - offset
        for offset, line in enumerate(wanted)
        if line.strip()
        for number in where.get(line.strip(), [])[:50]
    )
    if starts:
        start = starts.most_common(1)[0][0]
        for offset, line in enumerate(wanted):
            at = start + offset
            have = lines[at] if 0 <= at < len(lines) else None
            if have is None:
                return f"The nearest place begins at line {max(start, 0) + 1}, but the file ends before it. {_AGAIN}."
            if have != line:
                return (
                    f"The nearest place begins at line {max(start, 0) + 1}; line {at + 1} differs: the file has "
                    f"{_shown(have)}, old_string has {_shown(line)}. {_AGAIN}."
                )
    longest = max(wanted, key=lambda line: len(line.strip())).strip()
    candidates = [line[:_MOST_CHARACTERS] for line in where if line][:_MOST_LINES]
    if near := difflib.get_close_matches(longest[:_MOST_CHARACTERS], candidates, n=1, cutoff=0.6):
        number = next(number for line, found in where.items() if line[:_MOST_CHARACTERS] == near[0] for number in found)
        return f"The nearest is line {number + 1}: {_shown(lines[number])}. {_AGAIN}."
    return "Nothing like it is there; Read the file again and copy the text exactly."


def _unescaped(text: str) -> str:
    for spelled, sign in (("\\r", "\r"), ("\\n", "\n"), ("\\t", "\t"), ('\\"', '"'), ("\\'", "'")):
        text = text.replace(spelled, sign)
    return text


def _shown(line: str) -> str:
    """A line as a literal, so that tabs and trailing spaces are seen."""
    cut = line[:_MOST_CHARACTERS]
    return repr(cut) + ("…" if len(line) > len(cut) else "")
