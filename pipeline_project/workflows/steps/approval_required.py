"""approval_required: asks a person and waits, for as long as it takes, without holding a worker."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from pipeline_project.errors import StepFailed
from pipeline_project.workflows.models import GOTO
from pipeline_project.workflows.steps.base import (
    ApprovalRequest,
    Decision,
    GateExecutor,
    StepConfig,
    StepContext,
    StepResult,
)


def _on_reject(value: Any) -> Any:
    if isinstance(value, str) and (value in ("skip", "fail") or value.startswith(GOTO)):
        return value
    raise ValueError("must be skip, fail or goto:<step id>")


def _later(value: Any) -> Any:
    if value is None:
        return value
    raise ValueError("is not available in this version; remove the key")


Later = Annotated[None, BeforeValidator(_later)]


class Config(StepConfig):
    """The question, what is shown with it, and who may answer."""

    message: str = Field(min_length=1, max_length=4000, description="The question")
    show: dict[str, Any] = Field(
        default={}, description="Data shown with it; stored as it is now, and what is decided on"
    )
    approvers: list[str] = Field(default=[], description="Users who may decide, by name; none: anybody")
    allow_requester: bool = Field(False, description="Whether whoever started the execution may decide")
    on_reject: Annotated[str, BeforeValidator(_on_reject)] = Field(
        "skip", description="skip (next_steps do not run), fail, or goto:<step id>"
    )
    required: Later = Field(None, description="Reserved: how many must approve")
    editable: Later = Field(None, description="Reserved: a form")
    expires_in: Later = Field(None, description="Reserved: expiry")
    on_expiry: Later = Field(None, description="Reserved: what happens then")
    reminders: Later = Field(None, description="Reserved: reminders")


class Result(StepResult):
    """The decision, by whom, and their comment."""

    decision: Literal["approve", "reject"]
    by: str
    via: str
    comment: str


class ApprovalRequired(GateExecutor[Config, Result]):
    """Opens an approval; the decision is its result."""

    config = Config
    result = Result

    def ask(self, config: Config, context: StepContext) -> ApprovalRequest:
        """The question as resolved now."""
        return ApprovalRequest(
            message=config.message,
            shown=config.show,
            approvers=tuple(config.approvers),
            allow_requester=config.allow_requester,
        )

    def conclude(self, config: Config, decision: Decision) -> Result:
        """The decision. Raises StepFailed for a rejection under `on_reject: fail`."""
        if not decision.approved and config.on_reject == "fail":
            raise StepFailed(f"rejected by {decision.by}" + (f": {decision.comment}" if decision.comment else ""))
        return Result(
            decision="approve" if decision.approved else "reject",
            by=decision.by,
            via=decision.via,
            comment=decision.comment,
        )

    @classmethod
    def summarize(cls, result: Mapping[str, Any]) -> str:
        """Who decided what."""
        said = f" ({result['comment']})" if result["comment"] else ""
        return f"{'approved' if result['decision'] == 'approve' else 'rejected'} by {result['by']}{said}"
