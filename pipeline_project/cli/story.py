"""Tells an execution as a short story: what each step did, what waits for whom, what was delivered, what to do next."""

import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pipeline_project import settings
from pipeline_project.cli import screen
from pipeline_project.governance.requests import PermissionRequest
from pipeline_project.persistence import engine
from pipeline_project.workflows import inspection
from pipeline_project.workflows.executions import find
from pipeline_project.workflows.journal import Entry
from pipeline_project.workflows.launched import Launched
from pipeline_project.workflows.models import WorkflowContext, WorkflowDefinition, WorkflowStatus
from pipeline_project.workflows.plan import FINISH, JOIN_SUFFIX, START
from pipeline_project.workflows.steps.registry import executor_of
from pipeline_project.workflows.waits import Approval

MARKS = {"success": "✓", "skipped": "-", "waiting": "⧖", "failed": "✗", "running": "…", "cancelled": "✗"}
STYLES = {"success": "green", "waiting": "yellow", "failed": "red", "cancelled": "red", "skipped": "dim"}


def tell(launched: Launched, *, as_json: bool) -> None:
    """The story of what a launch came to."""
    context = inspection.context(engine.default(), launched.execution_id)
    if as_json:
        screen.show_json({**context.model_dump(), "run_id": launched.run_id})
        return
    tell_context(context)


def tell_context(context: WorkflowContext) -> None:
    """The story of an execution."""
    database = engine.default()
    with database.read() as connection:
        definition = inspection.definition(database, find(connection, context.execution_id))
    screen.say(f"{definition.title} — execution {context.execution_id}", style="bold")
    newest = {entry.step_id: entry for entry in context.metadata["journal"]}
    for entry in newest.values():
        _tell_step(definition, entry)
    _tell_deliveries(newest.values())
    _tell_status(context)
    for approval in context.metadata["approvals"]:
        if approval.open:
            _tell_question(approval)
    _tell_next(context)


def tell_approval(approval: Approval) -> None:
    """One question with everything that belongs to it."""
    screen.say(f"Approval {approval.id} of {approval.workflow_id}, step {approval.step_id}", style="bold")
    screen.say(approval.message)
    for name, value in approval.shown.items():
        screen.say(f"  {name}: {_short(value)}")
    screen.say(f"asked {approval.opened_at:%Y-%m-%d %H:%M} UTC, started by {approval.requested_by}")
    if approval.approvers:
        screen.say(f"asked of {', '.join(approval.approvers)}")
    if approval.decision is not None:
        said = f": {approval.comment}" if approval.comment else ""
        screen.say(f"{approval.decision} by {approval.decided_by} via {approval.via}{said}")
    elif approval.open:
        _tell_commands(approval)


def _tell_step(definition: WorkflowDefinition, entry: Entry) -> None:
    if entry.step_id in (START, FINISH):
        return
    step = definition.steps.get(entry.step_id.removesuffix(JOIN_SUFFIX))
    if step is None:
        return
    text = _what_happened(entry, executor_of(step.type).summarize)
    joined = " (branches meet)" if entry.step_id.endswith(JOIN_SUFFIX) else ""
    screen.say(
        f"  {MARKS[entry.status]} {step.title}{joined}{': ' + text if text else ''}",
        style=STYLES.get(entry.status, ""),
    )
    if entry.status == "success" and isinstance(entry.output, Mapping) and not joined:
        for more in executor_of(step.type).explain(entry.output):
            screen.say(f"      {more}")


def _what_happened(entry: Entry, summarize: Any) -> str:
    if entry.error is not None:
        return str(entry.error.get("message", ""))
    if entry.status == "success" and isinstance(entry.output, Mapping):
        return summarize(entry.output)
    return {"skipped": "skipped, ", "waiting": "waits: "}.get(entry.status, "") + entry.reason


def _tell_deliveries(entries: Iterable[Entry]) -> None:
    outputs = [entry.output for entry in entries if isinstance(entry.output, Mapping)]
    sent = [output for output in outputs if output.get("delivered") is False and output.get("path")]
    if sent:
        screen.say("\nNot delivered; written to the outbox (PIPELINE_EMAIL_MODE and PIPELINE_SLACK_MODE deliver):")
    for output in sent:
        screen.say(f"  {_near(Path(output['path']))}")


def tell_permission(request: PermissionRequest) -> None:
    """What an agent or tool outside of an execution asked to be permitted."""
    screen.say(f"{request.actor} asks: {request.action} on {request.resource}", style="bold")
    screen.say(f"  {request.reason} (rule {request.rule}, complexity {request.complexity})")
    for name, value in request.shown.items():
        screen.say(f"  {name}: {_short(value)}")
    if request.decision is None:
        screen.say(f"  {_command()} approval approve {request.id[:12]}     # or: approval reject {request.id[:12]}")
    else:
        used = "; it was used" if request.used_at else ""
        screen.say(f"  {request.decision} by {request.decided_by} (via {request.via}){used}")


def _tell_status(context: WorkflowContext) -> None:
    words = {
        WorkflowStatus.WAITING_APPROVAL: "Waiting for a person.",
        WorkflowStatus.COMPLETED: "Completed.",
        WorkflowStatus.PARTIAL: "Ended in part: a step failed and the rest went on.",
        WorkflowStatus.FAILED: "Failed.",
        WorkflowStatus.CANCELLED: "Cancelled.",
        WorkflowStatus.RUNNING: "Running.",
        WorkflowStatus.PENDING: "Ready to go on.",
        WorkflowStatus.WAITING: "Waiting.",
    }
    screen.say(f"\n{words[context.status]}", style="bold")


def _tell_question(approval: Approval) -> None:
    asked = ", ".join(approval.approvers) or "anybody"
    screen.say(f"  {approval.message} (asked of {asked})")
    screen.say(f"  {_command()} approval show {approval.id}")
    _tell_commands(approval)


def _tell_commands(approval: Approval) -> None:
    screen.say(f"  {_command()} approval approve {approval.id}     # or: approval reject {approval.id}")


def _tell_next(context: WorkflowContext) -> None:
    if context.status in (WorkflowStatus.FAILED, WorkflowStatus.PENDING):
        screen.say(f"Go on with:     {_command()} execution resume {context.execution_id}")
    run_id = context.metadata["runs"][-1]["run_id"] if context.metadata["runs"] else ""
    link = f"{settings.load().dagster_url.rstrip('/')}/runs/{run_id}"
    screen.say(f"See it in the UI: make dev, then {link}")


def _near(path: Path) -> Path:
    """The path as a person here would type it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _command() -> str:
    """The command line as a person here can type it, whether or not they have activated the environment."""
    activated = shutil.which("python")
    python = Path(sys.executable)
    same = activated is not None and Path(activated).parent.resolve() == python.parent.resolve()
    return f"{'python' if same else _near(python)} -m pipeline_project"


def _short(value: Any) -> str:
    if value in (None, "", [], {}):
        return "none"
    text = str(value) if not isinstance(value, list | dict) else screen.compact(value)
    return text if len(text) <= 200 else text[:200] + "…"
