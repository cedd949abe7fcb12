"""The journal of message batches: every send and every answer, each in a short transaction of its own.

Refuses to take an answer for that of another request: a row whose request differs is a Conflict.
"""

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from pipeline_project import clock
from pipeline_project.errors import Conflict
from pipeline_project.persistence.engine import Database
from pipeline_project.persistence.tables import batch_items as items

State = Literal["in_flight", "succeeded", "refused", "failed"]
"""`refused`: the service understood and said no, an answer too; `failed`: it gave none, so a later run asks again."""

_PAGE = 500


class Totals(NamedTuple):
    """Counts over a batch's whole life."""

    sends: int
    resends: int


class Journal:
    """The rows of one batch."""

    def __init__(self, database: Database, batch_id: str) -> None:
        self._database = database
        self.batch_id = batch_id

    def states(self, digests: Mapping[int, str]) -> dict[int, State]:
        """The states of the lines that were ever sent. `digests`: line → digest of its request.

        Raises Conflict when a line was sent with another request.
        """
        if not digests:
            return {}
        low, high = min(digests), max(digests)
        query = sa.select(items.c.line, items.c.digest, items.c.state).where(
            items.c.batch_id == self.batch_id, items.c.line.between(low, high)
        )
        with self._database.read() as connection:
            rows = [row for row in connection.execute(query) if row.line in digests]
        for row in rows:
            if row.digest != digests[row.line]:
                raise Conflict(
                    f"batch {self.batch_id} was begun with another request there",
                    where=f"line {row.line}",
                    remedy="Give the changed file, or the other model, a batch id of its own.",
                )
        return {row.line: row.state for row in rows}

    def begin(self, line: int, custom_id: str, digest: str) -> None:
        """State, before it happens, that the line's request is being sent."""
        fresh = {"batch_id": self.batch_id, "line": line, "custom_id": custom_id, "digest": digest}
        with self._database.write() as connection:
            again = connection.execute(
                sa.update(items)
                .where(self._at(line))
                .values(
                    resends=items.c.resends + sa.case((items.c.state == "in_flight", 1), else_=0),
                    sends=items.c.sends + 1,
                    state="in_flight",
                    error=None,
                    sent_at=clock.now(),
                    ended_at=None,
                )
            )
            if not again.rowcount:
                values = {**fresh, "state": "in_flight", "sends": 1, "resends": 0, "sent_at": clock.now()}
                connection.execute(sa.insert(items).values(values))

    def end(self, line: int, state: State, *, answer: Any = None, error: Any = None) -> None:
        """State what came of it."""
        values = {"state": state, "answer": answer, "error": error, "ended_at": clock.now()}
        with self._database.write() as connection:
            connection.execute(sa.update(items).where(self._at(line)).values(values))

    def results(self) -> Iterator[tuple[int, Any, Any]]:
        """(line, answer, error) of every line that was sent, in order, a page at a time."""
        last = 0
        while True:
            query = sa.select(items.c.line, items.c.answer, items.c.error).where(
                items.c.batch_id == self.batch_id, items.c.line > last
            )
            with self._database.read() as connection:
                rows = connection.execute(query.order_by(items.c.line).limit(_PAGE)).all()
            yield from ((row.line, row.answer, row.error) for row in rows)
            if len(rows) < _PAGE:
                return
            last = rows[-1].line

    def totals(self) -> Totals:
        """How often anything was sent, and how often again because its end was not known."""
        query = sa.select(sa.func.sum(items.c.sends), sa.func.sum(items.c.resends)).where(
            items.c.batch_id == self.batch_id
        )
        with self._database.read() as connection:
            sends, resends = connection.execute(query).one()
        return Totals(sends or 0, resends or 0)

    def _at(self, line: int) -> sa.ColumnElement[bool]:
        return sa.and_(items.c.batch_id == self.batch_id, items.c.line == line)


@contextmanager
def only_sender(folder: Path, batch_id: str) -> Iterator[None]:
    """Hold a batch against other processes of this machine; the system lets go when the holder dies.

    Raises Conflict when another one is sending it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{batch_id}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(
                "another run is sending this batch", where=f"batch {batch_id}", remedy="Wait for it, or end it."
            ) from error
        yield
