"""`llm chat|models|keys|cost|budget`: ask a model, and see to keys, costs and limits.

A key is read from standard input or a prompt, never from an argument, which other users of the machine can read.
"""

import asyncio
import re
import sys
from contextlib import aclosing
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, get_args

import typer

from pipeline_project import clock, settings
from pipeline_project.cli import screen
from pipeline_project.cli.options import JsonOption
from pipeline_project.errors import InvalidInput
from pipeline_project.llm import budgets, costs, models
from pipeline_project.llm.budgets import Budgets
from pipeline_project.llm.factory import LlmConnection
from pipeline_project.llm.keys import KeyStore, Place, StoredKey, in_environment
from pipeline_project.llm.providers import factory as providers
from pipeline_project.llm.requests import Caller, Request
from pipeline_project.llm.responses import Finished, Response, TextDelta
from pipeline_project.persistence import engine
from pipeline_project.security.redaction import redact_text

app = typer.Typer(no_args_is_help=True)
keys_app = typer.Typer(help="Keys of model providers; their values are never shown.", no_args_is_help=True)
budget_app = typer.Typer(help="Limits of money, in US dollars.", no_args_is_help=True)
app.add_typer(keys_app, name="keys")
app.add_typer(budget_app, name="budget")

# what a person would not see in the answer itself
_CUT = {
    "max_tokens": "the answer was cut off at --max-tokens",
    "model_context_window_exceeded": "the answer was cut off where the model's context window ends",
    "refusal": "the model, or its provider's content policy, refused to answer",
}
# A terminal obeys these; an answer may hold tabs and line ends.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@app.command()
def chat(
    prompt: Annotated[str, typer.Argument(help="What to ask; - reads standard input.")],
    model: Annotated[str, typer.Option(help="A name, an alias or provider/name; empty: the default.")] = "",
    system: Annotated[str, typer.Option(help="Instructions.")] = "",
    max_tokens: Annotated[int, typer.Option(min=1, help="The longest answer.")] = 4096,
    as_json: JsonOption = False,
) -> None:
    """Ask a model; the answer is written as it comes."""
    text = sys.stdin.read() if prompt == "-" else prompt
    caller = Caller(user=settings.load().actor_name)
    request = Request.of_text(text, model=model or None, system=system or None, max_tokens=max_tokens, caller=caller)
    response = asyncio.run(_chat(request, quiet=as_json))
    if as_json:
        screen.show_json({"text": _sayable(response.text), **_facts(response)})
        return
    screen.note(_summary(response))
    if response.stop_reason in _CUT:
        screen.warn(_CUT[response.stop_reason])


async def _chat(request: Request, *, quiet: bool) -> Response:
    connection = replace(LlmConnection.from_settings(settings.load()), retries=2)
    async with connection.open() as client, aclosing(client.stream(request)) as events:
        async for event in events:
            if isinstance(event, TextDelta) and not quiet:
                _write(event.text)
            if isinstance(event, Finished):
                if not quiet:
                    _write("\n")
                return event.response
    raise InvalidInput("the model gave no answer", where="llm chat", remedy="Ask again.")


@app.command("models")
def models_(as_json: JsonOption = False) -> None:
    """The names that can be asked for, what serves them, and whether there is a key."""
    current = settings.load()
    store = KeyStore(engine.default(), current)
    caller = Caller(user=current.actor_name)
    found = []
    for name in models.table().names():
        model = models.resolve(name)
        info = providers.model_info(model.provider, model.upstream)
        ready = store.has(caller, model.provider)
        found.append({**asdict(info), "asked": name, "model": model.upstream, "ready": ready})
    if as_json:
        screen.show_json(found)
        return
    rows = [
        [
            each["asked"],
            f"{each['provider']}/{each['model']}",
            _shown(each["context_window"]),
            _shown(each["input_price"]),
            _shown(each["output_price"]),
            "yes" if each["ready"] else "no key",
        ]
        for each in found
    ]
    columns = ["name", "served by", "context", "$ in / million", "$ out / million", "usable"]
    screen.show_table(columns, rows, empty="The table of models is empty.")


