"""From a sentence to a draft: a model writes a definition, `check` judges it, and what is wrong goes back to the model.

Nothing generated runs by itself: a draft waits for a person (`activation`). Refuses a workflow that still has problems
after three rounds, and one that the model itself says it cannot write.
"""

import asyncio
from dataclasses import replace
from typing import Any, Final, Protocol

from pipeline_project import clock, settings
from pipeline_project.errors import InvalidDefinition, InvalidInput, PipelineError
from pipeline_project.governance.actions import Complexity
from pipeline_project.llm.client import Client
from pipeline_project.llm.framing import frame
from pipeline_project.llm.requests import Caller, Needs, Request
from pipeline_project.llm.responses import Response
from pipeline_project.persistence import engine, json
from pipeline_project.persistence.engine import Database
from pipeline_project.workflows import activation, drafted_file, drafts, load
from pipeline_project.workflows.check import Report, check
from pipeline_project.workflows.drafting_prompt import answer_schema, system_prompt
from pipeline_project.workflows.drafts import Draft
from pipeline_project.workflows.effects_outside import estimated_cost, permissions
from pipeline_project.workflows.models import WorkflowDefinition

ROUNDS: Final = 3
_MOST_TOKENS: Final = 16_000
_SHOWN: Final = 2_000
_LONGEST_SAID: Final = 8_000
_MOST_NAMED: Final = 10
_MOST_SENT: Final = 50
"""Problems in an error, and problems sent back: the first ones say enough."""


class Completes(Protocol):
    """What is needed of a client."""

    async def complete(self, request: Request) -> Response:
        """The whole answer."""
        ...


def generate_dynamic_workflow(
    query: str,
    *,
    model: str | None = None,
    user: str | None = None,
    client: Completes | None = None,
    database: Database | None = None,
) -> Draft:
    """The stored draft of a request; activated at once where the settings allow it and it only reads and analyzes.

    Raises InvalidInput (the request is not understood), InvalidDefinition (problems remain), and what the client does.
    """
    return asyncio.run(draft_workflow(query, model=model, user=user, client=client, database=database))


async def draft_workflow(
    query: str,
    *,
    model: str | None = None,
    user: str | None = None,
    client: Completes | None = None,
    database: Database | None = None,
) -> Draft:
    """The same, for callers with an event loop."""
    if not query.strip():
        raise InvalidInput("the request is empty", where="query", remedy="Say in a sentence what shall happen.")
    if not query.isascii() and any("\ud800" <= each <= "\udfff" for each in query):
        raise InvalidInput("the request holds bytes that are no text", where="query", remedy="Give it as UTF-8.")
    store = database or engine.default()
    actor = user or settings.load().actor_name
    if client is None:
        async with Client(settings.load(), store) as opened:
            draft = await _draft(query, model, actor, opened)
    else:
        draft = await _draft(query, model, actor, client)
    await asyncio.to_thread(drafts.save, store, draft)
    if settings.load().auto_activate and all(item.complexity <= Complexity.ANALYZE for item in draft.permissions):
        await asyncio.to_thread(activation.activate, draft.id, actor, database=store)
        draft = await asyncio.to_thread(drafts.find, store, draft.id)
    return draft


async def _draft(query: str, model: str | None, actor: str, client: Completes) -> Draft:
    request = Request.of_text(
        f"Write the workflow for this request:\n\n{frame(query, name='request')}",
        model=model,
        system=system_prompt(),
        max_tokens=_MOST_TOKENS,
        schema=answer_schema(),
        needs=Needs(complexity="complex", json=True),
        caller=Caller(user=actor),
    )
    rounds: list[list[str]] = []
    answered: dict[str, Any] = {}
    response: Response | None = None
    for _ in range(ROUNDS):
        response = await client.complete(request)
        answered = response.parsed if isinstance(response.parsed, dict) else {}
        if not isinstance(answered.get("workflow"), dict):
            raise InvalidInput(_plain(answered.get("refusal") or "the model wrote no workflow"))
        definition, problems = _judged(answered["workflow"])
        rounds.append(problems)
        if definition is not None:
            return _stored(query, definition, _explained(answered), response, actor, rounds)
        if response.offline:
            break  # the same answer would come again
        request = replace(request, messages=[*request.messages, *_corrections(response, problems)])
    # the planner's answer is no model's words: what is wrong with it says enough
    last = (
        ""
        if response is None or response.offline
        else f". Answer {len(rounds)}, the last: {_shown(answered['workflow'])[:_SHOWN]}"
    )
    raise InvalidDefinition(
        f"{'; '.join(_first(rounds[-1], _MOST_NAMED))}{last}",
        where="the generated workflow",
        remedy="Say the request in other words, or write the workflow yourself.",
    )


