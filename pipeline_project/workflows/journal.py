"""The journal: what every step of an execution did, attempt by attempt. It answers every question about it.

Key (execution, step, item, scope, attempt); `scope` is '' for a step itself. Writes carry the lease's fencing number
and stale ones are refused; what is written is redacted first; values over 256 kB go to the object folder.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, insert, select, update

from pipeline_project import clock
from pipeline_project.errors import StoreError
from pipeline_project.persistence import json
from pipeline_project.persistence.engine import Database
from pipeline_project.persistence.objects import Objects
from pipeline_project.persistence.tables import journal
from pipeline_project.security.redaction import redact
from pipeline_project.workflows import lease as leases
from pipeline_project.workflows.lease import Lease
from pipeline_project.workflows.readiness import Row, RowStatus

LARGE = 256 * 1024


@dataclass(frozen=True)
class Entry:
    """One row, as an inspector sees it; `ports` are the outputs taken, None while it has not settled."""

    sequence: int
    step_id: str
    item: str
    scope: str
    attempt: int
    status: RowStatus
    config: Any
    output: Any
    error: dict[str, Any] | None
    details: dict[str, Any]
    started_at: datetime
    finished_at: datetime | None
    run_id: str
    superseded: bool

    @property
    def ports(self) -> tuple[str, ...] | None:
        """The outputs taken."""
        ports = self.details.get("ports")
        return None if ports is None else tuple(ports)

    @property
    def reason(self) -> str:
        """Why it was skipped or holds."""
        return str(self.details.get("reason", ""))


class Journal:
    """The journal of one execution: readable by all, writable under a lease."""

    def __init__(self, database: Database, execution_id: str, *, objects: Objects, lease: Lease | None = None) -> None:
        self.database = database
        self.execution_id = execution_id
        self._objects = objects
        self._lease = lease

    def view(self) -> dict[str, Row]:
        """The newest row of every step that counts, for readiness."""
        with self.database.read() as connection:
            return self._view(connection)

    def entries(self, *, superseded: bool = False) -> list[Entry]:
        """Every row in the order it was begun; with `superseded`, also those a later run made void."""
        query = select(journal).where(journal.c.execution_id == self.execution_id).order_by(journal.c.sequence)
        if not superseded:
            query = query.where(journal.c.superseded.is_(False))
        with self.database.read() as connection:
            return [self._entry(row) for row in connection.execute(query)]

    def results(self, step_ids: Iterable[str]) -> dict[str, Any]:
        """The outputs of the named steps that have settled with one."""
        wanted = sorted(set(step_ids))
        if not wanted:
            return {}
        rows = self._newest_where(journal.c.step_id.in_(wanted))
        with self.database.read() as connection:
            found = connection.execute(rows).all()
        return {row.step_id: self._output(row) for row in found if "ports" in (row.details or {}) and _has_output(row)}

    def config_of(self, step_id: str) -> Any:
        """The config of a step's newest attempt, as it was resolved."""
        with self.database.read() as connection:
            return connection.execute(self._newest_where(journal.c.step_id == step_id)).one().config

    def begin(self, step_id: str, *, item: str = "") -> int:
        """Open a new attempt and return its number, from 1; an attempt a crash left open is closed as interrupted."""
        lease = self._held()
        with self.database.write() as connection:
            leases.verify(connection, lease)
            self._close_interrupted(connection, step_id, item)
            attempt = self._last_attempt(connection, step_id, item) + 1
            self._insert(connection, lease, step_id, item, attempt, "running")
        return attempt

    def end(
        self,
        step_id: str,
        attempt: int,
        status: RowStatus,
        *,
        item: str = "",
        config: Any = None,
        output: Any = None,
        details: Mapping[str, Any] | None = None,
        error: Mapping[str, Any] | None = None,
        skips: Iterable[tuple[str, str]] = (),
        also: Iterable[Any] = (),
    ) -> None:
        """Close an attempt and, in the same transaction, write the skips that follow from it.

        `also`: callables over the connection that belong to the same transaction (a wait consumed, a status settled).
        """
        lease = self._held()
        values = self._values(config=config, output=output, details=details, error=error)
        with self.database.write() as connection:
            leases.verify(connection, lease)
            for write in also:
                write(connection)
            connection.execute(
                update(journal)
                .where(*self._key(step_id, item), journal.c.attempt == attempt)
                .values(status=status, finished_at=clock.now(), **values)
            )
            for skipped, reason in skips:
                self._skip(connection, lease, skipped, reason)

    def skip(self, skips: Iterable[tuple[str, str]]) -> None:
        """Write that these steps will never run, each with the reason."""
        lease = self._held()
        with self.database.write() as connection:
            leases.verify(connection, lease)
            for step_id, reason in skips:
                self._skip(connection, lease, step_id, reason)

    def _skip(self, connection: Connection, lease: Lease, step_id: str, reason: str) -> None:
        attempt = self._last_attempt(connection, step_id, "") + 1
        details = {"ports": [], "reason": reason}
        self._insert(connection, lease, step_id, "", attempt, "skipped", details=details, finished_at=clock.now())

    def _insert(
        self,
        connection: Connection,
        lease: Lease,
        step_id: str,
        item: str,
        attempt: int,
        status: RowStatus,
        **values: Any,
    ) -> None:
        connection.execute(
            insert(journal).values(
                execution_id=self.execution_id,
                step_id=step_id,
                item=item,
                scope="",
                attempt=attempt,
                status=status,
                started_at=clock.now(),
                run_id=lease.run_id,
                fencing=lease.fencing,
                superseded=False,
                **values,
            )
        )

    def _values(self, *, output: Any, **columns: Any) -> dict[str, Any]:
        values = {name: redact(json.to_json(value)) for name, value in columns.items() if value is not None}
        if output is not None:
            # a result feeds later steps: only registered secrets are hidden in it, not fields for their names
            clean = redact(json.to_json(output), by_name=False)
            text = json.dumps(clean).encode()
            if len(text) > LARGE:
                values["output_object"] = self._objects.put(text)
            else:
                values["output"] = clean
        return values

    def _close_interrupted(self, connection: Connection, step_id: str, item: str) -> None:
        error = {
            "class": "Interrupted",
            "message": "the process that ran this attempt is gone",
            "permanent": False,
        }
        connection.execute(
            update(journal)
            .where(*self._key(step_id, item), journal.c.status == "running")
            .values(status="failed", finished_at=clock.now(), error=error)
        )

    def _last_attempt(self, connection: Connection, step_id: str, item: str) -> int:
        newest = select(func.max(journal.c.attempt)).where(*self._key(step_id, item))
        return connection.execute(newest).scalar_one() or 0

    def _key(self, step_id: str, item: str) -> tuple[Any, ...]:
        return (
            journal.c.execution_id == self.execution_id,
            journal.c.step_id == step_id,
            journal.c.item == item,
            journal.c.scope == "",
        )

    def _view(self, connection: Connection) -> dict[str, Row]:
        columns = (journal.c.step_id, journal.c.status, journal.c.attempt, journal.c.details)
        rows = connection.execute(
            select(*columns)
            .where(
                journal.c.execution_id == self.execution_id,
                journal.c.item == "",
                journal.c.scope == "",
                journal.c.superseded.is_(False),
            )
            .order_by(journal.c.step_id, journal.c.attempt)
        )
        return {row.step_id: _row(row) for row in rows}

    def _newest_where(self, condition: Any) -> Any:
        newest = (
            select(journal.c.step_id, func.max(journal.c.attempt).label("attempt"))
            .where(
                journal.c.execution_id == self.execution_id,
                journal.c.item == "",
                journal.c.scope == "",
                journal.c.superseded.is_(False),
                condition,
            )
            .group_by(journal.c.step_id)
            .subquery()
        )
        same = and_(journal.c.step_id == newest.c.step_id, journal.c.attempt == newest.c.attempt)
        return select(journal).join(newest, same).where(journal.c.execution_id == self.execution_id)

    def _output(self, row: Any) -> Any:
        if row.output_object is None:
            return row.output
        return json.loads(self._objects.get(row.output_object), where=row.output_object)

    def _entry(self, row: Any) -> Entry:
        return Entry(
            sequence=row.sequence,
            step_id=row.step_id,
            item=row.item,
            scope=row.scope,
            attempt=row.attempt,
            status=row.status,
            config=row.config,
            output=self._output(row),
            error=row.error,
            details=row.details or {},
            started_at=row.started_at,
            finished_at=row.finished_at,
            run_id=row.run_id,
            superseded=row.superseded,
        )

    def _held(self) -> Lease:
        if self._lease is None:
            raise StoreError("the journal was opened for reading only", where=f"execution {self.execution_id}")
        return self._lease


