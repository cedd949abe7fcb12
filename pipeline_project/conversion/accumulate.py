"""Anthropic stream events → the message they add up to, for any stream in Anthropic's grammar.

Refuses to return half an answer: an `error` event is raised as our error, events without a message are wrong input.
"""

from collections.abc import Iterable
from typing import Any

from pipeline_project.conversion.arguments import parse_arguments
from pipeline_project.conversion.failures import service_error
from pipeline_project.conversion.shape import a_list, a_string, an_integer, an_object, wrong
from pipeline_project.errors import InvalidInput
from pipeline_project.messages.shapes import Event

# The field of a block that a delta adds to, by the type of the delta: (in the delta, in the block).
_TEXTS = {
    "text_delta": ("text", "text"),
    "thinking_delta": ("thinking", "thinking"),
    "signature_delta": ("signature", "signature"),
}


def accumulate(events: Iterable[Event]) -> dict[str, Any]:
    """The message. Raises ServiceError for an `error` event, InvalidInput for events that make no message."""
    if not isinstance(events, Iterable):
        raise wrong(events, "events", "$")
    message: dict[str, Any] | None = None
    blocks: dict[int, _Block] = {}
    for event in events:
        kind = an_object(event, "$").get("type")
        if kind == "error":
            raise service_error(None, event)
        if kind == "message_start":
            message = {**an_object(event.get("message"), "$.message"), "content": []}
            message["usage"] = {**an_object(message.get("usage") or {}, "$.message.usage")}
        elif kind == "content_block_start":
            blocks[an_integer(event.get("index"), "$.index")] = _Block(an_object(event.get("content_block"), "$"))
        elif kind == "content_block_delta":
            block = blocks.get(an_integer(event.get("index"), "$.index"))
            if block is None:
                raise InvalidInput("a delta of a block that is not open", where="$.index", remedy="Send its start.")
            block.add(an_object(event.get("delta"), "$.delta"))
        elif kind == "message_delta" and message is not None:
            message.update(an_object(event.get("delta"), "$.delta"))
            usage = an_object(event.get("usage") or {}, "$.usage")
            message["usage"].update({key: value for key, value in usage.items() if value is not None})
    if message is None:
        raise InvalidInput("there is no message_start", where="$", remedy="Pass all events of a stream.")
    message["content"] = [blocks[index].value() for index in sorted(blocks)]
    return message


class _Block:
    """One content block and what its deltas added."""

    def __init__(self, start: dict[str, Any]) -> None:
        self._start = start
        self._texts: dict[str, list[str]] = {}
        self._citations: list[Any] = []

    def add(self, delta: dict[str, Any]) -> None:
        kind = delta.get("type")
        if kind == "input_json_delta":
            self._texts.setdefault("input", []).append(a_string(delta.get("partial_json"), "$.delta.partial_json"))
        elif kind == "citations_delta":
            self._citations.append(delta.get("citation"))
        elif isinstance(kind, str) and kind in _TEXTS:
            source, field = _TEXTS[kind]
            self._texts.setdefault(field, []).append(a_string(delta.get(source), f"$.delta.{source}"))

    def value(self) -> dict[str, Any]:
        value = {**self._start}
        for field, texts in self._texts.items():
            if field == "input":
                value["input"] = parse_arguments("".join(texts)) or value.get("input", {})
            else:
                value[field] = a_string(value.get(field) or "", f"$.{field}") + "".join(texts)
        if self._citations:
            value["citations"] = [*a_list(value.get("citations") or [], "$.citations"), *self._citations]
        return value
