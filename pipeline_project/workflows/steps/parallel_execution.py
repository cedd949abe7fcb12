"""parallel_execution: starts several branches; they meet again in its join."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from pipeline_project.workflows.steps.base import BaseStepExecutor, StepConfig, StepContext, StepResult


class Config(StepConfig):
    """The branches and how they meet."""

    steps: list[str] = Field(min_length=1, description="The first step of each branch")
    join: Literal["any", "all"] = Field("all", description="What follows runs when any or all of the branches ran")
    on_branch_error: Literal["fail", "collect"] = Field(
        "fail",
        description="collect: a failed branch is a value in the result, and the execution ends partial",
    )


class BranchOutcome(StepResult):
    """How one branch ended."""

    status: Literal["success", "failed", "skipped"]
    value: Any = None


class Result(StepResult):
    """Per branch (by its first step): its status and the value of its last step that ran."""

    branches: dict[str, BranchOutcome]


class ParallelExecution(BaseStepExecutor[Config, Result]):
    """Opens the branches; its own result is written by the join."""

    config = Config
    result = Result

    async def execute(self, config: Config, context: StepContext) -> Result:
        """Nothing to do but to let the branches go."""
        return Result(branches={})

    @classmethod
    def summarize(cls, result: Mapping[str, Any]) -> str:
        """How many branches ended how; right after the opening, nothing."""
        counts: dict[str, int] = {}
        for branch in result["branches"].values():
            counts[branch["status"]] = counts.get(branch["status"], 0) + 1
        return ", ".join(f"{count} {status}" for status, count in counts.items())
