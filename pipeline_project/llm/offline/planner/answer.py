"""Recognises the request for a workflow by the title of its schema, and answers it with the planner.

Refuses in the answer itself: a sentence it does not understand comes back as `refusal`, with no workflow beside it.
"""

from collections.abc import Mapping
from typing import Any, Final

from pipeline_project.llm.framing import framed
from pipeline_project.llm.offline.planner.build import plan
from pipeline_project.llm.offline.planner.sentence import NotUnderstood

TITLE: Final = "WorkflowDraft"
"""`title` of the JSON Schema that asks for a workflow."""


def is_asked(schema: Mapping[str, Any]) -> bool:
    """Whether this schema asks for a workflow."""
    return schema.get("title") == TITLE


def answer(schema: Mapping[str, Any], messages: list[Any]) -> dict[str, Any]:
    """The draft as the schema wants it: workflow, explanation, refusal. The request is the first framed text."""
    request = next((text for message in messages for text in framed(_text(message))), "")
    try:
        draft = plan(request, _types(schema))
    except NotUnderstood as error:
        return {"workflow": None, "explanation": "", "refusal": str(error)}
    return {"workflow": draft.definition, "explanation": draft.explanation, "refusal": None}


def _types(schema: Mapping[str, Any]) -> list[str] | None:
    """The step types that the schema lists, wherever it defines them."""
    found = (schema.get("$defs") or {}).get("WorkflowStepType") or {}
    kinds = found.get("enum")
    return [str(kind) for kind in kinds] if isinstance(kinds, list) else None


def _text(message: Any) -> str:
    content = message.get("content") if isinstance(message, Mapping) else None
    if isinstance(content, str):
        return content
    texts = [block.get("text") for block in content or () if isinstance(block, Mapping)]
    return "\n".join(text for text in texts if isinstance(text, str))