@app.command("cost")
def cost_(
    by: Annotated[str, typer.Option(help=f"One of {', '.join(costs.DIMENSIONS)}.")] = "model",
    since: Annotated[str, typer.Option(help="How far back: 24h, 7d, 4w, or a date.")] = "7d",
    as_json: JsonOption = False,
) -> None:
    """What calls cost; a call whose price is not known is counted apart, never as 0."""
    rows = costs.costs(engine.default(), by=by, since=_since(since))
    if as_json:
        screen.show_json(rows)
        return
    cells = [
        [
            row.subject or "(nobody)",
            str(row.calls),
            str(row.failed),
            str(row.input_tokens),
            str(row.output_tokens),
            f"{row.cost:f}",
            str(row.unpriced),
        ]
        for row in rows
    ]
    columns = [by, "calls", "failed", "tokens in", "tokens out", "US dollars", "price unknown"]
    screen.show_table(columns, cells, empty="No call was made in that time.")


@keys_app.command("set")
def set_key(
    provider: Annotated[str, typer.Argument(help="Whose key.")],
    workspace: Annotated[str, typer.Option(help="For this workspace alone.")] = "",
    user: Annotated[str, typer.Option(help="For this user alone.")] = "",
    environment: Annotated[str, typer.Option(help="For this environment alone.")] = "",
) -> None:
    """Store a key, read from a prompt or standard input."""
    providers.info(provider)
    key = _store().set(Place(provider, workspace, user, environment), _secret(), by=settings.load().actor_name)
    screen.say(f"Stored {_named(key)}.")


@keys_app.command("list")
def list_keys(
    revoked: Annotated[bool, typer.Option("--all", help="Revoked ones too.")] = False, as_json: JsonOption = False
) -> None:
    """The stored keys, by their last four characters."""
    found = _store().every(revoked=revoked)
    if as_json:
        screen.show_json(found)
        return
    rows = [
        [key.id[:8], str(key.place), f"…{key.last4}", f"{key.created_at:%Y-%m-%d}", key.test_outcome or "", _state(key)]
        for key in found
    ]
    screen.show_table(["id", "for", "key", "since", "last test", "state"], rows, empty="No key is stored.")
    held = [f"{key.id} …{key.last4}" for name in providers.names() for key in in_environment(name)]
    if held:
        screen.note(f"Held by the environment, and used where no stored key fits: {', '.join(held)}.")


@keys_app.command("test")
def check_key(
    key: Annotated[str, typer.Argument(help="An id or its beginning, env:VARIABLE, or a provider.")],
    model: Annotated[str, typer.Option(help="A model to look for.")] = "",
) -> None:
    """Ask the provider whether it takes a key; of a provider, the one that its calls would use."""
    screen.say(asyncio.run(_store().test(key, model or None)))


@keys_app.command("rotate")
def rotate(
    key_id: Annotated[str, typer.Argument(help="The id, or its beginning.")] = "",
    encryption: Annotated[bool, typer.Option("--encryption", help="Seal all stored keys anew.")] = False,
    keep_old: Annotated[bool, typer.Option("--keep-old", help="Revoke the old one later.")] = False,
) -> None:
    """Replace a key, read from a prompt or standard input; or seal all keys under the first encryption key."""
    if encryption == bool(key_id):
        raise InvalidInput("give an id or --encryption", where="llm keys rotate", remedy="`llm keys list` shows ids.")
    if encryption:
        count = _store().reseal()
        screen.say(f"Sealed {count} keys anew.")
        return
    key = _store().rotate(key_id, _secret(), by=settings.load().actor_name, keep_old=keep_old)
    screen.say(f"Stored {_named(key)}; the old one is {'still valid' if keep_old else 'revoked'}.")


@keys_app.command("revoke")
def revoke(key_id: Annotated[str, typer.Argument(help="The id, or its beginning.")]) -> None:
    """Use a key no more and forget its value."""
    _store().revoke(key_id)
    screen.say("Revoked. Revoke it at the provider too.")


