"""`execution list|show|resume|fork|cancel`."""

from typing import Annotated

import typer

from pipeline_project.cli import screen, story
from pipeline_project.cli.options import JsonOption, from_pairs
from pipeline_project.persistence import engine
from pipeline_project.workflows import executions, inspection
from pipeline_project.workflows.models import WorkflowStatus

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_(
    workflow: Annotated[str | None, typer.Option(help="Only executions of this workflow.")] = None,
    status: Annotated[WorkflowStatus | None, typer.Option(help="Only executions that stand there.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most this many, newest first.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Executions, newest first."""
    database = engine.default()
    with database.read() as connection:
        listed = executions.listed(connection, workflow_id=workflow, limit=limit if status is None else 1000)
    found = [(item, inspection.status(database, item.id)) for item in listed]
    shown = [(item, now) for item, now in found if status in (None, now)][:limit]
    if as_json:
        screen.show_json([{**vars(item), "status": now} for item, now in shown])
        return
    rows = [
        [item.id, item.workflow_id, now.value, f"{item.created_at:%Y-%m-%d %H:%M:%S}", item.requested_by]
        for item, now in shown
    ]
    screen.show_table(["execution", "workflow", "status", "started (UTC)", "by"], rows, empty="Nothing has run yet.")


@app.command()
def show(execution_id: str, as_json: JsonOption = False) -> None:
    """One execution: what each step did, what waits, what was delivered."""
    context = inspection.context(engine.default(), execution_id)
    if as_json:
        screen.show_json(context)
        return
    story.tell_context(context)


@app.command()
def resume(
    execution_id: str,
    step: Annotated[str | None, typer.Option(help="Run this step and everything below it anew.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Go on with an execution that failed, was cut off or was answered."""
    from pipeline_project.workflows import launch

    launched = launch.resume_workflow(execution_id, step)
    story.tell(launched, as_json=as_json)
    raise typer.Exit(1 if launched.status is WorkflowStatus.FAILED else 0)


@app.command()
def fork(
    execution_id: str,
    step: str,
    values: Annotated[
        list[str] | None, typer.Option("--set", "-s", help="A new variable or input: name=value.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """A new execution that takes over everything before a step and runs the rest anew."""
    from pipeline_project.workflows import launch

    launched = launch.fork_execution(execution_id, step, from_pairs(values))
    if launched.note and not as_json:
        screen.say(launched.note)
    story.tell(launched, as_json=as_json)
    raise typer.Exit(1 if launched.status is WorkflowStatus.FAILED else 0)


@app.command()
def cancel(execution_id: str, as_json: JsonOption = False) -> None:
    """End an execution: a running step stops within a second, what waits is released."""
    from pipeline_project.workflows import launch

    status = launch.cancel_execution(execution_id)
    if as_json:
        screen.show_json({"execution_id": execution_id, "status": status})
    elif status is WorkflowStatus.CANCELLED:
        screen.say("Cancelled.")
    else:
        screen.say("Asked its run to stop; `execution show` tells when it has.")
