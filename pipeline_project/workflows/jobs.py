"""Jobs beside the workflows' own: a decision made in the Dagster UI."""

from dagster import Config, Failure, OpExecutionContext, job, op
from pydantic import Field

from pipeline_project import settings
from pipeline_project.errors import PipelineError
from pipeline_project.persistence import engine
from pipeline_project.security.redaction import redact_text
from pipeline_project.workflows import waits
from pipeline_project.workflows.waits import Answer


class DecisionConfig(Config):
    """A decision on one approval."""

    approval_id: str = Field(description="The approval's id, or its beginning; the waiting step shows it")
    decision: str = Field(default="approve", description="approve or reject")
    comment: str = Field(default="", description="Kept with the decision")


@op(description="Records a decision; the resume sensor continues the execution")
def record_decision(context: OpExecutionContext, config: DecisionConfig) -> None:
    """Record the decision in the name of whoever runs the code location (Dagster's own UI has no login)."""
    answers: dict[str, Answer] = {"approve": "approve", "reject": "reject"}
    if config.decision not in answers:
        raise Failure(f"decision is approve or reject, not {config.decision!r}", allow_retries=False)
    try:
        with engine.default().write() as connection:
            approval = waits.decide(
                connection,
                config.approval_id,
                answers[config.decision],
                actor=settings.load().actor_name,
                via="ui",
                comment=config.comment,
            )
    except PipelineError as error:
        raise Failure(redact_text(str(error)), allow_retries=False) from None
    context.log.info(f"{approval.decision} by {approval.decided_by}: {approval.message}")


@job(description="Approve or reject what waits for a person")
def decide_approval() -> None:
    """One decision; the execution goes on by the resume sensor."""
    record_decision()
