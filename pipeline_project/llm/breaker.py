"""A model that fails again and again is left alone for a while, by every process that shares the store.

Only outages count: a refused key, a bad request or a rate limit says nothing about the next caller's. After the pause
one call is let through; its success closes the breaker, its failure opens it again. Refuses to keep a second truth in
memory.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from pipeline_project.errors import PipelineError, ServiceUnavailable
from pipeline_project.persistence.tables import llm_breakers as table


class Breaker:
    """`failures` in a row open it for `seconds`. `enter` and `leave` take a connection in a write transaction."""

    def __init__(self, *, failures: int, seconds: float) -> None:
        self._failures = failures
        self._pause = timedelta(seconds=seconds)

    def is_shut(self, connection: Connection, target: str) -> bool:
        """Whether nothing is known against `target`, so that `enter` need not be asked. Any connection will do."""
        row = connection.execute(select(table.c.open_until).where(table.c.target == target)).first()
        return row is None or row.open_until is None

    def enter(self, connection: Connection, target: str, now: datetime) -> None:
        """Let a call through. Raises ServiceUnavailable with `retry_after` while the breaker is open.

        Who comes first after the pause is let through and starts another one, so that only it tries.
        """
        row = connection.execute(select(table).where(table.c.target == target).with_for_update()).first()
        if row is None or row.open_until is None:
            return
        if row.open_until > now:
            seconds = round((row.open_until - now).total_seconds(), 3)
            raise ServiceUnavailable(
                f"it failed {row.failures} times in a row and is left alone for {seconds:g} seconds more",
                where=target,
                remedy="Wait, or ask another model.",
                retry_after=seconds,
            )
        changed = update(table).where(table.c.target == target)
        connection.execute(changed.values(open_until=now + self._pause, changed_at=now))

    def leave(self, connection: Connection, target: str, now: datetime, error: PipelineError | None) -> None:
        """Count how a call ended: a success (None) forgets the failures, an outage adds one; others say nothing."""
        if error is None:
            connection.execute(delete(table).where(table.c.target == target))
            return
        if not isinstance(error, ServiceUnavailable):
            return
        row = connection.execute(select(table).where(table.c.target == target).with_for_update()).first()
        failures = (row.failures if row else 0) + 1
        until = now + self._pause if failures >= self._failures else None
        if row is None:
            connection.execute(insert(table).values(target=target, failures=1, open_until=until, changed_at=now))
        else:
            changed = update(table).where(table.c.target == target)
            connection.execute(changed.values(failures=failures, open_until=until, changed_at=now))
