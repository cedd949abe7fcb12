"""Results that can be sent: names and bytes that are no UTF-8 travel through text as lone surrogates, which no JSON,
no socket and no model takes. Refuses to lose more than that one character: it becomes U+FFFD.
"""

from collections.abc import Mapping
from typing import Any

from pipeline_project.tools.base import ToolResult

_DEEPEST = 200


def encodable(result: ToolResult) -> ToolResult:
    """The result with U+FFFD for every lone surrogate in its text and structured output."""
    content = tuple({**block, "text": _text(block["text"])} if "text" in block else block for block in result.content)
    return result.with_(content=content, structured=_value(result.structured, 0))


def _value(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return _text(value)
    if depth > _DEEPEST:
        return value
    if isinstance(value, Mapping):
        return {_value(key, depth): _value(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_value(each, depth + 1) for each in value]
    return value


def _text(text: str) -> str:
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
