"""From what a provider sends, a message or events, to typed answers, events and usage.

Refuses half a stream, and an answer that is no message: what is read here came from outside, whatever its address.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from pipeline_project.conversion import accumulate, service_error
from pipeline_project.errors import InvalidInput, ServiceUnavailable
from pipeline_project.llm.responses import (
    OtherEvent,
    Started,
    StreamEvent,
    TextDelta,
    ThinkingDelta,
    ToolCallStarted,
    Usage,
)
from pipeline_project.messages.shapes import Event
from pipeline_project.messages.tokens import estimate_tokens

_REMEDY: Final = "Try again; if it stays so, check the provider's base URL."
# What a block of a type has to have for anybody to read it.
_FIELDS: Final[dict[str, dict[str, type]]] = {
    "text": {"text": str},
    "thinking": {"thinking": str},
    "tool_use": {"id": str, "name": str, "input": dict},
}


def usage_of(message: Mapping[str, Any]) -> Usage:
    """The usage of a message of the Messages API; a count that is missing or none is 0."""
    raw = _object(message, "usage")
    output = _count(raw, "output_tokens")
    reasoning = _count(_object(raw, "output_tokens_details"), "thinking_tokens")
    written = _count(raw, "cache_creation_input_tokens")
    return Usage(
        input=_count(raw, "input_tokens"),
        # a part that is larger than the whole was counted apart from it
        output=output + reasoning if reasoning > output else output,
        cache_read=_count(raw, "cache_read_input_tokens"),
        cache_write=written,
        reasoning=reasoning,
        cache_write_hour=min(written, _count(_object(raw, "cache_creation"), "ephemeral_1h_input_tokens")),
    )


def used(message: Mapping[str, Any], body: Mapping[str, Any]) -> tuple[Usage, bool]:
    """The usage of a whole answer to a body, and whether it is estimated, because the answer counts nothing."""
    usage = usage_of(message)
    if usage != Usage():
        return usage, False
    return Usage(input=estimate_tokens(body), output=estimate_tokens({"messages": message["content"]})), True


def require_message(message: Any, *, where: str) -> None:
    """Raise ServiceUnavailable unless it is a message of the Messages API, each block with what its type has."""
    content = message.get("content") if isinstance(message, Mapping) else None
    if not isinstance(content, list):
        raise ServiceUnavailable("sent an answer that is no message", where=where, remedy=_REMEDY)
    for index, block in enumerate(content):
        kind = block.get("type") if isinstance(block, Mapping) else None
        wanted = _FIELDS.get(kind, {}) if isinstance(kind, str) else None
        if wanted is None or not all(isinstance(block.get(name), type_) for name, type_ in wanted.items()):
            raise ServiceUnavailable(f"sent a message whose block {index} is none", where=where, remedy=_REMEDY)


def message_of(events: Sequence[Event], *, where: str) -> dict[str, Any]:
    """The message that the events of a whole stream make. Raises ServiceUnavailable when they make none."""
    if not events or events[-1].get("type") != "message_stop":
        raise ServiceUnavailable("the stream ended before its answer did", where=where)
    try:
        message = accumulate(events)
    except InvalidInput as error:
        said = f"sent a stream that makes no message: {error.message}"
        raise ServiceUnavailable(said, where=where, remedy=_REMEDY) from error
    require_message(message, where=where)
    return message


def typed(event: Event, *, model: str, provider: str) -> StreamEvent:
    """The typed form of an event. Raises the ServiceError that an `error` event stands for."""
    kind = event.get("type")
    if kind == "error":
        raise service_error(None, event)
    if kind == "message_start":
        return Started(event, model, provider)
    if kind == "content_block_start":
        block = _object(event, "content_block")
        if block.get("type") == "tool_use":
            return ToolCallStarted(event, str(block.get("id")), str(block.get("name")))
    if kind == "content_block_delta":
        delta = _object(event, "delta")
        if delta.get("type") == "text_delta":
            return TextDelta(event, _text(delta, "text"))
        if delta.get("type") == "thinking_delta":
            return ThinkingDelta(event, _text(delta, "thinking"))
    return OtherEvent(event)


def spent_so_far(events: Sequence[Event], body: Mapping[str, Any]) -> tuple[Usage, bool]:
    """The usage of a stream that was left, and whether it is estimated: what was said counts, or its text does."""
    reported: dict[str, Any] = {}
    said: list[str] = []
    ended = False
    for event in events:
        kind = event.get("type")
        if kind == "message_start":
            reported |= _object(_object(event, "message"), "usage")
        elif kind == "content_block_delta":
            delta = _object(event, "delta")
            said += [value for key, value in delta.items() if key != "type" and isinstance(value, str)]
        elif kind == "message_delta":
            reported |= {key: value for key, value in _object(event, "usage").items() if value is not None}
            ended = True
    usage = usage_of({"usage": reported})
    if ended and usage != Usage():
        return usage, False
    output = max(usage.output, estimate_tokens({"messages": said}), 1 if said else 0)
    whole_input = usage.input or (0 if usage.cache_read or usage.cache_write else estimate_tokens(body))
    return replace(usage, input=whole_input, output=output), True


def _object(value: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _text(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""


def _count(value: Mapping[str, Any], key: str) -> int:
    found = value.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else 0
