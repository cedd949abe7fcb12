"""Which answer of a model ends a run, and what of it can be kept. Refuses an end that is none, saying why.

An answer that was cut off, refused or empty is an error and no result: nobody shall take it for the agent's word.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pipeline_project.errors import ContentRefused, ContextOverflow, RequestRejected

CUT_OFF = "max_tokens"
_SHOWN = 300


def calls_of(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The calls of tools in an answer."""
    return [block for block in message["content"] if block["type"] == "tool_use"]


def text_of(message: Mapping[str, Any]) -> str:
    """The text of an answer."""
    return "".join(block["text"] for block in message["content"] if block["type"] == "text")


def check(message: Mapping[str, Any], parsed: Any = None, *, where: str) -> None:
    """Raises RequestRejected, ContentRefused or ContextOverflow for an answer that the run cannot go on or end with.

    `parsed`: the object it holds, where one was asked for.
    """
    reason, text = message.get("stop_reason"), text_of(message).strip()
    if reason == "refusal":
        said = f": {text[:_SHOWN]}" if text else ""
        raise ContentRefused(f"its model refused to go on{said}", where=where, remedy="Change the task.")
    if calls_of(message):
        return
    if reason == CUT_OFF:
        remedy = "Raise tokens_per_turn in its profile, or ask for less."
        raise RequestRejected("its answer was cut off at the limit of tokens", where=where, remedy=remedy)
    if reason == "model_context_window_exceeded":
        remedy = "Ask for less, or use a model with a larger window."
        raise ContextOverflow("its answer was cut off where the model's window ends", where=where, remedy=remedy)
    if not text and parsed is None:
        remedy = "Run it again with the same run id: the model is asked once more."
        raise RequestRejected("its model answered with nothing", where=where, remedy=remedy)


def as_sent(value: Any) -> Any:
    """`value` from the journal as the wires take it: what is a Decimal there came as a number of JSON."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return {key: as_sent(item) for key, item in value.items()}
    return [as_sent(item) for item in value] if isinstance(value, list) else value


def keepable(value: Any) -> Any:
    """`value` (plain JSON) without halves of surrogate pairs, which models send and no store or wire takes."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return value
    if isinstance(value, Mapping):
        return {keepable(key): keepable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [keepable(item) for item in value]
    return value
