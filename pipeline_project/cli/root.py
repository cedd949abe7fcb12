"""Puts the commands together."""

import typer

from pipeline_project import __version__, settings
from pipeline_project.cli import screen
from pipeline_project.cli.commands import Commands
from pipeline_project.observability import logs

app = typer.Typer(
    cls=Commands,
    help="Durable AI workflows on Dagster.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        screen.say(__version__)
        raise typer.Exit


@app.callback()
def begin(
    _version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
    ),
) -> None:
    """Durable AI workflows on Dagster."""
    logs.configure()
    for name, near in settings.unknown_variables().items():
        hint = f"; did you mean {near}?" if near else ""
        screen.warn(f"no setting reads {name}{hint}")
