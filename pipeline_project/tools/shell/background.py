"""BashOutput and KillShell: what a background shell printed since it was last asked, and its end.

Refuses regular expressions that RE2 does not take; a filter hides lines for good, because they count as shown.
"""

import asyncio

import re2
from pydantic import Field

from pipeline_project.errors import InvalidInput
from pipeline_project.governance.actions import Complexity, Resource
from pipeline_project.tools.base import Footprint, Tool, ToolInput, ToolResult
from pipeline_project.tools.session import Session
from pipeline_project.tools.shell import shells
from pipeline_project.tools.shell.output import Pattern
from pipeline_project.tools.shell.shells import Shell


class BashOutputInput(ToolInput):
    """What BashOutput takes."""

    bash_id: str = Field(description="The id that Bash gave")
    filter: str | None = Field(
        default=None,
        description="Show only lines that this regular expression (RE2) finds; the others are not shown later",
    )
    block: bool = Field(default=False, description="Wait until it has ended")
    timeout: int = Field(default=30_000, ge=1, le=600_000, description="With block: the longest wait, in milliseconds")


class BashOutput(Tool[BashOutputInput]):
    """Shows new output."""

    name = "BashOutput"
    description = (
        "What a background shell printed since the last time, and whether it is running, completed (with its exit "
        "code) or killed. filter shows matching lines only; block waits for its end, at most timeout milliseconds."
    )
    input = BashOutputInput
    complexity = Complexity.READ
    family = "system"

    def resource(self, arguments: BashOutputInput, session: Session) -> Resource:
        """The shell."""
        return Resource("name", arguments.bash_id, roots=session.roots)

    def footprint(self, arguments: BashOutputInput, session: Session) -> Footprint:
        """Everything: each call takes output away from the next, so that their order counts."""
        return Footprint(everything=True)

    async def run(self, arguments: BashOutputInput, session: Session) -> ToolResult:
        """Raises NotFound for an unknown shell, InvalidInput for a filter that is no regular expression."""
        shell = shells.find(arguments.bash_id, session)
        pattern = _pattern(arguments.filter)
        if arguments.block:
            await _wait(shell, arguments.timeout / 1000)
        await shell.settle()
        shown = shell.running.output.take(session.limits.output_characters, pattern=pattern, unfinished=pattern is None)
        body = shown.text.removesuffix("\n")
        return _told(shell, body or "[nothing new]")


class KillShellInput(ToolInput):
    """What KillShell takes."""

    shell_id: str = Field(description="The id that Bash gave")


class KillShell(Tool[KillShellInput]):
    """Ends a background shell."""

    name = "KillShell"
    description = "End a background shell and everything it started. Its last output can still be read with BashOutput."
    input = KillShellInput
    # it ends only what this session started, which a person allowed to start
    complexity = Complexity.ANALYZE
    aliases = ("KillBash",)
    family = "system"

    def resource(self, arguments: KillShellInput, session: Session) -> Resource:
        """The shell."""
        return Resource("name", arguments.shell_id, roots=session.roots)

    def read_only(self, arguments: KillShellInput, session: Session) -> bool:
        """It is not."""
        return False

    async def run(self, arguments: KillShellInput, session: Session) -> ToolResult:
        """Raises NotFound for an unknown shell. Ending one that has ended says so."""
        shell = shells.find(arguments.shell_id, session)
        if shell.status != "running":
            await shell.settle()
            return _told(shell, f"{shell.id} had ended already.")
        shell.killed = True
        await shell.running.process.kill()
        await shell.settle()
        return _told(shell, f"{shell.id} and everything it started were ended.")


async def _wait(shell: Shell, seconds: float) -> None:
    try:
        await asyncio.wait_for(shell.running.process.wait(), seconds)
    except TimeoutError:  # it runs on, and the result says so
        return


def _pattern(text: str | None) -> Pattern | None:
    if text is None:
        return None
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(text, options)
    except re2.error as error:
        said = error.args[0]
        reason = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        raise InvalidInput(f"is no regular expression: {reason}", where="filter", remedy="Use RE2's syntax.") from error


def _told(shell: Shell, body: str) -> ToolResult:
    status = shell.status
    words = status if shell.code is None or status == "killed" else f"{status} with exit code {shell.code}"
    structured = {"shell_id": shell.id, "status": status, "exit_code": None if status == "killed" else shell.code}
    return ToolResult.of_text(f"{body}\n[{shell.id}: {words}]", structured=structured, sandbox=shell.running.layers)
