"""Which earlier calls a call must wait for, given what each touches.

Plain bookkeeping over paths: it asks no file system, so paths are real and absolute when they come here.
"""

from collections import defaultdict
from pathlib import Path

from pipeline_project.tools.base import Footprint


class Order:
    """Calls are added in their order; each is told the earlier ones it must wait for, directly.

    Waiting carries over: who waits for a call waits for all that one waited for. So what a write supersedes at its
    own path is forgotten, and a long batch on one file has one edge per call.
    """

    def __init__(self) -> None:
        self._readers: dict[Path, list[int]] = defaultdict(list)
        self._writers: dict[Path, list[int]] = defaultdict(list)
        self._below: dict[Path, set[Path]] = defaultdict(set)
        self._since_barrier: list[int] = []
        self._barrier: int | None = None
        self._count = 0

    @property
    def met_anything(self) -> bool:
        """Whether a call that may touch anything was added."""
        return self._barrier is not None

    def add(self, footprint: Footprint | None) -> tuple[int, ...]:
        """The indexes of the earlier calls that the next one waits for, ascending; None waits for nothing."""
        index = self._count
        self._count += 1
        if footprint is None:
            return ()
        if footprint.everything:
            return self._begin_anew(index)
        waits = {other for path in footprint.writes for other in self._touching(path)}
        waits |= {other for path in footprint.reads for other in self._writing(path)}
        if self._barrier is not None and not waits:
            waits.add(self._barrier)
        for path in footprint.reads - footprint.writes:
            self._readers[path].append(index)
            self._note(path)
        for path in footprint.writes:
            self._readers.pop(path, None)
            self._writers[path] = [index]
            self._note(path)
        self._since_barrier.append(index)
        return tuple(sorted(waits))

    def _begin_anew(self, index: int) -> tuple[int, ...]:
        before = self._since_barrier or ([] if self._barrier is None else [self._barrier])
        for table in (self._readers, self._writers, self._below):
            table.clear()
        self._since_barrier, self._barrier = [], index
        return tuple(before)

    def _touching(self, path: Path) -> set[int]:
        found = self._writing(path)
        for place in self._overlapping(path):
            found.update(self._readers.get(place, ()))
        return found

    def _writing(self, path: Path) -> set[int]:
        return {index for place in self._overlapping(path) for index in self._writers.get(place, ())}

    def _overlapping(self, path: Path) -> list[Path]:
        return [path, *path.parents, *self._below.get(path, ())]

    def _note(self, path: Path) -> None:
        for parent in path.parents:
            self._below[parent].add(path)
