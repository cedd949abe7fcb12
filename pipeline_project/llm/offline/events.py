"""A finished message as the stream events that a live model would have sent. Refuses to pace them: it has no clock."""

import re
from collections.abc import Iterator
from typing import Any, Final

from pipeline_project.conversion.shape import json_ascii
from pipeline_project.messages.shapes import Block, Event

# A few words a delta, white space kept with the word before it.
_PIECES: Final = re.compile(r"[\d\D]{1,24}(?:(?=\s)|$)\s*|[\d\D]{1,24}")


def events_of(message: dict[str, Any]) -> Iterator[Event]:
    """Events in Anthropic's order, blocks one after the other; they accumulate to the message."""
    usage = message["usage"]
    start = {**message, "content": [], "stop_reason": None, "stop_sequence": None}
    yield {"type": "message_start", "message": {**start, "usage": {**usage, "output_tokens": 0}}}
    for index, block in enumerate(message["content"]):
        yield from _block_events(index, block)
    ending = {key: message[key] for key in ("stop_reason", "stop_sequence")}
    yield {"type": "message_delta", "delta": ending, "usage": {"output_tokens": usage["output_tokens"]}}
    yield {"type": "message_stop"}


def _block_events(index: int, block: Block) -> Iterator[Event]:
    if block["type"] == "tool_use":
        empty, kind, field, text = {"input": {}}, "input_json_delta", "partial_json", json_ascii(block["input"], "$")
    else:
        empty, kind, field, text = {"text": ""}, "text_delta", "text", block["text"]
    yield {"type": "content_block_start", "index": index, "content_block": {**block, **empty}}
    for piece in _PIECES.findall(text):
        yield {"type": "content_block_delta", "index": index, "delta": {"type": kind, field: piece}}
    yield {"type": "content_block_stop", "index": index}