def _judged(proposed: dict[str, Any]) -> tuple[WorkflowDefinition | None, list[str]]:
    """The definition that could be activated as it is, or everything that is wrong with it."""
    try:
        report = check(_named_freely(proposed))
        if not report.ok or report.definition is None:
            return None, _problems(report)
        drafted_file.text_of(report.definition)
    except PipelineError as error:
        return None, [str(error)]
    except RecursionError:
        return None, ["it is nested too deep"]
    return report.definition, []


def _problems(report: Report) -> list[str]:
    return [f"{item.path}: {item.message}" if item.path else item.message for item in report.problems]


def _first(problems: list[str], count: int) -> list[str]:
    rest = len(problems) - count
    return [*problems[:count], *([f"and {rest} more"] if rest > 0 else [])]


def _corrections(response: Response, problems: list[str]) -> list[dict[str, Any]]:
    listed = "\n".join(f"- {problem}" for problem in _first(problems, _MOST_SENT))
    return [
        {"role": "assistant", "content": response.text or _shown(response.parsed)},
        {"role": "user", "content": f"It has problems. Answer with the whole object again, corrected:\n{listed}"},
    ]


def _shown(value: Any) -> str:
    """A value that a model wrote, as JSON where it has such a form."""
    try:
        return json.dumps(value).encode("utf-8", "backslashreplace").decode("utf-8")
    except (InvalidInput, RecursionError):
        return "(it has no JSON form)"


def _explained(answered: dict[str, Any]) -> str:
    """What the model says of its workflow, and of what it left out."""
    left_out = _plain(answered.get("refusal") or "")
    said = _plain(answered.get("explanation") or "")
    return f"Not all of it could be done: {left_out}\n{said}" if left_out else said


def _plain(said: Any) -> str:
    """A model's words as lines that steer no terminal."""
    kept = "".join(each for each in str(said) if each.isprintable() or each == "\n").strip()
    return kept if len(kept) <= _LONGEST_SAID else f"{kept[:_LONGEST_SAID]}…"


def _named_freely(proposed: dict[str, Any]) -> dict[str, Any]:
    """The definition under an id that no other content has."""
    raw: dict[str, Any] = drafted_file.spelled(json.to_json(proposed))
    known = load.load_default().definitions
    first = name = str(raw.get("id", ""))
    number = 2
    while name in known and not _same(raw, name, known[name]):
        name, number = f"{first}_{number}", number + 1
    return {**raw, "id": name} if "id" in raw else raw


def _same(raw: dict[str, Any], name: str, known: WorkflowDefinition) -> bool:
    definition = check({**raw, "id": name}).definition
    return definition is not None and definition.content_hash == known.content_hash


def _stored(
    query: str,
    definition: WorkflowDefinition,
    explanation: str,
    response: Response,
    actor: str,
    rounds: list[list[str]],
) -> Draft:
    return Draft(
        id=clock.new_id()[:12],
        workflow_id=definition.id,
        query=query,
        definition=definition.stored(),
        content_hash=definition.content_hash,
        explanation=explanation,
        permissions=permissions(definition),
        estimated_cost=estimated_cost(definition),
        model=response.model,
        rounds=tuple({"problems": problems} for problems in rounds),
        state="draft",
        created_at=clock.now(),
        created_by=actor,
    )
