"""Which executions can go on by themselves, and how: the decision behind the resume sensor and the command line."""

from dataclasses import dataclass

from sqlalchemy import Connection

from pipeline_project.persistence.engine import Database
from pipeline_project.workflows import executions, waits
from pipeline_project.workflows import lease as leases
from pipeline_project.workflows.executions import Execution
from pipeline_project.workflows.identity import continuation_tags
from pipeline_project.workflows.journal import Journal
from pipeline_project.workflows.lease import RunIsOver
from pipeline_project.workflows.planning import plan
from pipeline_project.workflows.readiness import readiness
from pipeline_project.workflows.session import objects


@dataclass(frozen=True)
class Continuation:
    """A run to be launched. `key` makes it happen once."""

    execution: Execution
    key: str
    tags: dict[str, str]


@dataclass(frozen=True)
class Deferred:
    """An execution that could go on but has to wait, and why."""

    execution: Execution
    reason: str


def due(database: Database, *, run_is_over: RunIsOver) -> list[Continuation | Deferred]:
    """Every execution with an answer that no run has consumed, or whose selected step ran anew with steps below it."""
    with database.read() as connection:
        candidates = [executions.get(connection, execution_id) for execution_id in waits.answered(connection)]
        rerun = executions.last_run_was(connection, "rerun")
    found: list[Continuation | Deferred] = []
    for execution in [*candidates, *(item for item in rerun if _has_more_to_run(database, item))]:
        if leases.is_live(execution, run_is_over=run_is_over):
            found.append(Deferred(execution, f"{leases.holder(execution)} is still running it"))
        else:
            with database.read() as connection:
                found.append(continuation(connection, execution))
    return found


def _has_more_to_run(database: Database, execution: Execution) -> bool:
    """Whether steps that a selection in the UI left out could run now; a failed one waits for a person."""
    with database.read() as connection:
        drawn = plan(executions.definition_of(connection, execution.workflow_id, execution.version))
    view = Journal(database, execution.id, objects=objects()).view()
    if any(row.status == "failed" and not row.settled for row in view.values()):
        return False
    return any(readiness(drawn, view, node_id).kind == "run" and node_id not in view for node_id in drawn.nodes)


def continuation(connection: Connection, execution: Execution) -> Continuation:
    """The run that continues an execution now."""
    unconsumed = [
        wait for wait in waits.of_execution(connection, execution.id) if wait.answered_at and not wait.consumed_at
    ]
    newest = max((wait.id for wait in unconsumed), default="")
    runs = executions.runs_of(connection, execution.id)
    last = execution.last_run_id or execution.id
    root = execution.root_run_id or last
    # the number of runs so far tells a second attempt after a crash apart from a repeated tick
    return Continuation(
        execution,
        f"{execution.id}:{newest}:{len(runs)}",
        continuation_tags(execution.id, last_run_id=last, root_run_id=root),
    )
