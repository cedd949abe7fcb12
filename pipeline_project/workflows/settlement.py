"""How an execution begins and ends in the journal: what `start` and `finish` do. No Dagster."""

from dataclasses import dataclass
from typing import Any

from pipeline_project.finance.budgets import release_execution
from pipeline_project.security.redaction import redact
from pipeline_project.workflows import executions, waits
from pipeline_project.workflows import lease as leases
from pipeline_project.workflows.expressions import references, resolve
from pipeline_project.workflows.models import WorkflowStatus
from pipeline_project.workflows.plan import DONE, FINISH, START
from pipeline_project.workflows.readiness import View, arrivals
from pipeline_project.workflows.session import Session


@dataclass(frozen=True)
class Closing:
    """What a run leaves behind."""

    status: WorkflowStatus
    reason: str = ""
    output: Any = None


def begin(session: Session) -> None:
    """Journal that the execution has started; once, however many runs it takes."""
    row = session.journal.view().get(START)
    if row is None or not row.settled:
        attempt = session.journal.begin(START)
        session.journal.end(START, attempt, "success", details={"ports": [DONE]})


def close(session: Session) -> Closing:
    """Settle the execution if nothing is open, else say what it waits for; the lease is given back either way."""
    view = session.journal.view()
    verdict = arrivals(session.plan.nodes[FINISH], view)
    if FINISH in view and view[FINISH].settled:
        return _closed_before(session)
    if session.cancel_requested():
        return _cancelled(session)
    if verdict.kind == "hold":
        with session.database.write() as connection:
            leases.release(connection, session.lease)
        waiting = [f"{node_id}: {row.reason}" for node_id, row in view.items() if row.status == "waiting"]
        if waiting:
            return Closing(WorkflowStatus.WAITING_APPROVAL, "; ".join(waiting))
        return Closing(WorkflowStatus.PENDING, verdict.reason)
    return _settled(session, view)


def _settled(session: Session, view: View) -> Closing:
    definition = session.plan.definition
    output = redact(resolve(definition.output, session.scope(references(definition.output), view), where="output"))
    partial = any(row.status == "failed" for row in view.values())
    status = WorkflowStatus.PARTIAL if partial else WorkflowStatus.COMPLETED
    attempt = session.journal.begin(FINISH)

    def write(connection: Any) -> None:
        executions.settle(connection, session.execution.id, "partial" if partial else "completed", output=output)

    session.journal.end(FINISH, attempt, "success", output=output, details={"ports": [DONE]}, also=[write])
    with session.database.write() as connection:
        leases.release(connection, session.lease)
    return Closing(status, output=output)


def _closed_before(session: Session) -> Closing:
    with session.database.write() as connection:
        leases.release(connection, session.lease)
        execution = executions.get(connection, session.execution.id)
    return Closing(WorkflowStatus(execution.outcome or "completed"), "it had ended already", execution.output)


def _cancelled(session: Session) -> Closing:
    with session.database.write() as connection:
        cancel(connection, session.execution.id)
        leases.release(connection, session.lease)
    return Closing(WorkflowStatus.CANCELLED, "as asked")


def cancel(connection: Any, execution_id: str) -> None:
    """End an execution that nobody runs: its waits are released, its reservations given back."""
    waits.release(connection, execution_id)
    release_execution(connection, execution_id)
    executions.settle(connection, execution_id, "cancelled")
