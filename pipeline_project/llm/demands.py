"""What a request asks of a model: by its content, and by what its caller says it needs. Refuses to look at a model."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pipeline_project.llm.requests import Request
from pipeline_project.messages.tokens import estimate_tokens

_DEEPEST: Final = 20


@dataclass(frozen=True)
class Demands:
    """`tools`, `vision`, `json`: without it the request cannot be answered. `thinking`: it was wished for.

    `tokens`: about how many the input and the longest answer have together. `bound`: why only the provider that was
    spoken to before can answer, '' if any can.
    """

    tools: bool
    vision: bool
    json: bool
    thinking: bool
    tokens: int
    bound: str = ""


def demands_of(request: Request) -> Demands:
    """What the request asks for."""
    needs = request.needs
    blocks = list(_blocks(request.messages))
    wished = (request.thinking or {}).get("type") not in (None, "disabled")
    return Demands(
        tools=needs.tools or bool(request.tools),
        vision=needs.vision or any(block.get("type") == "image" for block in blocks),
        json=needs.json or request.schema is not None,
        thinking=needs.thinking or wished,
        tokens=estimate_tokens(request.body("")) + request.max_tokens,
        bound=_bound(request, blocks),
    )


def _bound(request: Request, blocks: list[Mapping[str, Any]]) -> str:
    if request.api_key is not None:
        return "the key that came with the request is for one provider"
    if any((block.get("source") or {}).get("type") == "file" or "file_id" in block for block in blocks):
        return "the request refers to files that lie at the provider"
    if any(not isinstance(tool.get("input_schema"), Mapping) for tool in request.tools):
        return "the request uses tools that the provider runs or defines"
    named = sorted({"container", "mcp_servers", "context_management"} & request.extra.keys())
    return f"the request uses the provider's {named[0]}" if named else ""


def _blocks(value: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """Every content block, those inside tool results too."""
    if depth > _DEEPEST or isinstance(value, str):
        return
    if isinstance(value, Mapping):
        if "role" not in value:
            yield value
        yield from _blocks(value.get("content"), depth + 1)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _blocks(item, depth + 1)
