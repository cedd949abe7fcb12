"""The journal of agent runs: each model call and each tool call, before the next one begins.

A run with the same id goes on where it was: what succeeded is restored, what was cut off is known to be. Refuses to
continue a run as another agent or with another task.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import Connection, delete, insert, or_, select, update

from pipeline_project import clock
from pipeline_project.errors import Conflict, NotFound
from pipeline_project.llm.responses import Usage
from pipeline_project.persistence.engine import Database
from pipeline_project.persistence.tables import agent_entries, agent_runs
from pipeline_project.security.redaction import redact

EntryStatus = Literal["running", "success", "failed", "waiting"]
"""`waiting`: a call was not made, a person is asked about it."""
RunStatus = Literal["running", "success", "failed", "cancelled", "waiting"]


@dataclass(frozen=True)
class Entry:
    """One call. `scope`: `turn/3/model` or `turn/3/tool/1`."""

    scope: str
    status: EntryStatus
    digest: str
    output: Any
    usage: dict[str, int] | None
    cost: Decimal | None
    seconds: float | None


class AgentJournal:
    """The journal of one run."""

    def __init__(self, database: Database, run_id: str) -> None:
        self.database = database
        self.run_id = run_id

    def open(self, *, agent: str, task: str, digest: str, parent_id: str | None, depth: int) -> dict[str, Entry]:
        """Begin the run or take it up again; returns what is journaled. Raises Conflict for another agent or task."""
        with self.database.write() as connection:
            row = connection.execute(select(agent_runs).where(agent_runs.c.id == self.run_id)).one_or_none()
            if row is None:
                connection.execute(
                    insert(agent_runs).values(
                        id=self.run_id, agent=agent, digest=digest, task=redact(task), parent_id=parent_id, depth=depth,
                        status="running", began_at=clock.now(),
                    )
                )  # fmt: skip
                return {}
            if row.digest != digest:
                raise Conflict(
                    "belongs to another agent or task",
                    where=f"agent run {self.run_id}",
                    remedy="Give another run id, or the same agent, task, tools and model as before.",
                )
            connection.execute(self._mine().values(status="running", error=None, ended_at=None))
            entries = connection.execute(select(agent_entries).where(agent_entries.c.run_id == self.run_id)).all()
        return {entry.scope: _entry(entry) for entry in entries}

    def begin(self, scope: str, digest: str) -> None:
        """A call is about to be made."""
        with self.database.write() as connection:
            key = (agent_entries.c.run_id == self.run_id, agent_entries.c.scope == scope)
            connection.execute(delete(agent_entries).where(*key))
            connection.execute(
                insert(agent_entries).values(
                    run_id=self.run_id, scope=scope, status="running", digest=digest, began_at=clock.now()
                )
            )

    def end(
        self,
        scope: str,
        status: EntryStatus,
        *,
        output: Any = None,
        usage: dict[str, int] | None = None,
        cost: Decimal | None = None,
        seconds: float | None = None,
    ) -> None:
        """A call has ended; its output is kept without registered secrets."""
        values = {"output": redact(output, by_name=False), "usage": usage, "cost": cost, "seconds": seconds}
        with self.database.write() as connection:
            connection.execute(
                update(agent_entries)
                .where(agent_entries.c.run_id == self.run_id, agent_entries.c.scope == scope)
                .values(status=status, ended_at=clock.now(), **values)
            )

    def forget(self, scope: str) -> None:
        """The call was not made after all: it waits for a person's word."""
        with self.database.write() as connection:
            connection.execute(
                delete(agent_entries).where(agent_entries.c.run_id == self.run_id, agent_entries.c.scope == scope)
            )

    def spent_below(self, scope: str) -> list[tuple[Usage, Decimal | None]]:
        """What the sub-agent that a call started has used, and the sub-agents below it: each call of a model."""
        query = select(agent_entries.c.usage, agent_entries.c.cost).where(
            _of_run(agent_entries.c.run_id, f"{self.run_id}/{scope}"), agent_entries.c.usage.is_not(None)
        )
        with self.database.read() as connection:
            return [(Usage(**row.usage), row.cost) for row in connection.execute(query) if row.usage]

    def close(self, status: RunStatus, *, result: Any = None, error: dict[str, Any] | None = None) -> None:
        """The run has ended, or waits."""
        values = {"result": redact(result, by_name=False), "error": redact(error)}
        with self.database.write() as connection:
            connection.execute(self._mine().values(status=status, ended_at=clock.now(), **values))

    def _mine(self) -> Any:
        return update(agent_runs).where(agent_runs.c.id == self.run_id)


def forget_run(connection: Connection, run_id: str) -> None:
    """Drop a run and its sub-agents' runs: what began it is to run anew."""
    mine = select(agent_runs.c.id).where(_of_run(agent_runs.c.id, run_id))
    named = [row.id for row in connection.execute(mine)]
    connection.execute(delete(agent_entries).where(agent_entries.c.run_id.in_(named)))
    connection.execute(delete(agent_runs).where(agent_runs.c.id.in_(named)))


def runs(database: Database, *, limit: int = 50) -> list[dict[str, Any]]:
    """The newest runs, newest first."""
    query = select(agent_runs).order_by(agent_runs.c.began_at.desc()).limit(limit)
    with database.read() as connection:
        return [row._asdict() for row in connection.execute(query)]


def run(database: Database, prefix: str) -> tuple[dict[str, Any], list[Entry]]:
    """A run by the beginning of its id, and its entries in order. Raises NotFound, or Conflict for several."""
    query = select(agent_runs).where(agent_runs.c.id.startswith(prefix, autoescape=True))
    with database.read() as connection:
        found = connection.execute(query.order_by(agent_runs.c.began_at).limit(50)).all()
        # a sub-agent's id begins with its parent's
        exact = [row for row in found if row.id == prefix] or [row for row in found if row.parent_id is None] or found
        if not exact or not prefix:
            raise NotFound(f"no agent run begins with {prefix!r}", remedy="`agent list` shows what has run.")
        if len(exact) > 1:
            raise Conflict(f"several agent runs begin with {prefix!r}", remedy="Give more of the id.")
        query = select(agent_entries).where(agent_entries.c.run_id == exact[0].id).order_by(agent_entries.c.began_at)
        return exact[0]._asdict(), [_entry(row) for row in connection.execute(query)]


def _of_run(column: Any, run_id: str) -> Any:
    """Whether a run is this one or a sub-agent's below it."""
    return or_(column == run_id, column.startswith(f"{run_id}/", autoescape=True))


def _entry(row: Any) -> Entry:
    return Entry(row.scope, row.status, row.digest, row.output, row.usage, row.cost, row.seconds)
