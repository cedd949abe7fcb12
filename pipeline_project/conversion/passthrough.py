"""A Messages request for Anthropic itself: verbatim, save for what its API would refuse because it is not its own.

Thinking without a signature, or with another provider's, is left out; of more than four cache breakpoints the last four
stay, which cover the longest prefixes. Everything else, known or not, goes as it came.
"""

from typing import Any, Final

from pipeline_project.conversion import shape
from pipeline_project.conversion.marks import BLANK, read_foreign_signature
from pipeline_project.conversion.report import Conversion, Loss
from pipeline_project.errors import InvalidInput

_CACHE_LIMIT: Final = 4
_CACHE: Final = "cache_control"


def pass_through(body: dict[str, Any], turns: list[Any]) -> Conversion:
    """The request for Anthropic. Raises InvalidInput for malformed turns or when nothing is left to send."""
    losses: list[Loss] = []
    kept: list[Any] = []
    for index, turn in enumerate(turns):
        shape.an_object(turn, f"$.messages[{index}]")
        new = _own_thinking_only(turn, f"$.messages[{index}].content", losses)
        if new is not None:
            kept.append(new)
    if all(_is_empty(turn.get("content")) for turn in kept):
        raise InvalidInput("every message is empty", where="$.messages", remedy="Send some text.")
    value = _limit_cache({**body, "messages": kept}, losses)
    return Conversion(value, losses, {"target": "anthropic", "tools": {}, "ids": {}})


def _own_thinking_only(turn: dict[str, Any], path: str, losses: list[Loss]) -> dict[str, Any] | None:
    content = turn.get("content")
    if turn.get("role") != "assistant" or not isinstance(content, list):
        return turn
    kept = []
    for index, block in enumerate(content):
        why = _not_ours(block)
        if why:
            losses.append({"path": f"{path}[{index}]", "what": "dropped", "why": why})
        else:
            kept.append(block)
    if len(kept) == len(content):
        return turn
    return {**turn, "content": kept} if kept else None


def _not_ours(block: Any) -> str | None:
    """Why Anthropic would refuse a thinking block; None for any block it would take."""
    if not isinstance(block, dict) or block.get("type") != "thinking":
        return None
    signature = block.get("signature")
    if not signature:
        return "thinking without a signature is refused"
    return "its signature is another provider's" if read_foreign_signature(signature) else None


def _is_empty(content: Any) -> bool:
    if isinstance(content, str):
        return not content.strip(BLANK)
    if not isinstance(content, list):
        return content is None
    return all(
        isinstance(block, dict) and block.get("type") == "text" and not str(block.get("text") or "").strip(BLANK)
        for block in content
    )


def _limit_cache(body: dict[str, Any], losses: list[Loss]) -> dict[str, Any]:
    """The body with at most four cache breakpoints, looked for only where breakpoints stand."""
    marked = _breakpoints(body)
    for path, steps in marked[: max(0, len(marked) - _CACHE_LIMIT)]:
        body = _without(body, steps)
        losses.append({"path": f"{path}.{_CACHE}", "what": "dropped", "why": "Anthropic takes four"})
    return body


def _breakpoints(body: dict[str, Any]) -> list[tuple[str, tuple[str | int, ...]]]:
    """(JSONPath, steps) of every marked tool and block, in the order of the prompt: tools, system, messages."""
    found: list[tuple[str, tuple[str | int, ...]]] = []

    def look(blocks: Any, path: str, steps: tuple[str | int, ...]) -> None:
        for index, block in enumerate(blocks if isinstance(blocks, list) else ()):
            if not isinstance(block, dict):
                continue
            if block.get("type") == "tool_result":
                look(block.get("content"), f"{path}[{index}].content", (*steps, index, "content"))
            if block.get(_CACHE) is not None:
                found.append((f"{path}[{index}]", (*steps, index)))

    look(body.get("tools"), "$.tools", ("tools",))
    look(body.get("system"), "$.system", ("system",))
    for index, turn in enumerate(body["messages"]):
        look(turn.get("content"), f"$.messages[{index}].content", ("messages", index, "content"))
    return found


def _without(value: Any, steps: tuple[str | int, ...]) -> Any:
    """`value` with the mark at `steps` removed; only what lies on the way is copied."""
    if not steps:
        return {key: each for key, each in value.items() if key != _CACHE}
    copy = value.copy()
    copy[steps[0]] = _without(value[steps[0]], steps[1:])
    return copy