@budget_app.command("set")
def set_budget(
    scope: Annotated[str, typer.Argument(help="key, user, workspace, workflow or agent.")],
    subject: Annotated[str, typer.Argument(help="Which one; * for each on its own.")],
    limit: Annotated[str, typer.Argument(help="US dollars.")],
    per: Annotated[str, typer.Option(help="day or month.")] = "month",
) -> None:
    """Set or change a limit; what was spent before in the period counts."""
    if scope not in get_args(budgets.Scope) or per not in get_args(budgets.Period):
        remedy = f"Use {', '.join(get_args(budgets.Scope))}; day or month."
        raise InvalidInput(f"{scope} per {per} is no budget", where="llm budget set", remedy=remedy)
    try:
        amount = Decimal(limit)
        # as it is written out, and not as 1E+3
        amount = amount.quantize(Decimal(1)) if amount == amount.to_integral() else amount
    except InvalidOperation as error:
        raise InvalidInput(f"{limit!r} is no amount", where="limit", remedy="Write it as 12.50.") from error
    by = settings.load().actor_name
    budget = Budgets(engine.default()).set(scope, subject, per, limit=amount, by=by)  # pyright: ignore[reportArgumentType] - checked above
    screen.say(f"{budget}: {budget.limit:f} US dollars ({budget.id[:8]}).")


@budget_app.command("list")
def list_budgets(as_json: JsonOption = False) -> None:
    """The limits, what is spent, and what calls under way hold."""
    uses = Budgets(engine.default()).uses(clock.now())
    if as_json:
        screen.show_json(uses)
        return
    rows = [
        [use.budget.id[:8], str(use.budget), use.subject, f"{use.spent:f}", f"{use.held:f}", f"{use.budget.limit:f}"]
        for use in uses
    ]
    screen.show_table(["id", "budget", "subject", "spent", "held", "limit"], rows, empty="No budget is set.")


@budget_app.command("remove")
def remove_budget(budget_id: Annotated[str, typer.Argument(help="The id, or its beginning.")]) -> None:
    """Lift a limit."""
    screen.say(f"Removed the budget of {Budgets(engine.default()).remove(budget_id)}.")


def _write(text: str) -> None:
    """A piece of an answer, at once; a terminal is not steered by it, and a pipe gets it as it is."""
    said = _sayable(redact_text(text))
    sys.stdout.write(_CONTROLS.sub("", said) if sys.stdout.isatty() else said)
    sys.stdout.flush()


def _sayable(text: str) -> str:
    """The text without what standard output has no bytes for, such as half a surrogate pair."""
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def _store() -> KeyStore:
    return KeyStore(engine.default(), settings.load())


def _secret() -> str:
    return typer.prompt("Key", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()


def _named(key: StoredKey) -> str:
    return f"{key.id[:8]} …{key.last4} for {key.place}"


def _state(key: StoredKey) -> str:
    return "revoked" if key.revoked_at else "in use"


def _shown(value: Any) -> str:
    return "unknown" if value is None else str(value)


def _facts(response: Response) -> dict[str, Any]:
    names = ("provider", "model", "asked", "usage", "cost", "latency_seconds", "stop_reason", "reason", "offline")
    return {name: getattr(response, name) for name in (*names, "call_id", "attempts")}


def _summary(response: Response) -> str:
    cost = "cost unknown" if response.cost is None else f"${response.cost:f}"
    used = response.usage
    return (
        f"{response.provider}/{response.model}, {used.input} tokens in, {used.output} out, {cost}, "
        f"{response.latency_seconds:.2f} s"
    )


def _since(text: str) -> datetime:
    found = re.fullmatch(r"(\d{1,4})([mhdw])", text)
    if found:
        return clock.now() - timedelta(**{_UNITS[found[2]]: int(found[1])})
    try:
        return datetime.fromisoformat(f"{text}T00:00:00+00:00")
    except ValueError as error:
        raise InvalidInput(f"{text!r} is no time", where="--since", remedy="Write 24h, 7d or 2026-11-01.") from error
