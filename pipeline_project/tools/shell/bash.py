"""Bash: one command line, in the sandbox, in the folder the session is in.

The environment is new each time, the folder is kept. Refuses to leave the workspace: a `cd` out of it is undone and
said. Nothing that a command in the foreground started lives longer than the call.
"""

import asyncio
import signal
from pathlib import Path
from typing import Final

from pydantic import Field

from pipeline_project.errors import InvalidInput
from pipeline_project.governance.actions import Action, Complexity, Resource
from pipeline_project.security.commands import is_read_only, parse
from pipeline_project.tools.base import Footprint, Tool, ToolInput, ToolResult
from pipeline_project.tools.session import Session
from pipeline_project.tools.shell import shells
from pipeline_project.tools.shell.running import Running, start

_MOVING: Final = frozenset({"cd", "pushd", "popd"})


class BashInput(ToolInput):
    """What Bash takes."""

    command: str = Field(description="The command line, for bash")
    timeout: int | None = Field(
        default=None, ge=1, description="Milliseconds until it is ended; by default 120000, at most 600000"
    )
    description: str | None = Field(
        default=None, description="What it does, in five to ten words, for whoever reads along"
    )
    run_in_background: bool = Field(
        default=False, description="Return at once with a shell id for BashOutput and KillShell; no timeout applies"
    )


class Bash(Tool[BashInput]):
    """Runs one command line."""

    name = "Bash"
    description = (
        "Run a command line with bash, in a sandbox: it may change the workspace and use the system's programs; "
        "the rest of the machine is absent or read-only, and there is no network unless it was granted. The current "
        "folder is kept between calls and cannot leave the workspace; variables, functions and background jobs are "
        "not kept; standard input is empty, so nothing can ask. /tmp and $HOME are empty folders that last for one "
        "call. Standard output and standard error come together, in order; a non-zero exit code is an error. Output "
        "over 30000 characters is shown as head and tail, and kept whole in a file below .pipeline-output that Read "
        "can open. A command is ended with everything it started after `timeout` milliseconds; for servers and long "
        "work use run_in_background. The hooks and the configuration of the workspace's git repository are read-only. "
        "Prefer Read, Grep and Glob for reading and searching files, Edit and Write for changing them."
    )
    input = BashInput
    complexity = Complexity.CRITICAL
    family = "system"

    def action(self, arguments: BashInput, session: Session) -> Action:
        """Reading for a command that changes nothing, else the highest."""
        harmless = self.read_only(arguments, session)
        return Action(self.name, Complexity.READ if harmless else Complexity.CRITICAL)

    def resource(self, arguments: BashInput, session: Session) -> Resource:
        """The command, and where it would run."""
        return Resource("command", arguments.command, paths=(session.cwd,), roots=session.roots)

    def read_only(self, arguments: BashInput, session: Session) -> bool:
        """Whether every simple command in it only reads."""
        return not arguments.run_in_background and is_read_only(parse(arguments.command))

    def footprint(self, arguments: BashInput, session: Session) -> Footprint:
        """The workspace for a command that only reads and stays where it is, else everything."""
        moves = any(command.name in _MOVING for command in parse(arguments.command).commands)
        if moves or not self.read_only(arguments, session):
            return Footprint(everything=True)
        return Footprint(reads=frozenset(session.roots))

    async def run(self, arguments: BashInput, session: Session) -> ToolResult:
        """Raises InvalidInput for a timeout or command that cannot be, NotConfigured where nothing holds a command."""
        seconds = _seconds(arguments, session)
        if arguments.run_in_background:
            return await shells.begin(arguments.command, session)
        running = await start(arguments.command, session, "bash")
        timed_out = False
        try:
            try:
                code = await asyncio.wait_for(running.process.wait(), seconds)
            except TimeoutError:
                timed_out = True
                code = await running.process.kill()
            running.output.finish()
            return _result(running, session, code=code, stopped=_stopped(seconds) if timed_out else None)
        finally:
            # reached before the end only when the call is cancelled
            if not running.process.ended:
                await running.process.kill()
            running.close()


def _seconds(arguments: BashInput, session: Session) -> float:
    most = session.limits.bash_timeout_most_seconds
    if arguments.timeout is None:
        return min(session.limits.bash_timeout_seconds, most)
    if arguments.timeout > most * 1000:
        remedy = f"Give at most {most * 1000:.0f} milliseconds, or use run_in_background."
        raise InvalidInput(f"{arguments.timeout} ms is too long", where="timeout", remedy=remedy)
    return arguments.timeout / 1000


def _stopped(seconds: float) -> str:
    return f"timed out after {seconds:g} s; it and everything it started were ended"


def _result(running: Running, session: Session, *, code: int, stopped: str | None) -> ToolResult:
    shown = running.output.take(session.limits.output_characters)
    exit_code = None if stopped else shells.exit_code(code)
    said = [
        running.note,
        stopped or _exit_words(exit_code or 0),
        _moved(running.folder(), session),
        _overrun(running, session),
    ]
    notes = [f"[{text}]" for text in said if text]
    body = shown.text.removesuffix("\n")
    if not body.strip():
        body = "" if notes else "[it printed nothing]"
    structured = {"exit_code": exit_code, "timed_out": stopped is not None, "cwd": str(session.cwd)}
    if shown.file is not None:
        structured["stdout_file"] = str(shown.file)
    return ToolResult.of_text(
        "\n".join(part for part in (body, *notes) if part),
        is_error=exit_code != 0,
        structured=structured,
        sandbox=running.layers,
        written=(shown.file,) if shown.file else (),
    )


def _exit_words(code: int) -> str:
    if code > shells.SIGNAL_BASE:
        try:
            return f"exit code {code}: ended by {signal.Signals(code - shells.SIGNAL_BASE).name}"
        except ValueError:  # a program's own number
            return f"exit code {code}"
    return f"exit code {code}" if code else ""


def _overrun(running: Running, session: Session) -> str:
    most = session.limits.processes
    return f"it had more than {most} processes and was ended" if running.process.overrun else ""


def _moved(folder: Path | None, session: Session) -> str:
    """Follow the command to the folder it ended in; the sentence to say if that is not allowed."""
    if folder is None or folder == session.cwd:
        return ""
    try:
        real = folder.resolve(strict=True)
    except OSError:  # one of the sandbox's own, or removed
        return f"{folder} is not there any more; the current folder is {session.cwd} again"
    if any(real.is_relative_to(root) for root in session.roots) and real.is_dir():
        session.cwd = real
        return ""
    return f"{folder} is outside the workspace; the current folder is {session.cwd} again"
