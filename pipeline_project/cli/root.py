"""Puts the commands together."""

import typer

from pipeline_project import __version__, settings
from pipeline_project.cli import (
    agent,
    approval,
    db,
    dev,
    doctor,
    execution,
    finance,
    llm,
    message,
    outbox,
    screen,
    tools,
    workflow,
)
from pipeline_project.observability import logs

app = typer.Typer(
    help="Durable AI workflows on Dagster.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(workflow.app, name="workflow")
app.add_typer(execution.app, name="execution")
app.add_typer(approval.app, name="approval")
app.add_typer(agent.app, name="agent")
app.add_typer(tools.app, name="tools")
app.add_typer(llm.app, name="llm")
app.add_typer(finance.app, name="finance")
app.add_typer(message.app, name="message")
app.add_typer(outbox.app, name="outbox")
app.add_typer(db.app, name="db")
app.command("doctor")(doctor.doctor)
app.command("dev")(dev.dev)


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
