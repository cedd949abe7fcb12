"""Where an execution stands, derived from its row, its journal, its waits and its lease; nothing is stored."""

from collections.abc import Iterable

from pipeline_project.workflows import lease as leases
from pipeline_project.workflows.executions import Execution
from pipeline_project.workflows.lease import RunIsOver
from pipeline_project.workflows.models import WorkflowStatus
from pipeline_project.workflows.readiness import View
from pipeline_project.workflows.waits import Approval


def derive(
    execution: Execution, view: View, approvals: Iterable[Approval], *, run_is_over: RunIsOver | None = None
) -> WorkflowStatus:
    """The status of an execution. `run_is_over` asks Dagster; without it the holder's process decides."""
    if execution.outcome is not None:
        return WorkflowStatus(execution.outcome)
    if leases.is_live(execution, run_is_over=run_is_over):
        return WorkflowStatus.RUNNING
    if execution.cancel_requested_at is not None:
        return WorkflowStatus.CANCELLED
    if any(row.status == "failed" and not row.settled for row in view.values()):
        return WorkflowStatus.FAILED
    unconsumed = [approval for approval in approvals if approval.consumed_at is None and approval.released_at is None]
    if any(approval.open for approval in unconsumed):
        return WorkflowStatus.WAITING_APPROVAL
    if unconsumed:
        return WorkflowStatus.PENDING
    # a row left open by a process that is gone: the execution was cut off and can be resumed
    if any(row.status == "running" for row in view.values()):
        return WorkflowStatus.FAILED
    return WorkflowStatus.PENDING
