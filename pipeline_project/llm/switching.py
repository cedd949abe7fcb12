"""The body of a request for a model that takes over from another: without what only the first provider understands.

Thinking and its signatures are dropped when the provider changes, and a limit of output that the new model does not
have is lowered to what it has. Refuses to touch what people or tools said.
"""

from collections.abc import Mapping
from typing import Any

from pipeline_project.llm.routing import Candidate
from pipeline_project.messages.blocks import THINKING_BLOCK_TYPES


def switched(body: Mapping[str, Any], first: Candidate, now: Candidate) -> dict[str, Any]:
    """The body for `now`; the given one is not changed."""
    adapted = dict(body)
    most = now.model.limits.max_output
    if (now.provider, now.upstream) != (first.provider, first.upstream) and most is not None:
        adapted["max_tokens"] = min(adapted["max_tokens"], most)
    if now.provider == first.provider:
        return adapted
    turns = [_without_thinking(turn) for turn in adapted["messages"]]
    if turns != adapted["messages"] and _answers_calls(turns):
        # with thinking on, Anthropic wants the turn that called the tools to begin with its thinking
        adapted.pop("thinking", None)
    adapted["messages"] = [turn for turn in turns if turn.get("content") != []]
    return adapted


def _without_thinking(turn: Mapping[str, Any]) -> Mapping[str, Any]:
    content = turn.get("content")
    if turn.get("role") != "assistant" or not isinstance(content, list | tuple):
        return turn
    kept = [block for block in content if block.get("type") not in THINKING_BLOCK_TYPES]
    return turn if len(kept) == len(content) else {**turn, "content": kept}


def _answers_calls(turns: list[Mapping[str, Any]]) -> bool:
    """Whether the last turn gives results of tools."""
    content = turns[-1].get("content") if turns else None
    return isinstance(content, list | tuple) and any(block.get("type") == "tool_result" for block in content)
