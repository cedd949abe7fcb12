"""One fitting tool call for a plain request, such as "read notes.txt and …": a path goes to Read, a link to WebFetch.

Refuses everything that changes something, a second call in one conversation, and a tool that was not offered.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from pipeline_project.llm.framing import unframed
from pipeline_project.messages.shapes import Block

_PATH: Final = r"[`'\"]?(?P<value>(?:/|\./|~/)?[\w-]+(?:[/.][\w.-]+)+|/[\w./-]+)[`'\"]?"
_RULES: Final = (
    (
        "Read",
        "file_path",
        re.compile(rf"\b(?:read|open|look at|show|lies|öffne)\s+(?:the\s+)?(?:file\s+)?{_PATH}", re.I),
    ),
    (
        "WebFetch",
        "url",
        re.compile(r"\b(?:read|open|fetch|get|summari[sz]e)\b[^.]*?(?P<value>https?://[^\s,;]+[^\s,;.])", re.I),
    ),
    ("Grep", "pattern", re.compile(r"\b(?:search|grep|look)\s+for\s+[`'\"](?P<value>[^`'\"]+)[`'\"]", re.I)),
    (
        "Glob",
        "pattern",
        re.compile(
            r"\b(?:find|list)\s+(?:all\s+|the\s+)?files\s+(?:matching|named|like)\s+[`'\"]?(?P<value>[\w*./-]+)", re.I
        ),
    ),
)  # fmt: skip - one rule a line is a table


def fitting_call(request: Mapping[str, Any]) -> Block | None:
    """The call that the first words of a conversation ask for; None when there is none, or one was made already."""
    messages = request["messages"]
    if any(isinstance(turn, dict) and turn.get("role") == "assistant" for turn in messages):
        return None
    offered = {tool.get("name"): tool for tool in request.get("tools") or () if isinstance(tool, dict)}
    asked = unframed(_said(messages[-1]))
    for name, argument, pattern in _RULES:
        tool = offered.get(name)
        match = pattern.search(asked) if tool else None
        if tool is None or match is None:
            continue
        properties = (tool.get("input_schema") or {}).get("properties") or {}
        required = (tool.get("input_schema") or {}).get("required") or [argument]
        given = {argument: match["value"].rstrip(".")}
        if name == "WebFetch" and "prompt" in properties:
            given["prompt"] = asked.strip()
        if argument in properties and set(required) <= set(given):
            return {"type": "tool_use", "name": name, "input": given}
    return None


def _said(turn: Any) -> str:
    """What the user typed, notes of the client left out."""
    content = turn.get("content") if isinstance(turn, dict) else None
    if isinstance(content, str):
        return content
    texts = [block.get("text") for block in content or () if isinstance(block, dict) and block.get("type") == "text"]
    return "\n".join(
        text for text in texts if isinstance(text, str) and not text.lstrip().startswith("<system-reminder>")
    )
