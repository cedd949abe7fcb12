"""The database: one engine per URL, one transaction per call.

Every write on SQLite begins IMMEDIATE, so that a compare-and-set reads what it will write under the lock; a reader
is never blocked (WAL). Refuses a database that newer code has migrated, and long transactions: nothing here may be
held across an await.
"""

import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from pipeline_project import settings
from pipeline_project.errors import StoreBusy, StoreError
from pipeline_project.persistence import migrate

_OPENING = threading.Lock()


class Database:
    """The store at a SQLAlchemy URL; `read()` and `write()` give a connection inside one transaction."""

    def __init__(self, url: str, *, busy_timeout_seconds: float = 15) -> None:
        self.url = url
        self._engine = _engine(url, busy_timeout_seconds)
        self._ready = False
        # a store nobody holds any more leaves no connection open
        weakref.finalize(self, self._engine.dispose)

    @property
    def engine(self) -> Engine:
        """The engine, its schema brought up to date on first use (SQLite) or checked (others)."""
        if not self._ready:
            with _OPENING:
                if not self._ready:
                    with _mapped(self.url):
                        migrate.ensure(self._engine)
                    self._ready = True
        return self._engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection to read with. Raises StoreBusy or StoreError."""
        engine = self.engine
        with _mapped(self.url), engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection whose transaction commits at the end, or leaves nothing. Raises StoreBusy or StoreError."""
        engine = self.engine
        with _mapped(self.url), engine.connect() as connection:
            connection = connection.execution_options(immediate=True)
            with connection.begin():
                yield connection

    def upgrade(self) -> None:
        """Migrate to this code's schema, whatever the database. Raises StoreTooNew, StoreError."""
        with _mapped(self.url):
            migrate.upgrade(self._engine)

    @property
    def place(self) -> str:
        """The URL without its password, for people."""
        return make_url(self.url).render_as_string(hide_password=True)

    def dispose(self) -> None:
        """Close every pooled connection."""
        self._engine.dispose()


def default() -> Database:
    """The store that the settings name, one per URL and process."""
    current = settings.load()
    return _opened(current.store_url, current.busy_timeout_seconds)


@lru_cache(maxsize=8)
def _opened(url: str, busy_timeout_seconds: float) -> Database:
    return Database(url, busy_timeout_seconds=busy_timeout_seconds)


def _engine(url: str, busy_timeout_seconds: float) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True)
    if parsed.database and parsed.database != ":memory:":
        _make(Path(parsed.database).parent)
    engine = create_engine(parsed, connect_args={"timeout": busy_timeout_seconds, "check_same_thread": False})
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        remedy = "Name another folder in PIPELINE_DATA_DIR, or make room for this one."
        raise StoreError(f"the folder cannot be made: {error.strerror}", where=str(folder), remedy=remedy) from error


def _configure_sqlite(connection: Any, _record: object) -> None:
    # None switches the driver's own implicit BEGIN off, so that ours below is the only one
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def _mapped(url: str) -> Iterator[None]:
    place = make_url(url).render_as_string(hide_password=True)
    try:
        yield
    except OperationalError as error:
        text = str(error.orig)
        if "locked" in text or "busy" in text:
            remedy = "Try again, or raise PIPELINE_BUSY_TIMEOUT_SECONDS."
            raise StoreBusy("the database is locked by another process", where=place, remedy=remedy) from error
        remedy = "Check that the place exists, is writable and has room (`doctor` looks)."
        raise StoreError(f"the database cannot be used: {text}", where=place, remedy=remedy) from error
    except DBAPIError as error:
        raise StoreError(f"the database refused a statement: {error.orig}", where=place) from error
    except SQLAlchemyError as error:
        raise StoreError(f"the database layer failed: {error}", where=place) from error