def supersede(connection: Connection, execution_id: str, step_ids: Iterable[str]) -> None:
    """Make the rows of these steps void: they are to run anew."""
    connection.execute(
        update(journal)
        .where(journal.c.execution_id == execution_id, journal.c.step_id.in_(sorted(set(step_ids))))
        .values(superseded=True)
    )


def copy_settled(connection: Connection, parent_id: str, execution_id: str, step_ids: Iterable[str]) -> None:
    """Take over the newest settled results of another execution (a fork), each as attempt 1."""
    rows = connection.execute(
        select(journal)
        .where(
            journal.c.execution_id == parent_id,
            journal.c.step_id.in_(sorted(set(step_ids))),
            journal.c.superseded.is_(False),
        )
        .order_by(journal.c.sequence)
    ).all()
    for row in {row.step_id: row for row in rows}.values():
        if "ports" in (row.details or {}):
            values = {key: value for key, value in row._asdict().items() if key != "sequence"}
            values |= {"execution_id": execution_id, "attempt": 1, "fencing": 0}
            connection.execute(insert(journal).values(**values))


def _row(row: Any) -> Row:
    details = row.details or {}
    ports = details.get("ports")
    return Row(row.status, row.attempt, None if ports is None else tuple(ports), str(details.get("reason", "")))


def _has_output(row: Any) -> bool:
    return row.status != "skipped" and (row.output is not None or row.output_object is not None)
