"""Results as JSON and in a few words, secrets hidden: for Dagster's metadata and the command line.

Refuses to carry images and documents along where a sentence about them does.
"""

from collections.abc import Mapping
from typing import Any, Final

from pipeline_project.persistence.json import to_json
from pipeline_project.security.redaction import redact, redact_text
from pipeline_project.tools.base import ToolResult
from pipeline_project.tools.planner import Call

EXCERPT_CHARACTERS: Final = 500


def as_json(result: ToolResult) -> dict[str, Any]:
    """The result as plain JSON, whole but for the bytes of images and documents."""
    decision = result.decision
    value = {
        "is_error": result.is_error, "code": result.code, "content": [_summarised(block) for block in result.content],
        "structured": result.structured, "duration": round(result.duration, 6), "sandbox": result.sandbox,
        "written": [str(path) for path in result.written], "untrusted": result.untrusted,
        "decision": None if decision is None else {
            "verdict": decision.verdict, "rule": decision.rule, "reason": decision.reason,
        },
    }  # fmt: skip
    return redact(to_json(value), by_name=False)


def outline(number: int, call: Call, result: Mapping[str, Any]) -> dict[str, Any]:
    """What an event shows of one call; `result`: as `as_json` gives it, `number` counts from 1."""
    text = redact_text(text_of(result))
    return {
        "call": number, "tool": call.name, "is_error": result["is_error"], "code": result["code"],
        "duration_ms": round(result["duration"] * 1000, 3), "sandbox": result["sandbox"],
        "rule": result["decision"] and result["decision"]["rule"], "written": result["written"],
        "text": text if len(text) <= EXCERPT_CHARACTERS else f"{text[:EXCERPT_CHARACTERS]}…",
    }  # fmt: skip


def text_of(result: Mapping[str, Any]) -> str:
    """What a result says, media in brackets."""
    return "\n".join(str(block.get("text", f"[{block.get('summary', block['type'])}]")) for block in result["content"])


def _summarised(block: Mapping[str, Any]) -> dict[str, Any]:
    source = block.get("source")
    if not isinstance(source, Mapping) or not isinstance(source.get("data"), str):
        return dict(block)
    kilobytes = len(source["data"]) * 3 / 4 / 1000
    kind = source.get("media_type", "unknown type")
    return {"type": block["type"], "media_type": kind, "summary": f"{block['type']}, {kind}, {kilobytes:.1f} kB"}
