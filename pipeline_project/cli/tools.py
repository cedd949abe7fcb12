"""`tools list|schema|run|batch`: the tools of agents, called by a person in a folder of theirs.

Whoever types is the actor, so the built-in rules allow what a person may do; `--policy` lays rules over that. Refuses
to print an image: a sentence about it is printed. Exit 1 when a call failed.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline_project import settings
from pipeline_project.cli import screen
from pipeline_project.cli.options import JsonOption
from pipeline_project.errors import InvalidInput
from pipeline_project.persistence import engine
from pipeline_project.tools import Session, ToolResult, plan, results, run_batch, run_tool, tools
from pipeline_project.tools.answers import answers_in_force
from pipeline_project.tools.calls import read_calls
from pipeline_project.tools.policy import policy_in_force, policy_of

app = typer.Typer(no_args_is_help=True)

WorkspaceOption = Annotated[
    Path | None, typer.Option("--workspace", "-w", help="The folder to work in; the current one unless given.")
]
PolicyOption = Annotated[Path | None, typer.Option("--policy", help="YAML rules: allow, ask, deny.")]


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """The tools there are."""
    found = [
        {
            "name": tool.name,
            "complexity": int(tool.complexity),
            "family": tool.family,
            "aliases": tools().aliases(tool.name),
            "description": tool.description.partition(". ")[0].rstrip(".") + ".",
        }
        for tool in tools()
    ]
    if as_json:
        screen.show_json(found)
        return
    rows = [[each["name"], str(each["complexity"]), each["family"], each["description"]] for each in found]
    screen.show_table(["name", "complexity", "family", "does"], rows, empty="")


@app.command()
def schema(name: str) -> None:
    """The JSON Schema of a tool's input."""
    sys.stdout.write(json.dumps(tools().get(name).schema(), indent=2) + "\n")


@app.command()
def run(
    name: str,
    values: Annotated[
        str, typer.Option("--input", "-i", help="The input as JSON; @FILE reads a file, @- standard input.")
    ] = "{}",
    workspace: WorkspaceOption = None,
    policy: PolicyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Call one tool; exit 1 if the call failed."""
    tools().get(name)
    given = _input(values)

    async def call() -> ToolResult:
        async with _session(workspace, policy) as session:
            return await run_tool(name, given, session)

    result = asyncio.run(call())
    value = results.as_json(result)
    if as_json:
        screen.show_json(value)
    else:
        screen.say(results.text_of(value), style="red" if result.is_error else "")
    raise typer.Exit(1 if result.is_error else 0)


@app.command()
def batch(
    file: Path,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and run nothing.")] = False,
    atomic: Annotated[bool, typer.Option("--atomic", help="All file changes stand, or none.")] = False,
    workspace: WorkspaceOption = None,
    policy: PolicyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a file of calls (JSON, YAML, JSONL), as much at once as is safe; exit 1 if a call failed."""
    calls = read_calls(file)
    if dry_run:
        made = plan(calls, _session(workspace, policy))
        if as_json:
            screen.show_json(made.as_json())
        for line in made.lines() if not as_json else ():
            screen.say(line)
        return

    async def all_calls() -> list[ToolResult]:
        async with _session(workspace, policy) as session:
            return await run_batch(calls, session, atomic=atomic)

    ended = [results.as_json(result) for result in asyncio.run(all_calls())]
    if as_json:
        screen.show_json(
            [{"name": call.name, "id": call.id, **result} for call, result in zip(calls, ended, strict=True)]
        )
    for number, (call, result) in enumerate(zip(calls, ended, strict=True), start=1):
        if not as_json:
            screen.say(f"{number}. {call.name} {'failed' if result['is_error'] else 'done'}", style="bold")
            screen.say(results.text_of(result), style="red" if result["is_error"] else "")
    raise typer.Exit(1 if any(result["is_error"] for result in ended) else 0)


def _session(workspace: Path | None, policy: Path | None) -> Session:
    return Session(
        workspace or Path.cwd(),
        policy_in_force() if policy is None else policy_of(policy),
        actor=settings.load().actor_name,
        database=engine.default(),
        network=settings.load().sandbox_network,
        answers=answers_in_force(),
    )


def _input(given: str) -> dict[str, Any]:
    where = "--input"
    text = given
    if given.startswith("@"):
        where = given[1:] if given != "@-" else "standard input"
        try:
            text = sys.stdin.read() if given == "@-" else Path(where).read_text(encoding="utf-8")
        except OSError as error:
            raise InvalidInput(f"cannot be read: {error.strerror}", where=where) from error
        except UnicodeDecodeError as error:
            raise InvalidInput("is not UTF-8 text", where=where) from error
    try:
        value = json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"is no JSON: {error}", where=where) from error
    if not isinstance(value, dict):
        raise InvalidInput("is no JSON object", where=where, remedy='Write {"field": "value"}.')
    return value
