"""Executions and workflow versions in the store: what was asked, by whom, under which definition, and how it ended.

Every function is one statement or two inside the caller's transaction.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, insert, select, update

from pipeline_project import clock
from pipeline_project.errors import Conflict, NotFound
from pipeline_project.persistence.tables import execution_runs, executions, workflow_versions
from pipeline_project.workflows.models import WorkflowDefinition

Outcome = Literal["completed", "partial", "cancelled"]
RunKind = Literal["first", "resume", "rerun"]


@dataclass(frozen=True)
class Execution:
    """One row of `executions`; times are aware UTC."""

    id: str
    workflow_id: str
    version: int
    content_hash: str
    input: dict[str, Any]
    variables: dict[str, Any]
    requested_by: str
    via: str
    created_at: datetime
    outcome: Outcome | None
    settled_at: datetime | None
    output: Any
    error: Any
    parent_id: str | None
    fork_step: str | None
    cancel_requested_at: datetime | None
    cancelled_by: str | None
    root_run_id: str | None
    last_run_id: str | None
    lease_run_id: str | None
    lease_host: str | None
    lease_pid: int | None
    lease_process_started: str | None
    lease_heartbeat_at: datetime | None
    fencing: int


def register_version(connection: Connection, definition: WorkflowDefinition) -> int:
    """The version number of this content, given now if it is new: 1, 2, 3 … per workflow."""
    known = version_of(connection, definition)
    if known is not None:
        return known
    version = number_of(connection, definition)
    connection.execute(
        insert(workflow_versions).values(
            workflow_id=definition.id,
            version=version,
            content_hash=definition.content_hash,
            definition=definition.stored(),
            created_at=clock.now(),
        )
    )
    return version


def version_of(connection: Connection, definition: WorkflowDefinition) -> int | None:
    """The number this content has; None if it has never run."""
    return connection.execute(
        select(workflow_versions.c.version).where(
            workflow_versions.c.workflow_id == definition.id,
            workflow_versions.c.content_hash == definition.content_hash,
        )
    ).scalar_one_or_none()


def number_of(connection: Connection, definition: WorkflowDefinition) -> int:
    """The version number this content has, or will have at its first run."""
    newest = select(func.max(workflow_versions.c.version)).where(workflow_versions.c.workflow_id == definition.id)
    return version_of(connection, definition) or (connection.execute(newest).scalar_one() or 0) + 1


def versioned(workflow_id: str, version: int) -> str:
    """The name of the job of a version that is not the current one."""
    return f"{workflow_id}__v{version}"


def definition_of(connection: Connection, workflow_id: str, version: int) -> WorkflowDefinition:
    """The definition as it was when this version first ran. Raises NotFound."""
    stored = connection.execute(
        select(workflow_versions.c.definition).where(
            workflow_versions.c.workflow_id == workflow_id, workflow_versions.c.version == version
        )
    ).scalar_one_or_none()
    if stored is None:
        raise NotFound(f"version {version} of workflow {workflow_id} is not in the store")
    return WorkflowDefinition.model_validate(stored)


def unfinished_versions(connection: Connection) -> list[tuple[str, int]]:
    """(workflow, version) of every execution that has not ended; a failed one can still be resumed and counts."""
    rows = connection.execute(
        select(executions.c.workflow_id, executions.c.version).where(executions.c.outcome.is_(None)).distinct()
    )
    return sorted((row.workflow_id, row.version) for row in rows)


def create(
    connection: Connection,
    definition: WorkflowDefinition,
    *,
    execution_id: str,
    input_data: dict[str, Any],
    variables: dict[str, Any],
    requested_by: str,
    via: str,
    parent_id: str | None = None,
    fork_step: str | None = None,
) -> Execution:
    """Record a new execution under the version of its definition. Raises Conflict for an id that is taken."""
    if exists(connection, execution_id):
        raise Conflict(f"execution {execution_id} exists already", remedy="Resume it, or start without an id.")
    connection.execute(
        insert(executions).values(
            id=execution_id,
            workflow_id=definition.id,
            version=register_version(connection, definition),
            content_hash=definition.content_hash,
            input=input_data,
            variables=variables,
            requested_by=requested_by,
            via=via,
            created_at=clock.now(),
            parent_id=parent_id,
            fork_step=fork_step,
            fencing=0,
        )
    )
    return get(connection, execution_id)


def exists(connection: Connection, execution_id: str) -> bool:
    """Whether the store knows an execution of this id."""
    return connection.execute(select(executions.c.id).where(executions.c.id == execution_id)).first() is not None


def get(connection: Connection, execution_id: str) -> Execution:
    """One execution by its id. Raises NotFound."""
    row = connection.execute(select(executions).where(executions.c.id == execution_id)).one_or_none()
    if row is None:
        raise NotFound(f"execution {execution_id} is not in the store", remedy="`execution list` shows what is there.")
    return _execution(row)


def find(connection: Connection, prefix: str) -> Execution:
    """One execution by the beginning of its id. Raises NotFound, or Conflict when several begin so."""
    rows = connection.execute(
        select(executions).where(executions.c.id.startswith(prefix, autoescape=True)).limit(3)
    ).all()
    if not rows or not prefix:
        remedy = "`execution list` shows what is there."
        raise NotFound(f"no execution begins with {prefix!r}", remedy=remedy)
    if len(rows) > 1 and all(row.id != prefix for row in rows):
        raise Conflict(f"several executions begin with {prefix!r}", remedy="Give more of the id.")
    return next((_execution(row) for row in rows if row.id == prefix), _execution(rows[0]))


def listed(
    connection: Connection, *, workflow_id: str | None = None, unsettled: bool = False, limit: int = 50
) -> list[Execution]:
    """Executions, newest first."""
    query = select(executions).order_by(executions.c.created_at.desc(), executions.c.id).limit(limit)
    if workflow_id is not None:
        query = query.where(executions.c.workflow_id == workflow_id)
    if unsettled:
        query = query.where(executions.c.outcome.is_(None))
    return [_execution(row) for row in connection.execute(query)]


def settle(connection: Connection, execution_id: str, outcome: Outcome | None, *, output: Any = None) -> None:
    """Write how it ended; None opens it again (a step is run anew)."""
    connection.execute(
        update(executions)
        .where(executions.c.id == execution_id)
        .values(outcome=outcome, output=output, settled_at=clock.now() if outcome else None)
    )


def request_cancel(connection: Connection, execution_id: str, *, by: str) -> None:
    """Ask for an end; the first asker is kept."""
    connection.execute(
        update(executions)
        .where(executions.c.id == execution_id, executions.c.cancel_requested_at.is_(None))
        .values(cancel_requested_at=clock.now(), cancelled_by=by)
    )


def record_run(connection: Connection, run_id: str, execution_id: str, kind: RunKind) -> bool:
    """Note that a Dagster run works on an execution; False if that is noted already."""
    if connection.execute(select(execution_runs.c.run_id).where(execution_runs.c.run_id == run_id)).first():
        return False
    connection.execute(
        insert(execution_runs).values(run_id=run_id, execution_id=execution_id, kind=kind, started_at=clock.now())
    )
    connection.execute(
        update(executions)
        .where(executions.c.id == execution_id, executions.c.root_run_id.is_(None))
        .values(root_run_id=run_id)
    )
    return True


def execution_of_run(connection: Connection, run_id: str) -> str | None:
    """The execution a Dagster run worked on."""
    return connection.execute(
        select(execution_runs.c.execution_id).where(execution_runs.c.run_id == run_id)
    ).scalar_one_or_none()


def runs_of(connection: Connection, execution_id: str) -> list[tuple[str, RunKind]]:
    """(run id, kind) of every run of an execution, oldest first."""
    rows = connection.execute(
        select(execution_runs)
        .where(execution_runs.c.execution_id == execution_id)
        .order_by(execution_runs.c.started_at)
    )
    return [(row.run_id, row.kind) for row in rows]


def last_run_was(connection: Connection, kind: RunKind) -> list[Execution]:
    """Unsettled executions whose newest run was of this kind."""
    query = (
        select(executions)
        .join(execution_runs, execution_runs.c.run_id == executions.c.last_run_id)
        .where(executions.c.outcome.is_(None), execution_runs.c.kind == kind)
    )
    return [_execution(row) for row in connection.execute(query)]


def _execution(row: Row[Any]) -> Execution:
    return Execution(**row._asdict())
