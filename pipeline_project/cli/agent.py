"""`agent run|list|show|profiles`."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline_project import clock, settings
from pipeline_project.agents import journal, profiles
from pipeline_project.agents.hold import is_held
from pipeline_project.agents.models import RETRIES_OF_A_TURN, AgentResult
from pipeline_project.agents.order import Order, amount
from pipeline_project.cli import screen
from pipeline_project.cli.options import JsonOption, from_pairs
from pipeline_project.persistence import engine

app = typer.Typer(no_args_is_help=True)
_SHOWN = 100


@app.command()
def run(
    task: Annotated[str, typer.Argument(help="What it shall do.")],
    agent: Annotated[str, typer.Option(help="A profile, or the path of a YAML file.")] = "general-purpose",
    model: Annotated[str, typer.Option(help="The model; PIPELINE_LLM_MODEL unless said.")] = "",
    workspace: Annotated[Path, typer.Option(help="The folder it may work in.")] = Path(),
    tool: Annotated[list[str] | None, typer.Option("--tool", help="A tool it has; may be repeated.")] = None,
    values: Annotated[list[str] | None, typer.Option("--set", "-s", help="An input, name=value.")] = None,
    allow: Annotated[list[str] | None, typer.Option(help="A rule that allows, such as 'Bash(git *)'.")] = None,
    max_turns: Annotated[int | None, typer.Option(min=1, help="Answers of the model.")] = None,
    max_cost: Annotated[str, typer.Option(help="US dollars.")] = "",
    run_id: Annotated[str, typer.Option(help="Go on with this run.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Run an agent to its last answer; interrupted, the same --run-id goes on where it was."""
    from pipeline_project.agents.start import start
    from pipeline_project.llm.factory import LlmConnection

    order = Order(
        task=task,
        agent=agent,
        model=model,
        tools=tuple(tool) if tool else None,
        inputs=from_pairs(values),
        workspace=workspace,
        policy=_with_rules(allow),
        max_turns=max_turns,
        max_cost=amount(max_cost, where="--max-cost"),
        run_id=run_id or clock.new_id(),
    )
    screen.note(f"run {order.run_id}")

    connection = replace(LlmConnection.from_settings(settings.load()), retries=RETRIES_OF_A_TURN)

    async def go() -> AgentResult:
        async with connection.open() as client:
            return await start(order, client=client, database=engine.default(), user=settings.load().actor_name)

    result = asyncio.run(go())
    if as_json:
        screen.show_json(result)
        return
    for call in result.calls:
        screen.say(f"  {call.turn}. {call.tool}{' (error)' if call.is_error else ''} {call.seconds:.2f} s")
    screen.say(result.text)
    cost = "unknown" if result.cost is None else f"{result.cost} USD"
    tokens = f"{result.usage.input} tokens in, {result.usage.output} out"
    screen.say(f"{result.turns} turns, {tokens}, cost {cost}, {result.provider}/{result.model}")


@app.command("list")
def list_(limit: Annotated[int, typer.Option(min=1, max=1000)] = 20, as_json: JsonOption = False) -> None:
    """Runs, newest first."""
    found = [_as_it_is(row) for row in journal.runs(engine.default(), limit=limit)]
    if as_json:
        screen.show_json(found)
        return
    rows = [
        [row["id"], row["agent"], row["status"], f"{row['began_at']:%Y-%m-%d %H:%M:%S}", row["task"][:_SHOWN]]
        for row in found
    ]
    screen.show_table(["run", "agent", "status", "began (UTC)", "task"], rows, empty="No agent has run yet.")


@app.command()
def show(run_id: str, as_json: JsonOption = False) -> None:
    """One run: every model call and tool call."""
    found, entries = journal.run(engine.default(), run_id)
    found = _as_it_is(found)
    if as_json:
        screen.show_json({**found, "entries": entries})
        return
    screen.say(f"{found['id']}  {found['agent']}  {found['status']}")
    screen.say(found["task"])
    for entry in entries:
        screen.say(f"  {entry.scope:16} {_outcome(entry, found['status']):8} {_brief(entry)}")
    if found["error"]:
        screen.say(found["error"]["message"], style="red")


@app.command("profiles")
def profiles_(as_json: JsonOption = False) -> None:
    """The agents that ship."""
    agents = [profiles.find(name) for name in profiles.names()]
    if as_json:
        screen.show_json(agents)
        return
    rows = [[agent.name, str(len(agent.tools)), agent.description] for agent in agents]
    screen.show_table(["agent", "tools", "does"], rows, empty="None ship.")


def _as_it_is(row: dict[str, Any]) -> dict[str, Any]:
    """A run whose process is gone is not running, whatever its row says."""
    gone = row["status"] == "running" and not is_held(row["id"])
    return {**row, "status": "interrupted"} if gone else row


def _with_rules(allow: list[str] | None) -> dict[str, Any] | None:
    """Rules of the command line: what they do not cover stays with the built-in levels."""
    return {"allow": allow, "default": "levels"} if allow else None


def _outcome(entry: journal.Entry, run_status: str) -> str:
    """How a call ended; nobody knows of one that a crash cut off."""
    if entry.status == "running" and run_status != "running":
        return "unknown"
    failed = isinstance(entry.output, dict) and entry.output.get("is_error")
    return "error" if failed else entry.status


def _brief(entry: journal.Entry) -> str:
    if not isinstance(entry.output, dict):
        return ""
    if entry.status == "waiting":
        return f"approval {entry.output['request_id'][:12]}"
    content = entry.output.get("content") or (entry.output.get("message") or {}).get("content") or []
    texts = [block.get("text") or f"{block.get('name')} {screen.compact(block.get('input'))}" for block in content]
    text = " ".join(" ".join(texts).split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
