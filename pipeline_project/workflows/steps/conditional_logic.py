"""conditional_logic: takes the first branch whose condition holds."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from pipeline_project.errors import StepFailed
from pipeline_project.workflows.expressions import (
    Names,
    Problem,
    Reference,
    Scope,
    condition_problems,
    condition_references,
    holds,
)
from pipeline_project.workflows.steps.base import BaseStepExecutor, StepConfig, StepContext, StepResult


class Branch(StepConfig):
    """One condition and where it leads."""

    if_: Any = Field(alias="if", description="An expression or a structured condition that is true or false")
    then: list[str] = Field(min_length=1, description="Steps that follow when it holds")


class Config(StepConfig):
    """Branches in order, and what follows when none holds."""

    conditions: list[Branch] = Field(min_length=1, description="Tried in order; the first that holds wins")
    else_: list[str] = Field(default=[], alias="else", description="Steps that follow when none holds")
    otherwise: Literal["fail", "end"] = Field("fail", description="Without else: fail, or end this path quietly")


class Result(StepResult):
    """Which condition held (its index from 0; none: null) and what follows."""

    condition_met: int | None
    next_steps: list[str]


class ConditionalLogic(BaseStepExecutor[Config, Result]):
    """Decides; the conditions arrive already evaluated to true or false."""

    config = Config
    result = Result
    decides = True

    async def execute(self, config: Config, context: StepContext) -> Result:
        """The first branch that holds. Raises StepFailed when none does and nothing says what then."""
        for index, branch in enumerate(config.conditions):
            if branch.if_ is True:
                return Result(condition_met=index, next_steps=branch.then)
        if config.else_ or config.otherwise == "end":
            return Result(condition_met=None, next_steps=config.else_)
        raise StepFailed(
            "no condition holds and there is no else",
            where=f"steps.{context.step_id}",
            remedy="Add `else: [<step>]`, or `otherwise: end` if nothing shall follow.",
        )

    @classmethod
    def prepare(cls, config: Mapping[str, Any], scope: Scope, *, where: str) -> dict[str, Any]:
        """The conditions as true and false; those after the first that holds are not evaluated."""
        branches: list[dict[str, Any]] = []
        met = False
        for index, branch in enumerate(config["conditions"]):
            met_here = not met and holds(branch["if"], scope, where=f"{where}.conditions[{index}].if")
            branches.append({**branch, "if": met_here})
            met = met or met_here
        return {**config, "conditions": branches}

    @classmethod
    def references(cls, config: Mapping[str, Any]) -> frozenset[Reference]:
        """What the conditions refer to."""
        return frozenset().union(*(condition_references(branch.get("if")) for branch in _branches(config)))

    @classmethod
    def problems(cls, config: Mapping[str, Any], names: Names, *, where: str) -> list[Problem]:
        """What is wrong with the conditions."""
        return [
            problem
            for index, branch in enumerate(_branches(config))
            for problem in condition_problems(branch.get("if"), names, where=f"{where}.conditions[{index}].if")
        ]

    @classmethod
    def summarize(cls, result: Mapping[str, Any]) -> str:
        """Where it went."""
        return "→ " + (", ".join(result["next_steps"]) or "ends here")

    @classmethod
    def targets(cls, config: Mapping[str, Any]) -> tuple[str, ...]:
        """Every branch's steps and the else's, once each."""
        lists = [branch.get("then") for branch in _branches(config)] + [config.get("else")]
        names = [name for targets in lists if isinstance(targets, list) for name in targets if isinstance(name, str)]
        return tuple(dict.fromkeys(names))


def _branches(config: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The branches of a raw config, which may not have been checked yet."""
    branches = config.get("conditions")
    return [branch for branch in branches if isinstance(branch, dict)] if isinstance(branches, list) else []
