"""An answer that fits a JSON Schema: how it is asked for, how it is read, and the one round that may repair it.

The provider's own schema mode is used where it has one that takes this schema, else a forced tool call, else a prompt;
whatever the way, the answer is checked here. Refuses an answer that does not fit, and a schema that is none.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator

from pipeline_project.errors import ContentRefused, InvalidInput, RequestRejected
from pipeline_project.llm.native_schemas import is_of_object, native_schema, wrapped
from pipeline_project.llm.providers.base import ModelInfo
from pipeline_project.llm.requests import Request
from pipeline_project.llm.responses import Response
from pipeline_project.persistence import json
from pipeline_project.security.redaction import redact_text
from pipeline_project.validation import schemas

Mode = Literal["native", "tool", "prompt"]
TOOL: Final = "give_answer"
_LONGEST_SHOWN: Final = 500
_FENCE: Final = re.compile(r"\A\s*```[a-zA-Z]*\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL)


@dataclass(frozen=True)
class Reading:
    """An answer read: the value, or what is wrong with it. `own_calls`: the model called the caller's tools instead."""

    value: Any = None
    problems: tuple[str, ...] = ()
    own_calls: bool = False


def require_schema(schema: Mapping[str, Any]) -> None:
    """Raise InvalidInput for what is no JSON Schema (2020-12)."""
    found = schemas.read_schema(dict(schema), schemas.Budget()).problem
    if found is not None:
        place = ".".join(["schema", *map(str, found.path)])
        raise InvalidInput(f"is no JSON Schema: {found.message}", where=place, remedy="Correct the schema.")


def _a_schema(schema: dict[str, Any]) -> dict[str, Any]:
    try:
        require_schema(schema)
    except InvalidInput as error:
        raise ValueError(f"{error.where} {error.message}") from error
    return schema


AnswerSchema = Annotated[dict[str, Any], AfterValidator(_a_schema)]
"""A field of a pydantic model that holds a JSON Schema."""


def mode_of(info: ModelInfo, schema: Mapping[str, Any]) -> Mode:
    """How to ask this model for such an answer."""
    if info.json_schema and native_schema(schema, info.provider) is not None:
        return "native"
    return "tool" if info.tools else "prompt"


def body_of(request: Request, info: ModelInfo, model: str) -> dict[str, Any]:
    """The body of `POST /v1/messages` that asks for the answer; without a schema, the request's own."""
    body = request.body(model)
    if request.schema is None:
        return body
    schema = dict(request.schema)
    mode = mode_of(info, schema)
    if mode == "native":
        form = {"type": "json_schema", "schema": native_schema(schema, info.provider)}
        return {**body, "output_config": {**(body.get("output_config") or {}), "format": form}}
    if mode == "tool":
        return _by_tool(body, schema)
    wish = f"Answer with one JSON value that fits this JSON Schema, and nothing else:\n{json.dumps(schema)}"
    return {**body, "system": _with_system(body.get("system"), wish)}


def _by_tool(body: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The schema as a tool that has to be called; a schema of something else than an object is wrapped in one."""
    if not is_of_object(schema):
        schema = wrapped(schema)
    tool = {"name": TOOL, "description": "Gives the answer. Call it once, with all of it.", "input_schema": schema}
    own = list(body.get("tools") or [])
    # beside the caller's tools any may be called, and this one ends the work
    choice = {"type": "any"} if own else {"type": "tool", "name": TOOL}
    asked = {**body, "tools": [*own, tool], "tool_choice": choice}
    asked.pop("thinking", None)  # no vendor takes a forced call beside thinking
    return asked


def read(response: Response, schema: Mapping[str, Any]) -> Reading:
    """The answer's value, checked. Raises ContentRefused, or RequestRejected for one that was cut off."""
    place = f"{response.provider}/{response.model}"
    if response.stop_reason == "refusal":
        raise ContentRefused("the model refused to answer", where=place, remedy="Change the request.")
    if response.stop_reason == "max_tokens":
        raise RequestRejected("the answer was cut off at max_tokens", where=place, remedy="Raise max_tokens.")
    calls = response.tool_calls
    given = [call.input for call in calls if call.name == TOOL]
    if calls and not given:
        return Reading(own_calls=True)
    if given:
        value = json.to_json(given[-1] if is_of_object(schema) else given[-1].get("value"))
        return _checked(value, schema)
    try:
        value = _parsed(response.text)
    except InvalidInput as error:
        return Reading(problems=(error.message,))
    if not is_of_object(schema) and isinstance(value, dict) and value.keys() == {"value"}:
        # asked for as `wrapped` says, unless the schema itself is of such an object
        inner = _checked(value["value"], schema)
        return inner if not inner.problems else _either(inner, _checked(value, schema))
    return _checked(value, schema)


def _either(one: Reading, other: Reading) -> Reading:
    """The second reading if it fits, else the first with its problems."""
    return one if other.problems else other


def _checked(value: Any, schema: Mapping[str, Any]) -> Reading:
    budget = schemas.Budget()
    found = schemas.mismatches(value, schemas.read_schema(dict(schema), budget), budget)
    problems = tuple(f"{'.'.join(map(str, each.path)) or 'the value'}: {each.message}" for each in found)
    return Reading(value, problems)


def _parsed(text: str) -> Any:
    """The JSON value of a text, alone or in a code fence."""
    fenced = _FENCE.match(text)
    return json.loads(fenced[1] if fenced else text, where="answer")


def repair_of(request: Request, response: Response, problems: Sequence[str]) -> Request:
    """The request again, with the answer and what is wrong with it; plain text, so that any model can take it."""
    wish = f"That answer does not fit the schema:\n{_lines(problems)}\nAnswer again with the whole value, made to fit."
    turns = [{"role": "assistant", "content": _said(response) or "(nothing)"}, {"role": "user", "content": wish}]
    return replace(request, messages=[*request.messages, *turns])


def summed(first: Response, second: Response) -> Response:
    """The second answer with what both used; a cost that is not known makes the sum unknown."""
    costs = [each.cost for each in (first, second) if each.cost is not None]
    return replace(
        second,
        usage=first.usage + second.usage,
        cost=sum(costs, Decimal(0)) if len(costs) == 2 else None,
        latency_seconds=first.latency_seconds + second.latency_seconds,
        attempts=first.attempts + second.attempts,
    )


def refusal_of(first: Response, second: Response | None, problems: Sequence[str]) -> RequestRejected:
    """The error after a repair that did not help, or none that could be asked for; the answers cut and redacted."""
    said = [f"answered: {_shown(_said(first))}"]
    said += [f"asked again, it answered: {_shown(_said(second))}"] if second else []
    message = f"the answer does not fit the schema: {'; '.join(problems[:5])}; {'; '.join(said)}"
    remedy = "Simplify the schema, say more in the prompt, or use a stronger model."
    return RequestRejected(redact_text(message), where=f"{first.provider}/{first.model}", remedy=remedy)


def _said(response: Response) -> str:
    given = [call.input for call in response.tool_calls if call.name == TOOL]
    return json.dumps(given[-1]) if given else response.text


def _shown(text: str) -> str:
    clean = redact_text(" ".join(text.split()))
    return clean if len(clean) <= _LONGEST_SHOWN else f"{clean[:_LONGEST_SHOWN]}…"


def _lines(problems: Sequence[str]) -> str:
    return "\n".join(f"- {problem}" for problem in problems)


def _with_system(system: Any, wish: str) -> Any:
    if isinstance(system, list):
        return [*system, {"type": "text", "text": wish}]
    return f"{system}\n\n{wish}" if system else wish
