"""Brings a database to the schema of this code, and refuses one that newer code has written."""

from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from pipeline_project.errors import StoreError, StoreTooNew

_SCRIPTS = Path(__file__).parent / "migrations"


def ensure(engine: Engine) -> None:
    """Check the schema; migrate SQLite at once, ask for `db upgrade` elsewhere. Raises StoreTooNew, StoreError."""
    present = revision(engine)
    if present == head():
        return
    if present is not None and present not in _known():
        remedy = "Use the newer version of pipeline_project, or another PIPELINE_DATA_DIR."
        raise StoreTooNew(f"the schema {present} is newer than this code ({head()})", where="database", remedy=remedy)
    if engine.dialect.name != "sqlite":
        raise StoreError(
            f"the schema is {present or 'absent'}, this code needs {head()}",
            where="database",
            remedy="Run `python -m pipeline_project db upgrade`.",
        )
    upgrade(engine)


def upgrade(engine: Engine) -> None:
    """Migrate to this code's schema; many processes may ask at once, one does it."""
    # the lock is taken before the revision is read, so that the second of two processes finds nothing to do
    with engine.connect() as connection:
        connection = connection.execution_options(immediate=True)
        with connection.begin():
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def revision(engine: Engine) -> str | None:
    """The revision the database is at; None before the first migration."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@lru_cache(maxsize=1)
def head() -> str:
    """The newest revision this code knows."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    if newest is None:
        raise StoreError("no migrations are installed", where="package", remedy="Reinstall pipeline_project.")
    return newest


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    return config
