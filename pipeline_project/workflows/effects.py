"""Intents: a row written before a side effect and closed after it, so that a crash in the middle is noticed.

Delivery is at least once, with an idempotency key for whoever accepts one; what cannot be repeated safely and whose
end is not known raises OutcomeUnknown instead of being guessed.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from sqlalchemy import Connection, delete, insert, select, update

from pipeline_project import clock
from pipeline_project.errors import OutcomeUnknown, ServiceError
from pipeline_project.persistence.engine import Database
from pipeline_project.persistence.tables import intents
from pipeline_project.workflows import lease as leases
from pipeline_project.workflows.lease import Lease


class StepEffects:
    """The side effects of one step of one execution; an instance is the `effect` of its StepContext."""

    def __init__(self, database: Database, lease: Lease, *, step_id: str, key: str) -> None:
        self._database = database
        self._lease = lease
        self._step_id = step_id
        self._key = key

    @asynccontextmanager
    async def __call__(self, *, repeatable: bool, name: str = "") -> AsyncIterator[str]:
        """Enter right before the call, leave right after; yields the idempotency key to send along."""
        key = f"{self._key}/{name}" if name else self._key
        await asyncio.to_thread(self._begin, key, repeatable)
        try:
            yield key
        except ServiceError as error:
            if not error.outcome_unknown:
                await asyncio.to_thread(self._end, key, "failed")
            elif not repeatable:
                raise self._unknown(str(error)) from error
            raise
        except (asyncio.CancelledError, GeneratorExit):
            raise  # stopped in the middle: the row stays open, which is the truth
        except Exception:
            await asyncio.to_thread(self._end, key, "failed")
            raise
        await asyncio.to_thread(self._end, key, "done")

    def _begin(self, key: str, repeatable: bool) -> None:
        with self._database.write() as connection:
            leases.verify(connection, self._lease)
            row = connection.execute(select(intents).where(intents.c.key == key)).one_or_none()
            if row is not None and row.outcome != "failed" and not repeatable:
                began = "was cut off in the middle of it" if row.outcome is None else "did it and lost the result"
                raise self._unknown(f"an earlier attempt {began}")
            connection.execute(delete(intents).where(intents.c.key == key))
            connection.execute(
                insert(intents).values(
                    key=key,
                    execution_id=self._lease.execution_id,
                    step_id=self._step_id,
                    item="",
                    begun_at=clock.now(),
                    run_id=self._lease.run_id,
                )
            )

    def _end(self, key: str, outcome: str) -> None:
        with self._database.write() as connection:
            connection.execute(
                update(intents).where(intents.c.key == key).values(ended_at=clock.now(), outcome=outcome)
            )

    def _unknown(self, why: str) -> OutcomeUnknown:
        return OutcomeUnknown(
            f"it is not known whether the side effect happened: {why}",
            where=f"steps.{self._step_id}",
            remedy="Look at the receiving side, then approve to run it once more or reject to fail the step.",
        )


def forget(connection: Connection, execution_id: str, step_ids: Iterable[str]) -> None:
    """Drop the intents of these steps: a person has decided that they may run again."""
    connection.execute(
        delete(intents).where(intents.c.execution_id == execution_id, intents.c.step_id.in_(sorted(set(step_ids))))
    )
