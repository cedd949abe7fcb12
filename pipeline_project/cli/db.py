"""`db upgrade|show`."""

import typer

from pipeline_project import settings
from pipeline_project.cli import screen
from pipeline_project.persistence import engine, migrate
from pipeline_project.persistence.engine import Database

app = typer.Typer(no_args_is_help=True)


@app.command()
def upgrade() -> None:
    """Bring the store to the schema of this version."""
    current = settings.load()
    Database(current.store_url).upgrade()
    screen.say(f"The store is at schema {migrate.head()}.")


@app.command()
def show() -> None:
    """Where the store is and which schema it has."""
    database = engine.default()
    with database.read():
        screen.say(f"{database.place}: schema {migrate.head()}")
