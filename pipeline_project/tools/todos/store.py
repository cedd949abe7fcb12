"""Where a session's list is kept: in `tool_sessions` when the session has a database, else in the session itself.

A change reads and writes in one transaction, so that two sessions of one id lose nothing to each other.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection

from pipeline_project import clock
from pipeline_project.governance.actions import Resource
from pipeline_project.persistence.engine import Database
from pipeline_project.persistence.tables import tool_sessions
from pipeline_project.tools.base import Footprint
from pipeline_project.tools.session import Session
from pipeline_project.tools.todos.items import Todos, item_of

T = TypeVar("T")


async def load(session: Session) -> Todos:
    """The session's list; empty before anything was put on it. Raises StoreError."""
    if session.database is None:
        return _held(session)
    return _remembered(session, await asyncio.to_thread(_read, session.database, session.id))


async def change(session: Session, action: Callable[[Todos], tuple[Todos, T]]) -> T:
    """Replace the list by what `action` makes of it; gives the rest of its answer.

    What it raises leaves the list as it was. Raises StoreError.
    """
    async with session.lock_of(_place(session)):
        if session.database is None:
            changed, answer = action(_held(session))
        else:
            changed, answer = await asyncio.to_thread(_write, session.database, session, action)
        _remembered(session, changed)
        return answer


def resource(session: Session) -> Resource:
    """What governance decides about: the list of this session."""
    return Resource("name", "todos", shown={"session": session.id})


def footprint(session: Session, *, writes: bool) -> Footprint:
    """A place of its own that is no file, so that calls on the list keep their order."""
    place = frozenset({_place(session)})
    return Footprint(writes=place) if writes else Footprint(reads=place)


def _place(session: Session) -> Path:
    return Path("/todos-of-session") / session.id


def _held(session: Session) -> Todos:
    return Todos(tuple(map(item_of, session.todos)), session.caches.get("todos.next_id", 1))


def _remembered(session: Session, todos: Todos) -> Todos:
    session.todos = [item.stored() for item in todos.items]
    session.caches["todos.next_id"] = todos.next_id
    return todos


def _read(database: Database, session_id: str) -> Todos:
    with database.read() as connection:
        return _selected(connection, session_id) or Todos()


def _write(database: Database, session: Session, action: Callable[[Todos], tuple[Todos, T]]) -> tuple[Todos, T]:
    with database.write() as connection:
        found = _selected(connection, session.id, locked=True)
        changed, answer = action(found or Todos())
        values: dict[str, Any] = {
            "workspace": str(session.roots[0]), "changed_at": clock.now(),
            "todos": {"items": [item.stored() for item in changed.items], "next_id": changed.next_id},
        }  # fmt: skip
        if found is None:
            connection.execute(sa.insert(tool_sessions).values(id=session.id, **values))
        else:
            connection.execute(sa.update(tool_sessions).where(tool_sessions.c.id == session.id).values(**values))
    return changed, answer


def _selected(connection: Connection, session_id: str, *, locked: bool = False) -> Todos | None:
    query = sa.select(tool_sessions.c.todos).where(tool_sessions.c.id == session_id)
    stored = connection.execute(query.with_for_update() if locked else query).scalar_one_or_none()
    return None if stored is None else Todos(tuple(map(item_of, stored["items"])), stored["next_id"])
