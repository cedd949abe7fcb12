"""Sandboxed Bash beside the same command started bare, in one run; `measure` is what benchmarks/tools.py prints.

    python benchmarks/tools_bash.py

Both take turns, so that a slow moment of the machine hits both alike; medians are compared. Exits 1 if the sandbox
adds more than 15 ms.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline_project import settings
from pipeline_project.security.sandbox import choose
from pipeline_project.tools.session import Session
from pipeline_project.tools.shell.bash import Bash, BashInput

RUNS = 40
BUDGET_MILLISECONDS = 15.0
COMMANDS = ("true", "ls -la /usr/bin | wc -l", "git --version")


@dataclass(frozen=True)
class Row:
    """Medians in milliseconds of one command. `layers`: what held it."""

    command: str
    bare: float
    sandboxed: float
    layers: str

    @property
    def added(self) -> float:
        """Milliseconds that the sandbox costs."""
        return self.sandboxed - self.bare

    @property
    def ratio(self) -> float:
        """Sandboxed over bare."""
        return self.sandboxed / self.bare

    @property
    def held(self) -> bool:
        """Whether the budget is kept."""
        return self.added <= BUDGET_MILLISECONDS


def measure() -> list[Row]:
    """One row per command; RUNS alternating runs of each."""
    return asyncio.run(_measure())


async def _measure() -> list[Row]:
    layers = choose(settings.load()).name
    with tempfile.TemporaryDirectory() as folder:
        async with Session(folder, "allow_all") as session:
            rows = []
            for command in COMMANDS:
                bare, sandboxed = await _alternate(command, Path(folder), session)
                rows.append(Row(command, bare, sandboxed, layers))
            return rows


async def _alternate(command: str, folder: Path, session: Session) -> tuple[float, float]:
    async def bare() -> None:
        process = await asyncio.create_subprocess_exec(
            "/bin/bash", "--noprofile", "--norc", "-c", command, cwd=folder, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        await process.communicate()

    async def sandboxed() -> None:
        await Bash().run(BashInput(command=command), session)

    times: tuple[list[float], list[float]] = ([], [])
    for run in range(RUNS + 1):
        for taken, task in zip(times, (bare, sandboxed), strict=True):
            seconds = await _time(task)
            if run:  # the first pays for imports and the sandbox's trial
                taken.append(seconds * 1000)
    return statistics.median(times[0]), statistics.median(times[1])


async def _time(task: Callable[[], Awaitable[None]]) -> float:
    start = time.perf_counter()
    await task()
    return time.perf_counter() - start


def main() -> int:
    """Measure and print; 1 if the budget is broken."""
    rows = measure()
    print(f"Bash in {rows[0].layers}, medians of {RUNS} alternating runs")
    for row in rows:
        print(f"  {row.command:26} bare {row.bare:6.2f} ms  sandboxed {row.sandboxed:6.2f} ms  "
              f"adds {row.added:5.2f} ms  {row.ratio:5.2f} x")  # fmt: skip
    held = all(row.held for row in rows)
    print(f"budget: {BUDGET_MILLISECONDS:.0f} ms added: {'held' if held else 'BROKEN'}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
