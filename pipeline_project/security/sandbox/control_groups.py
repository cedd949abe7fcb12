"""Control groups: what really holds the number of processes of a superuser, where this machine lets us make one.

One group per command, below the root of the `pids` hierarchy (version 1) or of the unified one (version 2). Refuses
nothing: where no group can be made, `make` gives None and the caller watches instead.
"""

import atexit
import os
import shlex
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from pipeline_project import clock
from pipeline_project.security.sandbox.base import Layer, shell

LAYER = Layer("cgroup", "number of processes")
_HIERARCHIES = (Path("/sys/fs/cgroup/pids"), Path("/sys/fs/cgroup"))
_LEFT: Final[list[Path]] = []
"""Groups that were not empty yet when they were to be removed."""


@dataclass(frozen=True)
class Group:
    """One command's group. Version 1 can hold single threads, version 2 whole processes only."""

    folder: Path

    def enter(self) -> None:
        """Move the calling thread into it, so that what it starts is born there. Version 1 only; raises OSError.

        A thread that moves itself spares the lock on every fork of the machine, whose grace period takes some ten
        milliseconds (kernel/cgroup/cgroup.c, cgroup_procs_write_start).
        """
        if self._threads.exists():
            self._threads.write_text("0", encoding="ascii")

    def through(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        """The argument vector that has joined it before it becomes `argv`, where no thread can."""
        return argv if self._threads.exists() else (*shell(f'{self.joining}; exec "$@"'), "sandbox", *argv)

    @property
    def entrance(self) -> Path:
        """The file a shell writes 0 to, to join: a shell is a thread, too."""
        return self._threads if self._threads.exists() else self._processes

    @property
    def joining(self) -> str:
        """A shell command that joins it; exit code 125 when it cannot be joined."""
        return f"echo 0 > {shlex.quote(str(self.entrance))} || exit 125"

    def members(self) -> frozenset[int]:
        """The processes in it but our own; none when it is gone."""
        try:
            return frozenset(map(int, self._processes.read_text(encoding="ascii").split())) - {os.getpid()}
        except OSError:
            return frozenset()

    @property
    def _threads(self) -> Path:
        return self.folder / "tasks"

    @property
    def _processes(self) -> Path:
        return self.folder / "cgroup.procs"

    def remove(self) -> None:
        """Remove it; one in which a killed process or a thread of ours is still vanishing goes with the next one."""
        _LEFT.append(self.folder)
        _sweep()


@atexit.register
def _sweep() -> None:
    for folder in [*_LEFT]:
        try:
            folder.rmdir()
        except FileNotFoundError:
            _LEFT.remove(folder)
        except OSError:  # busy: what was in it is about to vanish
            continue
        else:
            _LEFT.remove(folder)


@cache
def available() -> bool:
    """Whether a group that counts processes can be made here; tried once."""
    group = make(64)
    if group is not None:
        group.remove()
    return group is not None


def make(processes: int) -> Group | None:
    """A new group of so many processes at most, or None."""
    for hierarchy in _HIERARCHIES:
        folder = hierarchy / f"pipeline-{clock.new_id()}"
        try:
            folder.mkdir()
        except OSError:  # not mounted, not writable, not delegated: all the same here
            continue
        group = Group(folder)
        try:
            (folder / "pids.max").write_text(str(processes), encoding="ascii")
        except OSError:
            group.remove()
            continue
        return group
    return None
