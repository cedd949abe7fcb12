"""Control groups: what really holds the number of processes of a superuser, where this machine lets us make one.

One group per command, below the root of the `pids` hierarchy (version 1) or of the unified one (version 2). Refuses
nothing: where no group can be made, `make` gives None and the caller watches instead.
"""

import atexit
import shlex
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from pipeline_project import clock
from pipeline_project.security.sandbox.base import Layer

LAYER = Layer("cgroup", "number of processes")
_HIERARCHIES = (Path("/sys/fs/cgroup/pids"), Path("/sys/fs/cgroup"))
_LEFT: Final[list[Path]] = []
"""Groups that were not empty yet when they were to be removed."""


@dataclass(frozen=True)
class Group:
    """One command's group."""

    folder: Path

    @property
    def entrance(self) -> Path:
        """The file a shell writes 0 to, to join.

        Version 1 can move one thread, which a shell is, and then spares itself the lock on all forks of the machine
        with its grace period of some ten milliseconds (kernel/cgroup/cgroup.c, cgroup_procs_write_start).
        """
        tasks = self.folder / "tasks"
        return tasks if tasks.exists() else self.folder / "cgroup.procs"

    @property
    def joining(self) -> str:
        """Shell text that joins it; exit code 125 when it cannot be joined."""
        return f"echo 0 > {shlex.quote(str(self.entrance))} || exit 125\n"

    def members(self) -> frozenset[int]:
        """The processes in it; none when it is gone."""
        try:
            return frozenset(map(int, (self.folder / "cgroup.procs").read_text(encoding="ascii").split()))
        except OSError:
            return frozenset()

    def remove(self) -> None:
        """Remove it; one in which a killed process is still vanishing is removed with the next one."""
        _LEFT.append(self.folder)
        _sweep()


@atexit.register
def _sweep() -> None:
    for folder in [*_LEFT]:
        try:
            folder.rmdir()
        except FileNotFoundError:
            _LEFT.remove(folder)
        except OSError:  # busy: its last process is about to vanish
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
