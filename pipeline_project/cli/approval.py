"""`approval list|show|approve|reject`."""

from typing import Annotated

import typer

from pipeline_project import settings
from pipeline_project.cli import screen, story
from pipeline_project.cli.options import JsonOption
from pipeline_project.errors import LeaseHeld
from pipeline_project.persistence import engine
from pipeline_project.workflows import waits
from pipeline_project.workflows.models import WorkflowStatus
from pipeline_project.workflows.waits import Answer

app = typer.Typer(help="What waits for a person.", no_args_is_help=True)

Comment = Annotated[str, typer.Option("--comment", "-m", help="Kept with the decision.")]
Resume = Annotated[bool, typer.Option("--resume/--no-resume", help="Go on with the execution here, or only record.")]


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """What waits for a person, oldest first."""
    with engine.default().read() as connection:
        pending = waits.pending(connection)
    if as_json:
        screen.show_json(pending)
        return
    rows = [
        [item.id, item.workflow_id, item.step_id, f"{item.opened_at:%Y-%m-%d %H:%M}", item.message] for item in pending
    ]
    screen.show_table(["approval", "workflow", "step", "since (UTC)", "question"], rows, empty="Nothing waits.")


@app.command()
def show(approval_id: str, as_json: JsonOption = False) -> None:
    """One approval: the question, the data it is about, and the decision if there is one."""
    with engine.default().read() as connection:
        approval = waits.find(connection, approval_id)
    if as_json:
        screen.show_json(approval)
        return
    story.tell_approval(approval)


@app.command()
def approve(approval_id: str, comment: Comment = "", resume: Resume = True, as_json: JsonOption = False) -> None:
    """Approve, and go on with the execution in this process."""
    _decide(approval_id, "approve", comment, resume=resume, as_json=as_json)


@app.command()
def reject(approval_id: str, comment: Comment = "", resume: Resume = True, as_json: JsonOption = False) -> None:
    """Reject, and go on with the execution in this process."""
    _decide(approval_id, "reject", comment, resume=resume, as_json=as_json)


def _decide(approval_id: str, answer: Answer, comment: str, *, resume: bool, as_json: bool) -> None:
    with engine.default().write() as connection:
        approval = waits.decide(
            connection, approval_id, answer, actor=settings.load().actor_name, via="cli", comment=comment
        )
    if not as_json:
        screen.say(f"{'Approved' if answer == 'approve' else 'Rejected'} by {approval.decided_by}: {approval.message}")
    if not resume or approval.consumed_at is not None:
        if as_json:
            screen.show_json(approval)
        elif approval.consumed_at is None:
            screen.say(
                f"Recorded only; go on with: python -m pipeline_project execution resume {approval.execution_id}"
            )
        return
    from pipeline_project.workflows import launch

    try:
        launched = launch.resume_workflow(approval.execution_id)
    except LeaseHeld as error:
        # the decision stands; whoever runs the execution, or the sensor, will see it
        screen.say(f"{error.message}; it will go on from there.")
        return
    story.tell(launched, as_json=as_json)
    raise typer.Exit(1 if launched.status is WorkflowStatus.FAILED else 0)
