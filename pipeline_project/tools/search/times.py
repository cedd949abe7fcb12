"""Files by their time of change. Refuses to fail over a file that goes away meanwhile: it counts as the oldest."""

import heapq
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

EVER: Final = -(1 << 63)
"""Before any time that a file can have."""


def dated(names: list[bytes], since: int = EVER) -> list[tuple[int, bytes]]:
    """Each file with its time of change in ns, without those changed before `since`.

    Names as bytes, one `try` around all of them and nothing kept of the older ones, because this is most of what a
    search of 100 000 files costs.
    """
    stat = os.stat
    try:
        return [(changed, name) for name in names if (changed := stat(name).st_mtime_ns) >= since]
    except OSError:
        return [(changed, name) for name in names if (changed := _changed(name)) >= since]


def latest(files: Iterable[tuple[int, bytes]], most: int) -> list[tuple[int, bytes]]:
    """The `most` latest changed, the latest first; those of one moment by name."""
    return heapq.nsmallest(most, files, key=_order)


def latest_first(files: Iterable[tuple[int, bytes]]) -> Iterator[Path]:
    """The paths, the latest changed first; those of one moment by name. Made one by one: a page needs the first few."""
    return (Path(os.fsdecode(name)) for _, name in sorted(files, key=_order))


def _order(file: tuple[int, bytes]) -> tuple[int, bytes]:
    return -file[0], file[1]


def _changed(name: bytes) -> int:
    try:
        return os.lstat(name).st_mtime_ns
    except OSError:
        return EVER
