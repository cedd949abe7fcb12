"""Builders of request and response parts, and what a case is: a body that breaks a rule and one that keeps it."""

import base64
import struct
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """`breaks` breaks `rule` at `path`; `holds` differs in little and does not. `options` go to the door."""

    rule: str
    path: str
    breaks: Any
    holds: Any
    options: dict[str, Any] = field(default_factory=dict)


def request(*messages: Any, **keys: Any) -> dict[str, Any]:
    """A request for a model nobody knows, so that only general limits hold."""
    return {"model": "some-model", "max_tokens": 100, "messages": list(messages or [user("hello")]), **keys}


def answer(*content: Any, **keys: Any) -> dict[str, Any]:
    """A response with the given blocks."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "some-model",
        "content": list(content),
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 3, "output_tokens": 5},
        **keys,
    }


def user(*content: Any) -> dict[str, Any]:
    return _message("user", content)


def assistant(*content: Any) -> dict[str, Any]:
    return _message("assistant", content)


def system(*content: Any) -> dict[str, Any]:
    return _message("system", content)


def text(words: str, **keys: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **keys}


def call(identifier: str = "call_1", name: str = "look", **given: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": identifier, "name": name, "input": given}


def result(identifier: str = "call_1", content: Any = "done", **keys: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": identifier, "content": content, **keys}


def thinking(**keys: Any) -> dict[str, Any]:
    return {"type": "thinking", "thinking": "hm", "signature": "c2ln", **keys}


def tool(name: str = "look", **keys: Any) -> dict[str, Any]:
    return {
        "name": name,
        "input_schema": {"type": "object", "properties": {"at": {"type": "string"}}},
        **keys,
    }


def image(data: bytes, media_type: str = "image/png") -> dict[str, Any]:
    return {"type": "image", "source": encoded(data, media_type)}


def document(data: bytes = b"%PDF-1.4", **keys: Any) -> dict[str, Any]:
    return {"type": "document", "source": encoded(data, "application/pdf"), **keys}


def encoded(data: bytes, media_type: str) -> dict[str, Any]:
    return {"type": "base64", "media_type": media_type, "data": base64.b64encode(data).decode()}


def png(width: int = 2, height: int = 2) -> bytes:
    """The head of a PNG of that size."""
    return b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", width, height)


def _message(role: str, content: tuple[Any, ...]) -> dict[str, Any]:
    plain = len(content) == 1 and isinstance(content[0], str)
    return {"role": role, "content": content[0] if plain else list(content)}
