"""From what a provider sends, a message or events, to typed answers, events and usage. Refuses half a stream."""

from collections.abc import Mapping
from typing import Any

from pipeline_project.conversion import service_error
from pipeline_project.errors import ServiceUnavailable
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


def usage_of(message: Mapping[str, Any]) -> Usage:
    """The usage of a message of the Messages API; a missing count is 0."""
    raw = message.get("usage") or {}
    details = raw.get("output_tokens_details") or {}
    return Usage(
        input=raw.get("input_tokens") or 0,
        output=raw.get("output_tokens") or 0,
        cache_read=raw.get("cache_read_input_tokens") or 0,
        cache_write=raw.get("cache_creation_input_tokens") or 0,
        reasoning=details.get("thinking_tokens") or 0,
    )


def typed(event: Event, *, model: str, provider: str) -> StreamEvent:
    """The typed form of an event. Raises the ServiceError that an `error` event stands for."""
    kind = event.get("type")
    if kind == "error":
        raise service_error(None, event)
    if kind == "message_start":
        return Started(event, model, provider)
    if kind == "content_block_start":
        block = event.get("content_block") or {}
        if block.get("type") == "tool_use":
            return ToolCallStarted(event, str(block.get("id")), str(block.get("name")))
    if kind == "content_block_delta":
        delta = event.get("delta") or {}
        if delta.get("type") == "text_delta":
            return TextDelta(event, delta.get("text") or "")
        if delta.get("type") == "thinking_delta":
            return ThinkingDelta(event, delta.get("thinking") or "")
    return OtherEvent(event)


def require_end(events: list[Event], *, where: str) -> None:
    """Raise ServiceUnavailable unless the events are a whole answer."""
    if not events or events[-1].get("type") != "message_stop":
        raise ServiceUnavailable("the stream ended before its answer did", where=where)


def spent_so_far(events: list[Event], body: Mapping[str, Any]) -> tuple[Usage, bool]:
    """The usage of a stream that was left, and whether it is estimated: what was said counts, or its text does."""
    reported: dict[str, Any] = {}
    said: list[str] = []
    ended = False
    for event in events:
        kind = event.get("type")
        if kind == "message_start":
            reported |= (event.get("message") or {}).get("usage") or {}
        elif kind == "content_block_delta":
            delta = event.get("delta") or {}
            said += [value for key, value in delta.items() if key != "type" and isinstance(value, str)]
        elif kind == "message_delta":
            reported |= {key: value for key, value in (event.get("usage") or {}).items() if value is not None}
            ended = True
    usage = usage_of({"usage": reported})
    if ended:
        return usage, False
    output = max(usage.output, estimate_tokens({"messages": said}), 1 if said else 0)
    whole_input = usage.input or (0 if usage.cache_read or usage.cache_write else estimate_tokens(body))
    return Usage(whole_input, output, usage.cache_read, usage.cache_write, usage.reasoning), True
