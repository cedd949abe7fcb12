"""Migrations and tables say the same; a newer database is refused; many processes may open a new one at once."""

import multiprocessing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from pipeline_project.errors import StoreBusy, StoreError, StoreTooNew
from pipeline_project.persistence import migrate
from pipeline_project.persistence.engine import Database
from pipeline_project.persistence.tables import metadata, tasks


@pytest.fixture
def database(tmp_path: Path):
    opened = Database(f"sqlite:///{tmp_path / 'store.db'}", busy_timeout_seconds=0.2)
    yield opened
    opened.dispose()


def test_the_migrations_lead_to_the_tables(database):
    with database.read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert [item for item in differences if item[0] != "modify_type"] == []


def test_a_database_of_newer_code_is_refused_and_left_alone(database, tmp_path):
    with database.write() as connection:
        connection.execute(sa.text("update alembic_version set version_num = '9999'"))
    again = Database(database.url)
    with pytest.raises(StoreTooNew, match="the schema 9999 is newer than this code"), again.read():
        pass
    again.dispose()


def test_a_locked_database_is_a_transient_error_that_names_the_setting(database):
    other = Database(database.url)
    with other.write(), pytest.raises(StoreBusy, match="PIPELINE_BUSY_TIMEOUT_SECONDS"), database.write():
        pass
    other.dispose()


def test_a_place_that_cannot_hold_a_database_is_named(tmp_path):
    (tmp_path / "store.db").mkdir()
    broken = Database(f"sqlite:///{tmp_path / 'store.db'}")
    with pytest.raises(StoreError, match=r"store\.db"), broken.read():
        pass


def test_a_failed_write_leaves_nothing(database):
    def write_half() -> None:
        with database.write() as connection:
            connection.execute(sa.text("create table half (written int)"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    with database.read() as connection:
        assert not sa.inspect(connection).has_table("half")


def _open(url: str) -> None:
    with Database(url).read() as connection:
        connection.execute(sa.select(tasks)).all()


def test_many_processes_may_open_a_new_database_at_once(tmp_path):
    url = f"sqlite:///{tmp_path / 'new.db'}"
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_open, args=(url,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=60)
    assert [process.exitcode for process in processes] == [0] * 4
    with Database(url).read() as connection:
        assert connection.scalar(sa.text("select version_num from alembic_version")) == migrate.head()
