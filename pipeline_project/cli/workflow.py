"""`workflow list|show|check|run|schema`."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline_project.cli import screen, story
from pipeline_project.cli.generate import activate, drafts_app, generate
from pipeline_project.cli.options import JsonOption, from_file, from_pairs, from_run_config
from pipeline_project.errors import InvalidInput
from pipeline_project.persistence import json
from pipeline_project.workflows import load as loading
from pipeline_project.workflows.models import WorkflowDefinition, WorkflowStatus, WorkflowStep
from pipeline_project.workflows.planning import exits, heads

app = typer.Typer(no_args_is_help=True)
app.command()(generate)
app.command()(activate)
app.add_typer(drafts_app, name="drafts")


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """The workflows that can be run, and the files that are broken."""
    catalog = loading.load_default()
    if as_json:
        broken = [{"file": source.path, "problems": source.report.problems} for source in catalog.broken]
        screen.show_json({"workflows": [_summary(item) for item in catalog.definitions.values()], "broken": broken})
        return
    rows = [[key, item.title, str(len(item.steps)), item.category] for key, item in sorted(catalog.definitions.items())]
    screen.show_table(["id", "name", "steps", "category"], rows, empty="There are no workflows.")
    for source in catalog.broken:
        screen.warn(f"{source.path}: {loading.summary(source.report)}")


@app.command()
def show(workflow_id: str, as_json: JsonOption = False) -> None:
    """One workflow: its input, its steps and where they lead."""
    definition = loading.load_default().get(workflow_id)
    if as_json:
        screen.show_json(definition.stored())
        return
    screen.say(f"{definition.title} ({definition.id})", style="bold")
    if definition.description:
        screen.say(definition.description.strip())
    _show_input(definition)
    rows = [
        [step.id, step.type.value, ", ".join(_leads_to(step)) or "-", step.name or step.description.strip()]
        for step in definition.steps.values()
    ]
    screen.say()
    screen.show_table(["step", "type", "leads to", "does"], rows, empty="")


@app.command()
def check(files: list[Path], as_json: JsonOption = False) -> None:
    """All problems of workflow files, or of all the files in a folder; exit 1 if there are any."""
    catalog = loading.load(files)
    if as_json:
        screen.show_json(
            [
                {"file": source.path, "ok": source.report.ok, "problems": source.report.problems}
                for source in catalog.sources
            ]
        )
    for source in catalog.sources if not as_json else ():
        if source.report.ok:
            screen.say(f"{source.path}: ok", style="green")
        for problem in source.report.problems:
            screen.say(f"{source.path}: {problem.path + ': ' if problem.path else ''}{problem.message}", style="red")
    if not catalog.sources:
        raise InvalidInput("no workflow file here", where=", ".join(map(str, files)), remedy="Name *.yaml files.")
    raise typer.Exit(1 if catalog.broken else 0)


@app.command()
def run(
    workflow_id: str,
    input_file: Annotated[Path | None, typer.Option("--input", "-i", help="JSON or YAML file of the input.")] = None,
    config: Annotated[Path | None, typer.Option("--config", "-c", help="Dagster run config of the job.")] = None,
    values: Annotated[list[str] | None, typer.Option("--set", "-s", help="One input field: name=value.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Run a workflow here and tell what happened; exit 1 if it failed."""
    from pipeline_project.workflows import launch

    given = {**from_run_config(config), **from_file(input_file), **from_pairs(values)}
    launched = launch.execute_workflow(workflow_id, given)
    story.tell(launched, as_json=as_json)
    raise typer.Exit(1 if launched.status is WorkflowStatus.FAILED else 0)


@app.command()
def schema() -> None:
    """JSON Schema of a workflow file, for editors."""
    from pipeline_project.workflows.schema import definition_schema

    sys.stdout.write(json.dumps(definition_schema(), indent=2) + "\n")


def _summary(definition: WorkflowDefinition) -> dict[str, Any]:
    return {
        "id": definition.id,
        "name": definition.title,
        "description": definition.description,
        "category": definition.category,
        "tags": definition.tags,
        "steps": list(definition.steps),
        "complexity_score": definition.complexity_score,
    }


def _leads_to(step: WorkflowStep) -> list[str]:
    return list(dict.fromkeys([*heads(step), *(target for _, target in exits(step))]))


def _show_input(definition: WorkflowDefinition) -> None:
    properties = definition.input_schema.get("properties")
    required = definition.input_schema.get("required") or []
    if not isinstance(properties, dict) or not properties:
        return
    screen.say("\nInput:")
    for name, field in properties.items():
        kind = field.get("type", "any") if isinstance(field, dict) else "any"
        kind = " or ".join(kind) if isinstance(kind, list) else kind
        text = field.get("description", "") if isinstance(field, dict) else ""
        needed = "required" if isinstance(required, list) and name in required else "optional"
        screen.say(f"  {name} ({kind}, {needed}) {text}")
