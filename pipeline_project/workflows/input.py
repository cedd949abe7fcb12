"""The input of an execution: defaults filled in, then checked against the definition's JSON Schema, all at once."""

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError

from pipeline_project.errors import InvalidInput
from pipeline_project.persistence.json import to_json
from pipeline_project.workflows.models import WorkflowDefinition


def accept(definition: WorkflowDefinition, given: Mapping[str, Any]) -> dict[str, Any]:
    """`given` with defaults filled in. Raises InvalidInput naming every field that does not fit."""
    schema = to_json(definition.input_schema)
    assert isinstance(schema, dict)
    if schema.get("properties"):
        # a field nobody declared is a misspelled one, unless the schema says that it may be there
        schema.setdefault("additionalProperties", False)
    value = to_json(_whole(dict(given)), where="input")
    assert isinstance(value, dict)
    filled = _with_defaults(schema, value)
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    problems = sorted(
        f"input{''.join(_step(part) for part in error.absolute_path)}: {error.message}"
        for error in validator.iter_errors(filled)
    )
    if problems:
        remedy = f"`workflow show {definition.id}` lists the input's fields."
        raise InvalidInput("; ".join(problems), where=f"workflow {definition.id}", remedy=remedy)
    return filled


def schema_problem(schema: Mapping[str, Any]) -> str | None:
    """What is wrong with an input schema itself; None when it is a usable schema of an object."""
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"is not a JSON Schema: {error.message}"
    if schema.get("type", "object") != "object":
        return "must be of type object"
    return None


def _whole(value: Any) -> Any:
    """Floats without a fraction as integers: Dagster's config makes 150.0 of every 150."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return value


def _with_defaults(schema: Mapping[str, Any], value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    properties = schema.get("properties")
    filled = dict(value)
    for name, inner in properties.items() if isinstance(properties, dict) else ():
        if not isinstance(inner, dict):
            continue
        if name not in filled and "default" in inner:
            filled[name] = inner["default"]
        elif name in filled:
            filled[name] = _with_defaults(inner, filled[name])
    return filled


def _step(part: str | int) -> str:
    return f"[{part}]" if isinstance(part, int) else f".{part}"
