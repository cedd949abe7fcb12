"""What a model is told when it shall write a workflow: the steps there are, how they connect, the shape of its answer.

All of it is made from the executors, so that it cannot speak of a step that is not there.
"""

from typing import Any

from pydantic import BaseModel

from pipeline_project.llm.framing import RULE
from pipeline_project.llm.offline.planner.answer import TITLE
from pipeline_project.workflows.models import WorkflowDefinition, WorkflowStepType
from pipeline_project.workflows.steps.registry import executor_of

_HOW = """You write workflow definitions. Answer with the object of the schema: `workflow`, an `explanation` in a few
sentences for the person who will activate it, and `refusal`: null, or why the request cannot be done with these steps
(then `workflow` is null). Never leave out a part of the request and never add what was not asked for.

A step runs after the steps that name it in `next_steps` or in a branch. Ids are small letters, digits and single
underscores. A value that is known only at run time is an expression: ${input.name}, ${vars.name}, ${<step id>.field} of
a step upstream; ${default(a.b, 'x')} where it may be missing. A condition is a bare expression: read.payable > 1000.
Every input that an expression reads stands in input_schema (JSON Schema) with its type. Cycles, triggers and
schedules do not exist. Prefer few steps."""
_UNSAID = ("triggers", "version")


def system_prompt() -> str:
    """Everything that does not change from request to request."""
    return "\n\n".join([_HOW, "Steps, with the fields of `config` and of the result:", reference(), RULE])


def reference() -> str:
    """One line for each step type: what it does, its config, its result."""
    return "\n".join(_line(kind) for kind in WorkflowStepType)


def answer_schema() -> dict[str, Any]:
    """JSON Schema of the answer; the configs are checked afterwards, with every problem named."""
    schema = WorkflowDefinition.model_json_schema(by_alias=True)
    shared = schema.pop("$defs")
    step = shared["WorkflowStep"]
    step["required"] = ["type", "config"]
    step["properties"].pop("confidence_threshold", None)
    for name in _UNSAID:
        schema["properties"].pop(name, None)
    return {
        "title": TITLE,
        "type": "object",
        "additionalProperties": False,
        "required": ["workflow", "explanation", "refusal"],
        "properties": {
            "workflow": {"anyOf": [schema, {"type": "null"}]},
            "explanation": {"type": "string"},
            "refusal": {"type": ["string", "null"]},
        },
        "$defs": shared,
    }


def _line(kind: WorkflowStepType) -> str:
    executor = executor_of(kind)
    said = (type(executor).__doc__ or "").strip().splitlines()[0]
    result = ", ".join(executor.result.model_fields)
    return f"- {kind.value}: {said} config: {_fields(executor.config)}; result: {result}"


def _fields(model: type[BaseModel]) -> str:
    schema = model.model_json_schema(by_alias=True)
    needed = set(schema.get("required") or ())
    return "; ".join(
        f"{name}{'*' if name in needed else ''} ({field.get('description', '')})"
        for name, field in schema.get("properties", {}).items()
        if not str(field.get("description", "")).startswith("Reserved")
    )
