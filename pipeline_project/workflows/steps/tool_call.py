"""Calls one agent tool, with the permissions of an agent: what changes things is asked of a person first.

The question becomes an approval of the step; the policy file can allow or deny instead.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, field_validator

from pipeline_project import settings
from pipeline_project.errors import ApprovalNeeded, NotFound, StepFailed
from pipeline_project.tools import Session, ToolResult, run_tool, tools
from pipeline_project.tools.answers import answers_in_force
from pipeline_project.tools.policy import policy_in_force
from pipeline_project.tools.run import parse
from pipeline_project.tools.workspace import workspace_of
from pipeline_project.workflows.steps.base import BaseStepExecutor, StepConfig, StepContext, StepResult

_SHOWN = 160


class ToolCallConfig(StepConfig):
    """Which tool, with what, and where."""

    tool: str = Field(min_length=1, description="The tool's name; `tools list` shows them")
    input: dict[str, Any] = Field(default_factory=dict, description="Its input; `tools schema <name>` shows the fields")
    workspace: str = Field(
        "", description="The folder it may work in; empty: PIPELINE_WORKSPACE, else one in the data directory"
    )
    on_tool_error: str = Field(
        "fail", pattern="^(fail|continue)$", description="fail the step, or go on with `is_error: true`"
    )

    @field_validator("tool")
    @classmethod
    def _is_a_tool(cls, name: str) -> str:
        try:
            tools().canonical(name)
        except NotFound as error:
            raise ValueError(f"{error.message}. {error.remedy}") from error
        return name


class ToolCallResult(StepResult):
    """What the tool said."""

    text: str = Field(description="Its text")
    content: list[dict[str, Any]] = Field(description="All of its content blocks")
    structured: Any = Field(None, description="The same as data, where the tool gives it")
    is_error: bool = Field(description="Whether it failed or was refused")
    written: list[str] = Field(description="Files it created or changed")
    seconds: float = Field(description="How long it took")
    sandbox: str | None = Field(None, description="What held a command")
    rule: str = Field("", description="The rule that permitted it")


class ToolCall(BaseStepExecutor[ToolCallConfig, ToolCallResult]):
    """tool_call: one call of one agent tool."""

    config = ToolCallConfig
    result = ToolCallResult

    async def execute(self, config: ToolCallConfig, context: StepContext) -> ToolCallResult:
        """Make it. Raises ApprovalNeeded when a person has to agree, StepFailed with the tool's own words."""
        current = settings.load()
        tool = tools().get(config.tool)
        async with Session(
            workspace_of(config.workspace),
            policy_in_force(),
            actor=f"agent:{context.workflow_id}.{context.step_id}",
            session_id=f"{context.execution_id}/{context.step_id}",
            answers=answers_in_force(),
            network=current.sandbox_network,
            granted=context.granted,
        ) as session:
            harmless = tool.read_only(parse(tool, config.input), session)
            async with context.effect(repeatable=harmless):
                result = await run_tool(config.tool, config.input, session)
                _raise_if_asked(result)
        if result.is_error and config.on_tool_error == "fail":
            raise StepFailed(result.text, where=f"steps.{context.step_id}")
        return ToolCallResult(
            text=result.text,
            content=list(result.content),
            structured=result.structured,
            is_error=result.is_error,
            written=[str(path) for path in result.written],
            seconds=round(result.duration, 4),
            sandbox=result.sandbox,
            rule=result.decision.rule if result.decision else "",
        )

    @classmethod
    def summarize(cls, result: Mapping[str, Any]) -> str:
        """The beginning of what it said."""
        text = " ".join(str(result["text"]).split())
        short = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        return f"error: {short}" if result["is_error"] else short


def _raise_if_asked(result: ToolResult) -> None:
    if result.code == ApprovalNeeded.code:
        raise ApprovalNeeded(**result.structured)
