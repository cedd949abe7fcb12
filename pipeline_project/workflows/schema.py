"""JSON Schema of a workflow file, step configs included, so that an editor completes it."""

from typing import Any

from pipeline_project.workflows.models import WorkflowDefinition, WorkflowStepType
from pipeline_project.workflows.steps.registry import executor_of

NAMED_BY_KEY = "id"


def definition_schema() -> dict[str, Any]:
    """The schema, draft 2020-12; every config may hold `${…}` texts where its field is of another type."""
    schema = WorkflowDefinition.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["required"] = [name for name in schema["required"] if name != "complexity_score"]
    step = schema["$defs"]["WorkflowStep"]
    step["required"] = [name for name in step["required"] if name != NAMED_BY_KEY]
    step["allOf"] = [_config_rule(step_type, schema["$defs"]) for step_type in WorkflowStepType]
    return schema


def _config_rule(step_type: WorkflowStepType, definitions: dict[str, Any]) -> dict[str, Any]:
    """If the step is of this type, its config is of that shape."""
    config = executor_of(step_type).config.model_json_schema(
        by_alias=True, ref_template=f"#/$defs/{step_type.value}_{{model}}"
    )
    for name, inner in config.pop("$defs", {}).items():
        definitions[f"{step_type.value}_{name}"] = _open_to_expressions(inner)
    return {
        "if": {"properties": {"type": {"const": step_type.value}}},
        "then": {"properties": {"config": _open_to_expressions(config)}},
    }


def _open_to_expressions(schema: dict[str, Any]) -> dict[str, Any]:
    """Let every property also be a text with an expression."""
    properties = schema.get("properties", {})
    expression = {"type": "string", "pattern": r"\$\{"}
    return {
        **schema,
        "properties": {name: {"anyOf": [inner, expression]} for name, inner in properties.items()},
    }
