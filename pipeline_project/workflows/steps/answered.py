"""What the results of steps that ask a model once have in common: who answered, and what it took."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import Field

from pipeline_project.llm.requests import Caller
from pipeline_project.llm.responses import Response
from pipeline_project.workflows.steps.base import StepContext, StepResult


class Tokens(StepResult):
    """Tokens used."""

    input: int
    output: int
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0


class Answered(StepResult):
    """Who answered, and what it took."""

    model: str
    provider: str
    offline: bool = Field(description="True when rules of the product answered and no model")
    usage: Tokens
    cost: Decimal | None = Field(description="US dollars; null when no price is known")


def facts_of(response: Response) -> dict[str, Any]:
    """The fields of Answered."""
    usage = Tokens(**{name: getattr(response.usage, name) for name in Tokens.model_fields})
    return {
        "model": response.model,
        "provider": response.provider,
        "offline": response.offline,
        "usage": usage,
        "cost": response.cost,
    }


def answered_by(result: Mapping[str, Any]) -> str:
    """Who answered, for a person."""
    return "by rules, offline" if result["offline"] else f"by {result['model']}"


def caller_of(context: StepContext) -> Caller:
    """What a step's calls are booked on."""
    return Caller(
        user=context.requested_by,
        workflow_id=context.workflow_id,
        execution_id=context.execution_id,
        step_id=context.step_id,
    )
