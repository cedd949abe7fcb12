"""What an inspector sees of executions, rebuilt from the store each time."""

from statistics import quantiles
from typing import Any

from pipeline_project.persistence.engine import Database
from pipeline_project.workflows import executions, waits
from pipeline_project.workflows.executions import Execution
from pipeline_project.workflows.journal import Entry, Journal
from pipeline_project.workflows.lease import RunIsOver
from pipeline_project.workflows.models import WorkflowContext, WorkflowDefinition, WorkflowStatus
from pipeline_project.workflows.session import objects
from pipeline_project.workflows.status import derive


def status(database: Database, execution_id: str, *, run_is_over: RunIsOver | None = None) -> WorkflowStatus:
    """Where an execution stands. Raises NotFound."""
    view = Journal(database, execution_id, objects=objects()).view()
    with database.read() as connection:
        execution = executions.get(connection, execution_id)
        return derive(execution, view, waits.of_execution(connection, execution_id), run_is_over=run_is_over)


def definition(database: Database, execution: Execution) -> WorkflowDefinition:
    """The definition an execution runs under. Raises NotFound."""
    with database.read() as connection:
        return executions.definition_of(connection, execution.workflow_id, execution.version)


def entries(database: Database, execution_id: str, *, superseded: bool = False) -> list[Entry]:
    """The journal of an execution, oldest row first."""
    return Journal(database, execution_id, objects=objects()).entries(superseded=superseded)


def context(database: Database, execution_id: str, *, run_is_over: RunIsOver | None = None) -> WorkflowContext:
    """Everything about one execution in one value. Raises NotFound."""
    with database.read() as connection:
        execution = executions.find(connection, execution_id)
        approvals = waits.of_execution(connection, execution.id)
        runs = executions.runs_of(connection, execution.id)
    rows = entries(database, execution.id)
    newest = {row.step_id: row for row in rows}
    failed = next((row for row in reversed(rows) if row.error and newest[row.step_id] is row), None)
    unsettled = [row.step_id for row in newest.values() if row.ports is None]
    return WorkflowContext(
        execution_id=execution.id,
        workflow_id=execution.workflow_id,
        workflow_version=execution.version,
        variables={**definition(database, execution).variables, **execution.variables},
        step_results={row.step_id: row.output for row in newest.values() if row.output is not None},
        current_step_id=unsettled[-1] if unsettled else None,
        status=status(database, execution.id, run_is_over=run_is_over),
        error={"step_id": failed.step_id, **(failed.error or {})} if failed else None,
        snapshot_data={"input": execution.input, "output": execution.output},
        metadata={
            "requested_by": execution.requested_by,
            "via": execution.via,
            "created_at": execution.created_at,
            "settled_at": execution.settled_at,
            "parent_id": execution.parent_id,
            "fork_step": execution.fork_step,
            "runs": [{"run_id": run_id, "kind": kind} for run_id, kind in runs],
            "approvals": approvals,
            "journal": rows,
        },
    )


def stats(database: Database, workflow_id: str | None = None) -> dict[str, Any]:
    """Counts by status, success rate of what has ended, and the durations of what completed, in seconds."""
    with database.read() as connection:
        listed = executions.listed(connection, workflow_id=workflow_id, limit=10_000)
    counts: dict[str, int] = {}
    seconds: list[float] = []
    for execution in listed:
        now = status(database, execution.id).value
        counts[now] = counts.get(now, 0) + 1
        if execution.settled_at is not None and execution.outcome == "completed":
            seconds.append((execution.settled_at - execution.created_at).total_seconds())
    ended = sum(counts.get(word, 0) for word in ("completed", "partial", "failed", "cancelled"))
    return {
        "workflow": workflow_id,
        "executions": len(listed),
        "by_status": counts,
        "success_rate": counts.get("completed", 0) / ended if ended else None,
        "p50_seconds": _percentile(seconds, 50),
        "p95_seconds": _percentile(seconds, 95),
        "waiting_now": counts.get("waiting_approval", 0) + counts.get("waiting", 0),
    }


def _percentile(values: list[float], percent: int) -> float | None:
    if not values:
        return None
    return values[0] if len(values) == 1 else quantiles(values, n=100, method="inclusive")[percent - 1]
