"""The offline model as a model client: a scripted turn, else a forced tool call, else a shaped object, else an extract.

Every message says that it is offline: `model` is "offline", its id begins with `msg_offline_`, and an extract says so
in its first line (an object or a scripted turn is exactly what was asked for). Refuses to pass for a model.
"""

import hashlib
from bisect import bisect_right
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from pipeline_project.conversion import shape
from pipeline_project.errors import InvalidInput
from pipeline_project.llm.offline import extract, planner
from pipeline_project.llm.offline.events import events_of
from pipeline_project.llm.offline.reading import Reading, read
from pipeline_project.llm.offline.script import Script
from pipeline_project.llm.offline.shaped import shape_of
from pipeline_project.llm.offline.tool_use import fitting_call
from pipeline_project.llm.offline.words import words
from pipeline_project.messages.shapes import Block, Event
from pipeline_project.messages.tokens import estimate_tokens

NAME: Final = "offline"


class OfflineModel:
    """Answers Messages requests: keyless, deterministic, the same on every machine."""

    def __init__(self, script: Script | Iterable[Any] | Path | None = None) -> None:
        """`script`: turns to play, or the file that holds them. Raises InvalidInput when it is no script."""
        if isinstance(script, Path):
            script = Script.load(script)
        self._script = script if script is None or isinstance(script, Script) else Script(script)

    async def complete(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer as an Anthropic message; token counts are estimates. Raises InvalidInput, as the protocol says."""
        request = shape.an_object(dict(request), "$")
        digest = hashlib.blake2b(shape.json_ascii(request, "$").encode(), digest_size=12).hexdigest()
        blocks, stop_reason, stop_sequence = _ended(self._blocks(request), request)
        for number, block in enumerate(block for block in blocks if block["type"] == "tool_use"):
            block.setdefault("id", f"toolu_offline_{digest}_{number}")
        return {
            "id": f"msg_offline_{digest}",
            "type": "message",
            "role": "assistant",
            "model": NAME,
            "content": blocks,
            "stop_reason": stop_reason,
            "stop_sequence": stop_sequence,
            "usage": {
                "input_tokens": max(1, estimate_tokens(request)),
                "output_tokens": _tokens(blocks),
                "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 0,
            },
        }

    async def stream(self, request: Mapping[str, Any]) -> AsyncIterator[Event]:
        """The same answer as stream events, a few words at a time."""
        for event in events_of(await self.complete(request)):
            yield event

    def _blocks(self, request: dict[str, Any]) -> list[Block]:
        reading = read(request)
        if self._script is not None:
            return self._script.turn(request["messages"])
        choice = shape.an_object(request.get("tool_choice") or {}, "$.tool_choice")
        if choice.get("type") in ("any", "tool"):
            return [_call(request, choice, reading)]
        if (call := fitting_call(request)) is not None:
            return [call]
        schema, where = _wanted_schema(request)
        if schema is None:
            return [{"type": "text", "text": extract.answer(reading)}]
        if planner.is_asked(schema):
            value = planner.answer(schema, request["messages"])
        else:
            value = shape_of(schema, reading.text, where=where, today=reading.today)
        return [{"type": "text", "text": shape.json_text(value, where)}]


def _call(request: dict[str, Any], choice: dict[str, Any], reading: Reading) -> Block:
    """A call of the named tool, or of the one whose name and description share most words with the question."""
    asked = frozenset(words(reading.question))
    best: tuple[int, int] | None = None
    tools = shape.a_list(request.get("tools") or [], "$.tools")
    for index, tool in enumerate(tools):
        if "input_schema" not in shape.an_object(tool, f"$.tools[{index}]"):
            continue  # a tool that the provider would run: nobody here does
        shared = len(asked.intersection(words(f"{tool.get('name')} {tool.get('description')}")))
        wanted = choice["type"] == "any" or tool.get("name") == choice.get("name")
        if wanted and (best is None or shared > best[0]):
            best = shared, index
    if best is None:
        raise InvalidInput(
            "there is no such tool with an input schema", where="$.tool_choice", remedy="Name one of the tools."
        )
    tool, where = tools[best[1]], f"$.tools[{best[1]}].input_schema"
    schema = shape.an_object(tool["input_schema"], where)
    wanted = {"type": "object", **schema}
    if planner.is_asked(wanted):
        arguments: Any = planner.answer(wanted, request["messages"])
    else:
        arguments = shape.an_object(shape_of(wanted, reading.text, where=where, today=reading.today), where)
    return {"type": "tool_use", "name": shape.a_string(tool.get("name"), "$.tools"), "input": arguments}


def _wanted_schema(request: dict[str, Any]) -> tuple[dict[str, Any] | None, str]:
    """The JSON Schema the answer shall have, and where it stands; `output_format` is the beta's older place."""
    config = shape.an_object(request.get("output_config") or {}, "$.output_config")
    where, wanted = "$.output_config.format", config.get("format")
    if wanted is None:
        where, wanted = "$.output_format", request.get("output_format")
    if wanted is None:
        return None, where
    return shape.an_object(shape.an_object(wanted, where).get("schema"), f"{where}.schema"), f"{where}.schema"


def _ended(blocks: list[Block], request: dict[str, Any]) -> tuple[list[Block], str, str | None]:
    """The blocks up to where the request ends them, the stop reason, and the stop sequence that was met."""
    limit = request.get("max_tokens")
    if limit is not None and shape.an_integer(limit, "$.max_tokens") < 1:
        raise InvalidInput("expected at least 1", where="$.max_tokens")
    stops = [shape.a_string(stop, "$.stop_sequences") for stop in request.get("stop_sequences") or ()]
    kept: list[Block] = []
    for block in blocks:
        met = _first_stop(block["text"], stops) if block["type"] == "text" else None
        whole = block if met is None else {**block, "text": block["text"][: met[0]]}
        if limit is not None and _tokens([*kept, whole]) > limit:
            return [*kept, *_cut(whole, limit, kept)], "max_tokens", None
        kept += [whole] if whole.get("text") != "" else []
        if met is not None:
            return kept, "stop_sequence", met[1]
    calls = any(block["type"] == "tool_use" for block in kept)
    return kept, "tool_use" if calls else "end_turn", None


def _first_stop(text: str, stops: list[str]) -> tuple[int, str] | None:
    """Where the earliest stop sequence begins, and which it is."""
    return min(((text.index(stop), stop) for stop in stops if stop and stop in text), default=None)


def _cut(block: Block, limit: int, kept: list[Block]) -> list[Block]:
    """As much of a text as the limit leaves room for; half a tool call is none."""
    if block["type"] != "text":
        return []
    text = block["text"]
    length = bisect_right(range(len(text) + 1), limit, key=lambda end: _tokens([*kept, {"text": text[:end]}])) - 1
    return [{**block, "text": text[:length]}] if length > 0 else []


def _tokens(blocks: list[Block]) -> int:
    """An estimate of what the blocks cost: their texts, names and arguments, and at least one."""
    said = [[block.get("text"), block.get("name"), block.get("input")] for block in blocks]
    return max(1, estimate_tokens({"messages": said}))
