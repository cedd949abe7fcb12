"""`approval list|show|approve|reject`: what executions wait for, and what agents and tools asked to be permitted."""

from typing import Annotated

import typer

from pipeline_project import settings
from pipeline_project.cli import screen, story
from pipeline_project.cli.options import JsonOption
from pipeline_project.errors import LeaseHeld, NotFound
from pipeline_project.governance import requests
from pipeline_project.governance.requests import PermissionRequest
from pipeline_project.persistence import engine
from pipeline_project.workflows import waits
from pipeline_project.workflows.models import WorkflowStatus
from pipeline_project.workflows.waits import Answer, Approval

app = typer.Typer(no_args_is_help=True)

Comment = Annotated[str, typer.Option("--comment", "-m", help="Kept with the decision.")]
Resume = Annotated[bool, typer.Option("--resume/--no-resume", help="Go on with the execution here, or only record.")]


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """What waits for a person, oldest first: steps of executions, then agents and tools outside of them."""
    with engine.default().read() as connection:
        pending = waits.pending(connection)
    permissions = requests.pending(engine.default())
    if as_json:
        screen.show_json([*pending, *permissions])
        return
    rows = [
        [item.id, item.workflow_id, item.step_id, f"{item.opened_at:%Y-%m-%d %H:%M}", item.message] for item in pending
    ]
    rows += [
        [item.id[:12], item.actor, item.action, f"{item.opened_at:%Y-%m-%d %H:%M}", item.resource]
        for item in permissions
    ]
    columns = ["approval", "workflow or actor", "step or action", "since (UTC)", "question"]
    screen.show_table(columns, rows, empty="Nothing waits.")


@app.command()
def show(approval_id: str, as_json: JsonOption = False) -> None:
    """One approval: the question, the data it is about, and the decision if there is one."""
    approval = _find(approval_id)
    if as_json:
        screen.show_json(approval)
    elif isinstance(approval, PermissionRequest):
        story.tell_permission(approval)
    else:
        story.tell_approval(approval)


@app.command()
def approve(approval_id: str, comment: Comment = "", resume: Resume = True, as_json: JsonOption = False) -> None:
    """Approve, and go on with the execution in this process."""
    _decide(approval_id, "approve", comment, resume=resume, as_json=as_json)


@app.command()
def reject(approval_id: str, comment: Comment = "", resume: Resume = True, as_json: JsonOption = False) -> None:
    """Reject, and go on with the execution in this process."""
    _decide(approval_id, "reject", comment, resume=resume, as_json=as_json)


def _find(approval_id: str) -> Approval | PermissionRequest:
    """The approval of an execution, else the permission request. Raises NotFound, Conflict."""
    try:
        with engine.default().read() as connection:
            return waits.find(connection, approval_id)
    except NotFound as error:
        try:
            return requests.find(engine.default(), approval_id)
        except NotFound:
            raise error from None


def _decide(approval_id: str, answer: Answer, comment: str, *, resume: bool, as_json: bool) -> None:
    if isinstance(_find(approval_id), PermissionRequest):
        _permit(approval_id, answer, comment, as_json=as_json)
        return
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


def _permit(request_id: str, answer: Answer, comment: str, *, as_json: bool) -> None:
    actor = settings.load().actor_name
    decided = requests.answer(engine.default(), request_id, answer, actor=actor, via="cli", comment=comment)
    if as_json:
        screen.show_json(decided)
        return
    screen.say(f"{'Permitted' if answer == 'approve' else 'Rejected'} by {decided.decided_by}: {decided.reason}")
    if answer == "approve":
        screen.say("Whoever asked may now do exactly this, once; start it again.")
    else:
        screen.say("It will not be done; an agent is told so when it is started again, and goes on without it.")
