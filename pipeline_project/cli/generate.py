"""`workflow generate|drafts|activate`: from a sentence to a draft, and from a draft to a workflow."""

from typing import Annotated

import typer

from pipeline_project import settings
from pipeline_project.cli import screen
from pipeline_project.cli.options import JsonOption
from pipeline_project.persistence import engine
from pipeline_project.workflows import drafts
from pipeline_project.workflows.drafts import Draft

drafts_app = typer.Typer(help="Workflows that a model wrote and nobody has activated yet.", no_args_is_help=True)


def generate(
    query: Annotated[str, typer.Argument(help="What shall happen, in a sentence.")],
    model: Annotated[str | None, typer.Option("--model", help="The model that writes it.")] = None,
    activate: Annotated[bool, typer.Option("--activate", help="Activate the draft at once.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Have a model write a workflow; it stays a draft until it is activated."""
    from pipeline_project.workflows import activation
    from pipeline_project.workflows.generate import generate_dynamic_workflow

    draft = generate_dynamic_workflow(query, model=model)
    note = f"Activate it: workflow activate {draft.id}" if draft.state == "draft" else "It is active by the settings."
    if activate and draft.state == "draft":
        done = activation.activate(draft.id, settings.load().actor_name)
        draft, note = done.draft, f"{done.path}\n{done.note}"
    if as_json:
        screen.show_json(draft)
        return
    _tell(draft)
    screen.say(note)


def activate(
    draft_id: Annotated[str, typer.Argument(help="The draft, or the beginning of its id.")],
    update: Annotated[bool, typer.Option("--update", help="Replace the workflow that has its id.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a draft a workflow that can be run."""
    from pipeline_project.workflows import activation

    done = activation.activate(draft_id, settings.load().actor_name, replace=update)
    if as_json:
        screen.show_json(done)
        return
    screen.say(f"{done.draft.workflow_id} is active: {done.path}", style="green")
    screen.say(done.note)
    screen.say(f"Run it: workflow run {done.draft.workflow_id}")


@drafts_app.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="Activated and discarded ones, too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Drafts, newest first."""
    found = drafts.listed(engine.default(), None if everything else "draft")
    if as_json:
        screen.show_json(found)
        return
    rows = [[draft.id, draft.workflow_id, draft.state, draft.model, draft.query] for draft in found]
    screen.show_table(["draft", "workflow", "state", "model", "request"], rows, empty="There are no drafts.")


@drafts_app.command()
def show(draft_id: str, as_json: JsonOption = False) -> None:
    """One draft: its steps as they would be written, what it may do, what it costs."""
    from pipeline_project.workflows import drafted_file

    draft = drafts.find(engine.default(), draft_id)
    if as_json:
        screen.show_json(draft)
        return
    _tell(draft)
    screen.say(drafted_file.text_of(draft.workflow))


@drafts_app.command()
def discard(draft_id: str) -> None:
    """Discard a draft."""
    gone = drafts.discard(engine.default(), draft_id, actor=settings.load().actor_name)
    screen.say(f"{gone.id} is discarded.")


def _tell(draft: Draft) -> None:
    by = "the offline planner, by rules" if draft.model == "offline" else draft.model
    screen.say(f"{draft.id}: {draft.workflow_id} ({draft.state}), by {by}", style="bold")
    screen.say(draft.explanation)
    rows = [[item.step, item.does, str(item.complexity)] for item in draft.permissions]
    screen.show_table(["step", "does outside", "complexity"], rows, empty="It does nothing outside.")
    cost = "unknown" if draft.estimated_cost is None else f"{draft.estimated_cost:f} USD"
    screen.say(f"Estimated cost of models for one run: {cost}")
