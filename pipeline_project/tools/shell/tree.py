"""Finding and ending all that a command started, where it has no process namespace of its own.

A process belongs to a command if it is in its control group, descends from a process that does, or carries the
command's mark in its environment; one that cleared its environment, left its session and lost its parent falls to
this process as an orphan, because while such commands run this process adopts orphans (PR_SET_CHILD_SUBREAPER,
prctl(2)). Refuses to touch a process that it cannot attribute: an orphan without the restrictions of a command stays.
"""

import ctypes
import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline_project.security.sandbox.unprivileged import MARK

_SUBREAPER: Final = 36
_PAUSE_SECONDS: Final = 0.002
_ROUNDS: Final = 500
_EMPTY_LOOKS: Final = 5
"""A look takes time, and what forks and ends meanwhile can be missed by one; by several in a row hardly."""
_PROC: Final = Path("/proc")
_ENDED: Final = (b"Z", b"X")


@dataclass(frozen=True)
class _Seen:
    """A process: its id and when it began, in clock ticks since boot; together they name it for good."""

    pid: int
    began: int


class Tree:
    """The processes of one command. `mark`: in their environment; `members`: see Launch.

    Made before the command is started, so that no orphan of it goes elsewhere; `first` is then told its first process.
    Use it from a thread that has its rights: a restricted one cannot look at other processes.
    """

    def __init__(self, mark: str, members: Callable[[], frozenset[int]] | None) -> None:
        self.first = -1
        self._mark = f"{MARK}={mark}".encode()
        self._members = members
        self._known: set[_Seen] = set()
        self._foreign: set[_Seen] = set()
        _ADOPTION.begin(self)

    def look(self) -> frozenset[int]:
        """The ids of the living processes, as far as they can be told at this moment."""
        if self._members is not None:
            return self._members()
        table = _table()
        known = {seen for seen in self._known if table.get(seen.pid, (0, 0))[1] == seen.began}
        pids = {seen.pid for seen in known} | ({self.first} & table.keys())
        others = {pid for pid in table if pid not in pids and _Seen(pid, table[pid][1]) not in self._foreign}
        pids |= {pid for pid in others if self._owns(pid, table[pid][0])}
        found = _with_children(pids, table)
        self._known = {_Seen(pid, table[pid][1]) for pid in found}
        # whoever is somebody else's stays so, unless it is handed to this process as an orphan
        self._foreign = {
            _Seen(pid, began) for pid, (parent, began) in table.items() if pid not in found and parent != os.getpid()
        }
        return found

    def knows(self, pid: int) -> bool:
        """Whether a process was seen to be one of this command's."""
        return pid == self.first or any(seen.pid == pid for seen in self._known)

    def end(self) -> None:
        """Kill everything, again and again until nothing is left; the first process is left for its starter to reap.

        All are stopped before the first is killed: what is stopped starts nothing new.
        """
        pause = threading.Event()
        empty = 0
        for _ in range(_ROUNDS):
            found = self.look()
            empty = 0 if found else empty + 1
            if empty == (_EMPTY_LOOKS if self._members is None else 1):
                break
            for number in (signal.SIGSTOP, signal.SIGKILL):
                for pid in found:
                    _send(pid, number)
            pause.wait(_PAUSE_SECONDS)
        _ADOPTION.reap()
        _ADOPTION.end(self)

    def _owns(self, pid: int, parent: int) -> bool:
        environment = _read(pid, "environ")
        if self.marks(environment):
            return True
        return parent == os.getpid() and _ADOPTION.is_orphan_of(self, pid, environment)

    def marks(self, environment: bytes) -> bool:
        """Whether an environment carries this command's mark."""
        return self._mark in environment.split(b"\0")


def descendants(pid: int) -> frozenset[int]:
    """The ids of a living process and of all that descend from it."""
    table = _table()
    return _with_children({pid} & table.keys(), table)


def _with_children(pids: set[int], table: dict[int, tuple[int, int]]) -> frozenset[int]:
    while more := {pid for pid, (parent, _) in table.items() if parent in pids and pid not in pids}:
        pids = pids | more
    return frozenset(pids)


class _Adoption:
    """Adopts orphans for as long as some command runs, and tells whose they can be."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._trees: list[Tree] = []
        self._before: frozenset[int] = frozenset()
        self.own: set[int] = set()
        """First processes of commands, which their starters reap."""

    def begin(self, tree: Tree) -> None:
        with self._lock:
            if not self._trees:
                self._before = frozenset(pid for pid, (parent, _) in _table().items() if parent == os.getpid())
                _adopt(on=True)
            self._trees.append(tree)

    def end(self, tree: Tree) -> None:
        with self._lock:
            if tree in self._trees:
                self._trees.remove(tree)
                if not self._trees:
                    _adopt(on=False)

    def is_orphan_of(self, tree: Tree, pid: int, environment: bytes) -> bool:
        """An adopted process with a command's restrictions that is no other running command's."""
        if not self._is_orphan(pid):
            return False
        others = (other for other in self._trees if other is not tree)
        return not any(other.knows(pid) or other.marks(environment) for other in others)

    def reap(self) -> None:
        """Take the exit status of orphans that have ended; those of this process's own children are left alone."""
        for pid, parent in _ended():
            if parent == os.getpid() and self._is_orphan(pid):
                _reap(pid)

    def _is_orphan(self, pid: int) -> bool:
        return pid not in self._before | self.own and _restricted(pid) and not _restricted(os.getpid())


_ADOPTION: Final = _Adoption()


def own(pid: int) -> None:
    """Say that a process is a command's first one: it is no orphan, and its starter reaps it."""
    _ADOPTION.own.add(pid)


def disown(pid: int) -> None:
    """Say that it has been reaped."""
    _ADOPTION.own.discard(pid)


def _adopt(*, on: bool) -> None:
    ctypes.CDLL(None).prctl(_SUBREAPER, int(on), 0, 0, 0)


def _restricted(pid: int) -> bool:
    return b"NoNewPrivs:\t1" in _read(pid, "status")


def _table() -> dict[int, tuple[int, int]]:
    """Living processes: id → (parent, when it began)."""
    return {pid: (parent, began) for pid, state, parent, began in _stats() if state not in _ENDED}


def _ended() -> list[tuple[int, int]]:
    """Processes that have ended and wait to be reaped, each with its parent."""
    return [(pid, parent) for pid, state, parent, _ in _stats() if state in _ENDED]


def _stats() -> Iterator[tuple[int, bytes, int, int]]:
    """Id, state, parent and beginning: fields 3, 4 and 22 of proc_pid_stat(5), counted after the name."""
    for entry in os.listdir(_PROC):  # noqa: PTH208 - half the time of Path.iterdir over hundreds of processes
        if entry.isdigit():
            fields = _read(int(entry), "stat").rpartition(b")")[2].split()
            if fields:
                yield int(entry), fields[0], int(fields[1]), int(fields[19])


def _read(pid: int, name: str) -> bytes:
    try:
        return (_PROC / str(pid) / name).read_bytes()
    except OSError:  # it has ended, or is somebody else's
        return b""


def _send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:  # it was quicker
        return


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:  # somebody was quicker
        return
