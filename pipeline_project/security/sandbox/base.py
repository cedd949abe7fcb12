"""What every sandbox is: a name, what it holds and does not hold, and a way to prepare a command for launching.

A sandbox starts nothing itself: whoever starts the process does it in a thread of its own that calls `Launch.enter`
first, because kernel restrictions belong to a thread and are inherited by what that thread starts.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SHELL = "/bin/bash"
_SCRIPT = "PIPELINE_SCRIPT"
"""A variable of the shell that its children do not see."""


@dataclass(frozen=True)
class Around:
    """Shell text of our own that is run in the script's shell, `before` it and `after` it; one line each, or nothing.

    Each is read as shell code by itself, so that no script can end it, swallow it or find it in a complaint.
    """

    before: str = ""
    after: str = ""


ALONE: Final = Around()


def shell(script: str, around: Around = ALONE) -> tuple[str, ...]:
    """The argument vector that runs a script without any start-up files; its exit code is the script's."""
    start = (SHELL, "--noprofile", "--norc", "-c")
    if around == ALONE:
        return (*start, script)
    # evaluated, lines are counted from the script's own first one, and only its own are quoted when it cannot be parsed
    text = f'{around.before} {_SCRIPT}=$1; shift; eval "${_SCRIPT}"'
    # the trace of a script that said set -x is its own
    ended = f"{{ {_SCRIPT}=$?; set +xv; }} 2>/dev/null"
    return (*start, f"{text}; {ended}; {around.after} exit ${_SCRIPT}", SHELL, script)


@dataclass(frozen=True)
class CommandLimits:
    """What one command may use; sizes in bytes, per process save for `processes`, times in seconds."""

    memory_bytes: int = 4 << 30
    processes: int = 256
    cpu_seconds: int = 600
    file_bytes: int = 1 << 30
    open_files: int = 4096
    scratch_bytes: int = 1 << 30
    """Of the temporary folders that live in memory; only bubblewrap has such."""


@dataclass(frozen=True)
class Layer:
    """One thing that holds a command: `holds` and `leaves` say in words what it does and does not prevent."""

    name: str
    holds: str
    leaves: str = ""


@dataclass(frozen=True)
class Launch:
    """A command, ready to be started.

    `argv`, `env`, `cwd`: as subprocess.Popen takes them; `env` is everything the command sees of the environment.
    `enter`: to be called in the thread that then starts the process, and does nothing else afterwards: what it takes
    away from that thread never comes back. None: any thread will do. It raises OSError.
    `own_processes`: the command has a process namespace of its own, so that killing the first process ends all of
    them; without one, `mark` is in the environment of its processes, for those who have to find them.
    `counted`: the kernel holds the number of processes; without it somebody has to watch them.
    `members`: the ids of its living processes as the kernel keeps them, where it does.
    `leave`: to be called once when everything has ended; it removes folders and groups that were made.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    layers: str
    own_processes: bool
    mark: str
    counted: bool
    enter: Callable[[], None] | None = None
    members: Callable[[], frozenset[int]] | None = None
    leave: Callable[[], None] | None = None


class Sandbox(ABC):
    """One way to hold a command; made by `choose`."""

    @abstractmethod
    def describe(self) -> list[Layer]:
        """The layers, outermost first."""

    @property
    def name(self) -> str:
        """The layers' names, as results show them: `bubblewrap+rlimits`."""
        return "+".join(layer.name for layer in self.describe())

    @abstractmethod
    def launch(
        self,
        script: str,
        *,
        roots: Sequence[Path],
        cwd: Path,
        env: Mapping[str, str] | None = None,
        network: bool = False,
        limits: CommandLimits | None = None,
        protected: Sequence[Path] = (),
        around: Around = ALONE,
    ) -> Launch:
        """A script for SHELL, ready to be started. Blocks for a few stat calls.

        `env`: variables beside the clean ones (see environment.py). `protected`: repositories (`…/.git`) whose hooks
        and configuration commands must not change. Raises InvalidInput for a workspace that cannot be held,
        NotConfigured for what this layer cannot hide.
        """
