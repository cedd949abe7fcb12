"""Starting a command of a session: in its sandbox, in its folder, known to the session so that closing ends it.

Refuses what no shell can be handed: nothing, a NUL, text that is no Unicode, or more than one argument holds.
"""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline_project import settings
from pipeline_project.errors import InvalidInput
from pipeline_project.security.sandbox import Around, CommandLimits, choose
from pipeline_project.tools.session import Session
from pipeline_project.tools.shell.keeping import new_file
from pipeline_project.tools.shell.output import Output
from pipeline_project.tools.shell.process import Process

_LONGEST: Final = 120_000
"""Bytes; Linux takes 128 KiB as one argument (MAX_ARG_STRLEN)."""
_PLACE_BYTES: Final = 64 << 10
_FAMILY: Final = "shell"


@dataclass(frozen=True)
class Running:
    """A command that was started. `layers`: what holds it; `note`: a sentence on where it was started, or nothing."""

    process: Process
    output: Output
    layers: str
    note: str
    _place: int

    def folder(self) -> Path | None:
        """Where the command ended up, asked once after it has ended; None if it did not get to say so."""
        try:
            said = os.read(self._place, _PLACE_BYTES)
        except BlockingIOError:
            return None
        places = said.split(b"\0")
        return Path(os.fsdecode(places[-2])) if len(places) > 1 else None

    def close(self) -> None:
        """Let go of what it holds open."""
        os.close(self._place)
        self.output.close()


async def start(command: str, session: Session, name: str) -> Running:
    """Start `command` where the session is. `name`: of the file that long output goes to.

    Raises InvalidInput for a command no shell can be handed, NotConfigured where there is no sandbox for it.
    """
    _check(command)
    note = _return_to_workspace(session)
    sandbox = await asyncio.to_thread(choose, settings.load())
    limits = session.limits
    place, told = os.pipe()
    os.set_blocking(place, False)
    try:
        launch = sandbox.launch(
            command,
            roots=session.roots,
            cwd=session.cwd,
            network=session.network,
            limits=CommandLimits(
                memory_bytes=limits.memory_bytes, processes=limits.processes, cpu_seconds=limits.cpu_seconds,
                file_bytes=limits.file_bytes,
            ),
            protected=_repositories(session),
            around=_telling(told),
        )  # fmt: skip
        output = Output(
            lambda: new_file(session.roots[0], name), memory=limits.output_characters, most=limits.file_bytes
        )
        process = await Process.start(launch, output.feed, processes=limits.processes, keep=(told,))
    except BaseException:
        os.close(place)
        raise
    finally:
        os.close(told)
    _remember(process, session)
    return Running(process, output, launch.layers, note, place)


def _telling(told: int) -> Around:
    """Shell text that says where the command ended up: when it exits, and at its end, should it have set that trap."""
    place = f'{{ set +x; printf "%s\\0" "$PWD" >&{told}; }} 2>/dev/null'
    return Around(f"trap '{place}' EXIT;", f"{place};")


def _check(command: str) -> None:
    if not command.strip():
        raise InvalidInput("is empty", where="command", remedy="Give the command to run.")
    if "\0" in command:
        raise InvalidInput("holds a NUL character", where="command", remedy="Use printf '\\0' for one.")
    try:
        size = len(command.encode())
    except UnicodeEncodeError as error:
        raise InvalidInput("holds half a surrogate pair", where="command", remedy="Write it as Unicode.") from error
    if size > _LONGEST:
        remedy = "Write it to a script in the workspace and run that."
        raise InvalidInput(f"has {size:,} bytes, more than {_LONGEST:,}", where="command", remedy=remedy)


def _return_to_workspace(session: Session) -> str:
    """Go back to the first folder if the current one was removed or replaced; the sentence that says so."""
    gone = session.cwd
    if gone.is_dir() and any(gone.resolve().is_relative_to(root) for root in session.roots):
        return ""
    session.cwd = session.roots[0]
    return f"{gone} is not there any more; it ran in {session.cwd}"


def _repositories(session: Session) -> tuple[Path, ...]:
    """The repositories that were in the workspace before the session's first command: those somebody brought."""
    found: dict[str, tuple[Path, ...]] = session.caches.setdefault(_FAMILY, {})
    if "repositories" not in found:
        named = [root / ".git" for root in session.roots]
        found["repositories"] = tuple(path for path in named if path.is_dir() and not path.is_symlink())
    return tuple(path for path in found["repositories"] if path.is_dir() and not path.is_symlink())


def _remember(process: Process, session: Session) -> None:
    family = session.caches.setdefault(_FAMILY, {})
    known: set[Process] = family.setdefault("processes", set())
    if "closing" not in family:
        family["closing"] = True

        async def end_all() -> None:
            await asyncio.gather(*(each.kill() for each in known if not each.ended))

        session.on_close(end_all)
    known -= {each for each in known if each.ended}
    known.add(process)
