"""From a sentence to a draft: a model writes a definition, `check` judges it, and what is wrong goes back to the model.

Nothing generated runs by itself: a draft waits for a person (`activation`). Refuses a workflow that still has problems
after three rounds, and one that the model itself says it cannot write.
"""

import asyncio
from dataclasses import replace
from typing import Any, Final, Protocol

from pipeline_project import clock, settings
from pipeline_project.errors import InvalidDefinition, InvalidInput
from pipeline_project.governance.actions import Complexity
from pipeline_project.llm.client import Client
from pipeline_project.llm.framing import frame
from pipeline_project.llm.requests import Caller, Needs, Request
from pipeline_project.llm.responses import Response
from pipeline_project.persistence import engine, json
from pipeline_project.persistence.engine import Database
from pipeline_project.workflows import activation, drafts, load
from pipeline_project.workflows.check import Report, check
from pipeline_project.workflows.drafting_prompt import answer_schema, system_prompt
from pipeline_project.workflows.drafts import Draft
from pipeline_project.workflows.effects_outside import estimated_cost, permissions
from pipeline_project.workflows.models import WorkflowDefinition

ROUNDS: Final = 3
_MOST_TOKENS: Final = 16_000
_SHOWN: Final = 2_000


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
    proposed: dict[str, Any] = {}
    for _ in range(ROUNDS):
        response = await client.complete(request)
        answered = response.parsed if isinstance(response.parsed, dict) else {}
        if not isinstance(answered.get("workflow"), dict):
            raise InvalidInput(str(answered.get("refusal") or "the model wrote no workflow"))
        proposed = _named_freely(answered["workflow"])
        report = check(proposed)
        rounds.append(_problems(report))
        if report.ok and report.definition is not None:
            return _stored(query, report.definition, str(answered.get("explanation", "")), response, actor, rounds)
        if response.offline:
            break  # the same answer would come again
        request = replace(request, messages=[*request.messages, *_corrections(response, rounds[-1])])
    raise InvalidDefinition(
        f"{'; '.join(rounds[-1])}. Answer {len(rounds)}, the last: {json.dumps(proposed)[:_SHOWN]}",
        where="the generated workflow",
        remedy="Say the request in other words, or write the workflow yourself.",
    )


def _problems(report: Report) -> list[str]:
    return [f"{item.path}: {item.message}" if item.path else item.message for item in report.problems]


def _corrections(response: Response, problems: list[str]) -> list[dict[str, Any]]:
    listed = "\n".join(f"- {problem}" for problem in problems)
    return [
        {"role": "assistant", "content": response.text or json.dumps(response.parsed)},
        {"role": "user", "content": f"It has problems. Answer with the whole object again, corrected:\n{listed}"},
    ]


def _named_freely(proposed: dict[str, Any]) -> dict[str, Any]:
    """The definition under an id that no other content has."""
    raw: dict[str, Any] = {key: json.to_json(value) for key, value in proposed.items()}
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
