"""Resource limits of a command, set by the shell that runs it, ahead of it.

They are set inside the sandbox, hard and soft alike, so that no command can lift them: whoever runs it has no
capabilities. They do not hide or protect files; alone they are no sandbox.

The number of processes is held by RLIMIT_NPROC for an ordinary user, best in a user namespace of its own, because
elsewhere everything else the user runs counts. The kernel exempts the superuser, whose processes only a control group
can hold (kernel/fork.c, copy_process).
"""

import os
import re
from pathlib import Path

from pipeline_project.security.sandbox import control_groups
from pipeline_project.security.sandbox.base import CommandLimits, Layer

_COUNTS_APART = (5, 14)
_ADDRESS_SPACE_PER_MEMORY = 4
"""Runtimes reserve much more address space than they use; what they use is held by RLIMIT_DATA."""


def layer(*, exempt: bool, leaves: str = "") -> Layer:
    """What the limits hold; `exempt`: for the superuser."""
    holds = "CPU time, memory and open files per process, file size"
    if not exempt:
        return Layer("rlimits", f"{holds}, number of processes", leaves)
    open_end = "" if control_groups.available() else "the superuser's number of processes, which is only watched"
    return Layer("rlimits", holds, ", ".join(part for part in (leaves, open_end) if part))


def setting(limits: CommandLimits, *, processes: int | None) -> str:
    """Shell text, one line that ends in a semicolon, that limits the shell it runs in; exit code 125 if it cannot.

    `processes`: what RLIMIT_NPROC is set to; None where it would not hold this user.
    """
    settings = [
        "-c 0",
        f"-t {limits.cpu_seconds}",
        f"-d {limits.memory_bytes // 1024}",
        f"-v {limits.memory_bytes // 1024 * _ADDRESS_SPACE_PER_MEMORY}",
        f"-f {limits.file_bytes // 1024}",
        f"-n {limits.open_files}",
    ]
    if processes is not None:
        settings.append(f"-u {processes}")
    # a limit that is already lower cannot be raised, and need not be
    return "".join(f"ulimit {setting} 2>/dev/null || test $(ulimit {setting[:2]}) != unlimited || exit 125; "
                   for setting in settings)  # fmt: skip


def shared(processes: int) -> int:
    """RLIMIT_NPROC where it counts all that this user runs: so many more than the whole machine runs now."""
    running = Path("/proc/loadavg").read_text(encoding="ascii").split()[3].partition("/")[2]
    return int(running) + processes


def own(processes: int) -> int:
    """RLIMIT_NPROC in a user namespace of its own, which Linux counts apart since 5.14."""
    major, minor = (int(part) for part in re.findall(r"\d+", os.uname().release)[:2])
    return processes if (major, minor) >= _COUNTS_APART else shared(processes)
