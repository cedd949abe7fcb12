"""Which executions can go on by themselves, and how: the pure decision behind the resume sensor and the command line."""

from dataclasses import dataclass

from sqlalchemy import Connection

from pipeline_project.workflows import executions, waits
from pipeline_project.workflows import lease as leases
from pipeline_project.workflows.executions import Execution
from pipeline_project.workflows.identity import continuation_tags
from pipeline_project.workflows.lease import RunIsOver


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


def due(connection: Connection, *, run_is_over: RunIsOver) -> list[Continuation | Deferred]:
    """Every execution with an answer that no run has consumed yet."""
    found: list[Continuation | Deferred] = []
    for execution_id in waits.answered(connection):
        execution = executions.get(connection, execution_id)
        if leases.is_live(execution, run_is_over=run_is_over):
            found.append(Deferred(execution, f"{leases.holder(execution)} is still running it"))
        else:
            found.append(continuation(connection, execution))
    return found


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
