"""Background shells: commands that run on while the model does something else, until they or the session end.

Refuses more of them than a session may have, and ids it never gave out.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

from pipeline_project.errors import Conflict, NotFound
from pipeline_project.tools.base import ToolResult
from pipeline_project.tools.session import Session
from pipeline_project.tools.shell.running import Running, start

SIGNAL_BASE: Final = 128
_MOST: Final = 16

Status = Literal["running", "completed", "killed"]


@dataclass
class Shell:
    """One background shell, kept in the session under its id."""

    id: str
    command: str
    running: Running
    killed: bool = field(default=False)
    code: int | None = field(default=None)

    @property
    def status(self) -> Status:
        """running, completed (whatever its exit code), or killed."""
        if not self.running.process.ended:
            return "running"
        return "killed" if self.killed else "completed"

    async def settle(self) -> None:
        """Note its end, once: the exit code, and the last line."""
        if self.code is None and self.running.process.ended:
            self.code = exit_code(await self.running.process.wait())
            self.running.output.finish()


def exit_code(code: int) -> int:
    """As a shell gives it: 128 and the number of the signal that ended the command."""
    return code if code >= 0 else SIGNAL_BASE - code


async def begin(command: str, session: Session) -> ToolResult:
    """Start a background shell; the result names its id. Raises Conflict when there are too many."""
    active = sum(shell.status == "running" for shell in session.shells.values())
    if active >= _MOST:
        remedy = f"End one with KillShell: {', '.join(session.shells)}."
        raise Conflict(f"{active} background shells are running already", where="Bash", remedy=remedy)
    name = f"bash_{len(session.shells) + 1}"
    running = await start(command, session, name)
    session.shells[name] = Shell(name, command, running)
    note = f"\n[{running.note}]" if running.note else ""
    return ToolResult.of_text(
        f"Runs in the background as {name}; BashOutput shows what it prints, KillShell ends it.{note}",
        structured={"shell_id": name, "status": "running", "cwd": str(session.cwd)},
        sandbox=running.layers,
    )


def find(shell_id: str, session: Session) -> Shell:
    """The shell of an id. Raises NotFound with the ids there are."""
    found = session.shells.get(shell_id)
    if found is None:
        known = ", ".join(session.shells)
        remedy = f"There are: {known}." if known else "None was started: use Bash with run_in_background."
        raise NotFound(f"there is no background shell {shell_id!r}", where="shell", remedy=remedy)
    return found
