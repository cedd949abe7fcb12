"""At most one live run per execution: a lease on the execution's row, taken by compare-and-set.

Each taking raises the fencing number; whoever writes with an older one is refused. A lease is over when its holder's
process is gone, its Dagster run has ended, or (on another host) it has been silent for too long.
"""

import socket
from collections.abc import Callable
from dataclasses import dataclass

import psutil
from sqlalchemy import Connection, select, update

from pipeline_project import clock, settings
from pipeline_project.errors import LeaseHeld, NotFound, StaleLease
from pipeline_project.persistence.tables import executions
from pipeline_project.workflows.executions import Execution, get

RunIsOver = Callable[[str], bool]
"""Whether the Dagster run of this id has ended (or is unknown)."""


@dataclass(frozen=True)
class Lease:
    """The right to write an execution's journal, under a fencing number."""

    execution_id: str
    run_id: str
    fencing: int


def acquire(connection: Connection, execution_id: str, run_id: str, *, run_is_over: RunIsOver) -> Lease:
    """Take the lease, or find that this run has it already. Raises LeaseHeld while another run is alive."""
    execution = get(connection, execution_id)
    if execution.lease_run_id == run_id:
        return Lease(execution_id, run_id, execution.fencing)
    if execution.lease_run_id is not None and is_live(execution, run_is_over=run_is_over):
        raise LeaseHeld(
            f"execution {execution_id} is being run by {holder(execution)}",
            remedy="Wait for that run to end, or terminate it, then resume.",
        )
    fencing = execution.fencing + 1
    taken = connection.execute(
        update(executions)
        .where(executions.c.id == execution_id, executions.c.fencing == execution.fencing)
        .values(
            lease_run_id=run_id,
            lease_host=socket.gethostname(),
            lease_pid=psutil.Process().pid,
            lease_process_started=_started(psutil.Process()),
            lease_heartbeat_at=clock.now(),
            fencing=fencing,
            last_run_id=run_id,
        )
    )
    if taken.rowcount != 1:
        raise LeaseHeld(f"execution {execution_id} was taken by another run just now", remedy="Try again.")
    return Lease(execution_id, run_id, fencing)


def verify(connection: Connection, lease: Lease) -> None:
    """Refuse a write of a run that lost its lease. Raises StaleLease."""
    row = connection.execute(
        select(executions.c.fencing, executions.c.lease_run_id).where(executions.c.id == lease.execution_id)
    ).one_or_none()
    if row is None:
        raise NotFound(f"execution {lease.execution_id} is not in the store")
    if row.fencing != lease.fencing or row.lease_run_id != lease.run_id:
        raise StaleLease(f"run {lease.run_id} no longer holds execution {lease.execution_id}; its write was refused")


def heartbeat(connection: Connection, lease: Lease) -> None:
    """Say that the holder is alive."""
    connection.execute(
        update(executions)
        .where(executions.c.id == lease.execution_id, executions.c.fencing == lease.fencing)
        .values(lease_heartbeat_at=clock.now())
    )


def release(connection: Connection, lease: Lease) -> None:
    """Give the lease back; nothing happens when it is another's by now."""
    connection.execute(
        update(executions)
        .where(
            executions.c.id == lease.execution_id,
            executions.c.fencing == lease.fencing,
            executions.c.lease_run_id == lease.run_id,
        )
        .values(lease_run_id=None, lease_host=None, lease_pid=None, lease_process_started=None)
    )


def is_live(execution: Execution, *, run_is_over: RunIsOver | None = None) -> bool:
    """Whether somebody is running this execution right now."""
    if execution.lease_run_id is None:
        return False
    if execution.lease_host == socket.gethostname():
        alive = _same_process(execution.lease_pid, execution.lease_process_started)
    else:
        beat = execution.lease_heartbeat_at
        limit = settings.load().lease_timeout_seconds
        alive = beat is not None and (clock.now() - beat).total_seconds() < limit
    return alive and not (run_is_over is not None and run_is_over(execution.lease_run_id))


def holder(execution: Execution) -> str:
    """Who holds it, for people."""
    return f"run {execution.lease_run_id} (process {execution.lease_pid} on {execution.lease_host})"


def _same_process(pid: int | None, started: str | None) -> bool:
    try:
        process = psutil.Process(pid)
        # a pid is used again sooner or later; the start time tells the two apart
        return process.status() != psutil.STATUS_ZOMBIE and _started(process) == started
    except psutil.NoSuchProcess:
        return False


def _started(process: psutil.Process) -> str:
    return f"{process.create_time():.2f}"
