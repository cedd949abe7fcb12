"""Gates: how a step's question is opened, found again in a later run, and concluded. Synchronous; no Dagster."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pipeline_project.errors import ApprovalNeeded, OutcomeUnknown, StepFailed
from pipeline_project.persistence.json import to_json
from pipeline_project.security.redaction import redact, redact_text
from pipeline_project.workflows import effects, waits
from pipeline_project.workflows.failure import describe
from pipeline_project.workflows.models import GOTO, WorkflowStep
from pipeline_project.workflows.outcome import Outcome
from pipeline_project.workflows.plan import DONE, REJECTED
from pipeline_project.workflows.readiness import Row, View
from pipeline_project.workflows.session import Session
from pipeline_project.workflows.steps.base import (
    ApprovalRequest,
    Decision,
    GateExecutor,
    StepConfig,
    StepContext,
)
from pipeline_project.workflows.waits import Approval, WaitKind


def waiting_for(session: Session, step_id: str, view: View) -> Approval | None:
    """The question this step asked in an earlier run, answered or not; None if it waits for nothing."""
    row = view.get(step_id)
    if row is None or row.status != "waiting":
        return None
    with session.database.read() as connection:
        return waits.of_step(connection, session.execution.id, step_id)


def still_waiting(approval: Approval, attempt: int) -> Outcome:
    """Nobody has answered yet."""
    return Outcome("waiting", reason=approval.message, attempt=attempt, wait_id=approval.id)


def ask(
    session: Session, executor: GateExecutor, config: StepConfig, raw: Mapping[str, Any], context: StepContext
) -> Outcome:
    """Open the question of a gate."""
    request = executor.ask(config, context)
    return _open(session, context.step_id, context.attempt, "approval", request, config=raw)


def ask_outcome(session: Session, step: WorkflowStep, attempt: int, error: OutcomeUnknown) -> Outcome:
    """Ask a person whether a side effect that was cut off shall be made again."""
    request = ApprovalRequest(
        message=f"{step.title}: {error.message}. Approve to do it again, reject to fail the step.",
        shown={"step": step.id, "type": step.type.value},
        allow_requester=True,
    )
    return _open(session, step.id, attempt, "outcome", request, error=describe(error))


def ask_permission(session: Session, step: WorkflowStep, attempt: int, error: ApprovalNeeded) -> Outcome:
    """Ask a person whether the step may do what governance does not let it do on its own."""
    request = ApprovalRequest(
        message=f"{step.title}: {f'{error.where}: ' if error.where else ''}{error.message}",
        shown={**error.shown, "step": step.id, "digest": error.digest},
        # who is asked about is the step or its agent, not the person who started the execution
        allow_requester=True,
    )
    return _open(session, step.id, attempt, "permission", request)


def conclude_permission(session: Session, step: WorkflowStep, approval: Approval, row: Row) -> None:
    """Let the step go on after a grant. Raises StepFailed after a rejection."""
    if approval.decision == "approve":
        with session.database.write() as connection:
            waits.consume(connection, approval.id)
        return
    error = StepFailed(f"{approval.decided_by} did not permit it: {approval.message}", where=f"steps.{step.id}")
    consume = [lambda connection: waits.consume(connection, approval.id)]
    session.journal.end(step.id, row.attempt, "failed", error=describe(error), also=consume)
    raise error


def granted(session: Session, step_id: str) -> frozenset[str]:
    """What this step was permitted, as digests."""
    with session.database.read() as connection:
        return waits.granted(connection, session.execution.id, step_id)


def conclude(session: Session, step: WorkflowStep, executor: GateExecutor, approval: Approval, row: Row) -> Outcome:
    """Turn the decision into the gate's result and take it off the open waits, in one transaction."""
    stored = session.journal.config_of(step.id)
    config = executor.config.model_validate(stored)
    consume = [lambda connection: waits.consume(connection, approval.id)]
    decision = _decision(approval)
    try:
        output = executor.conclude(config, decision).model_dump()
    except StepFailed as error:
        session.journal.end(step.id, row.attempt, "failed", error=describe(error), also=consume)
        raise
    ports = (DONE,) if decision.approved else _rejected_ports(stored)
    session.journal.end(
        step.id,
        row.attempt,
        "success",
        output=output,
        details={"ports": list(ports), "wait_id": approval.id},
        skips=session.skips_after(step.id, Row("success", row.attempt, ports)),
        also=consume,
    )
    return Outcome("ran", ports, attempt=row.attempt, result=output)


def conclude_outcome(session: Session, step: WorkflowStep, approval: Approval, row: Row) -> None:
    """Let the step run once more after an approval. Raises StepFailed after a rejection."""
    if approval.decision == "approve":
        with session.database.write() as connection:
            waits.consume(connection, approval.id)
            effects.forget(connection, session.execution.id, [step.id])
        return
    error = StepFailed(f"{approval.decided_by} decided that it is not made again", where=f"steps.{step.id}")
    consume = [lambda connection: waits.consume(connection, approval.id)]
    session.journal.end(step.id, row.attempt, "failed", error=describe(error), also=consume)
    raise error


def _open(
    session: Session, step_id: str, attempt: int, kind: WaitKind, request: ApprovalRequest, **values: Any
) -> Outcome:
    execution = session.execution
    # what a person is shown is stored: a registered secret must not be
    request = replace(request, message=redact_text(request.message), shown=redact(to_json(request.shown)))
    opened: list[str] = []

    def write(connection: Any) -> None:
        opened.append(
            waits.open_approval(
                connection, execution_id=execution.id, step_id=step_id, kind=kind, request=request,
                by=execution.requested_by,
            )
        )  # fmt: skip

    session.journal.end(step_id, attempt, "waiting", also=[write], details={"reason": request.message}, **values)
    return Outcome("waiting", reason=request.message, attempt=attempt, wait_id=opened[0])


def _decision(approval: Approval) -> Decision:
    assert approval.decided_by is not None
    assert approval.decided_at is not None
    return Decision(
        approved=approval.decision == "approve",
        by=approval.decided_by,
        via=approval.via or "",
        comment=approval.comment or "",
        decided_at=approval.decided_at,
    )


def _rejected_ports(config: Mapping[str, Any]) -> tuple[str, ...]:
    return (REJECTED,) if str(config.get("on_reject", "skip")).startswith(GOTO) else ()
