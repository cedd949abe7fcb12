"""Why an answer ended: the finish reasons of OpenAI-compatible upstreams → Anthropic stop reasons."""

from collections.abc import Collection
from typing import Any, Final, NamedTuple

from pipeline_project.messages.blocks import STOP_REASONS

_STOPS: Final = {
    "length": "max_tokens",
    "max_output_tokens": "max_tokens",
    "model_length": "model_context_window_exceeded",
    "context_length": "model_context_window_exceeded",
    "content_filter": "refusal",
    "content_filtered": "refusal",
    "safety": "refusal",
    "recitation": "refusal",
    "blocklist": "refusal",
    "prohibited_content": "refusal",
    "sensitive": "refusal",
    "error_toxic": "refusal",
    "error_limit": "max_tokens",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
}
# The upstream gave up: what came so far is no answer.
FAILED: Final = frozenset({"error", "insufficient_system_resource", "network_error", "abort", "cancelled"})
# With calls in the answer these say "stop" all the same.
_NATURAL: Final = frozenset({"end_turn", "tool_use", "stop_sequence"})


class Stop(NamedTuple):
    """`stop_reason` and the matched `stop_sequence` of an answer."""

    reason: str
    sequence: str | None


def stop_of(finish: str | None, matched: str | None, *, has_calls: bool, refused: bool) -> Stop:
    """The stop of an answer.

    `finish`: finish_reason in lower case, None if the upstream never said. `matched`: the stop string it hit, if it
    said so.
    """
    reason = _STOPS.get(finish or "", finish if finish in STOP_REASONS else "end_turn")
    if refused and reason == "end_turn":
        reason = "refusal"
    if has_calls and reason in _NATURAL:
        return Stop("tool_use", None)
    if reason == "tool_use":
        reason = "end_turn"
    if matched is not None and reason in _NATURAL:
        return Stop("stop_sequence", matched)
    return Stop("end_turn" if reason == "stop_sequence" else reason, None)


def matched_stop(finish: str, choice: dict[str, Any], asked: Collection[str]) -> str | None:
    """The stop string a choice says it hit (vLLM `stop_reason`, SGLang `matched_stop`), if it was asked for."""
    for key in ("stop_reason", "matched_stop", "stop_sequence", "stopping_word"):
        value = choice.get(key)
        if isinstance(value, str) and value and (value in asked if asked else value not in STOP_REASONS):
            return value
    # Without its text there is no doubt only where one alone was asked for.
    return next(iter(asked)) if finish == "stop_sequence" and len(asked) == 1 else None
