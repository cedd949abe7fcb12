"""A JSON Schema as a provider's own schema mode takes it, or the finding that it does not.

Anthropic's takes a part of JSON Schema and refuses the rest (Structured outputs, "JSON Schema limitations", November
2026); bounds it lacks are left out here, because the answer is checked afterwards anyway. Refuses to change what a
schema says of the shape: then the schema is not native, and a tool call asks for it.
"""

from collections.abc import Mapping
from typing import Any, Final

_BOUNDS: Final = frozenset(
    {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "maxItems"}
    | {
        "uniqueItems",
        "$schema",
        "$id",
        "examples",
        "minProperties",
        "maxProperties",
        "deprecated",
        "readOnly",
        "$comment",
    }
)
_KEPT: Final = frozenset(
    {"type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf", "allOf", "$ref"}
    | {"$defs", "definitions", "default", "format", "title", "description", "minItems"}
)


# These read a schema as it is.
_PLAIN: Final = frozenset({"offline", "recorded"})
_DEFINITIONS: Final = ("$defs", "definitions")


def native_schema(schema: Mapping[str, Any], provider: str) -> dict[str, Any] | None:
    """The schema for that provider's schema mode; None when it cannot say the same there."""
    if provider in _PLAIN:
        return dict(schema)
    schema = schema if is_of_object(schema) else wrapped(schema)
    if provider != "anthropic":
        # the conversion to the other wires adapts schemas itself
        return dict(schema)
    try:
        return _adapted(schema, depth=0)
    except _NotNativeError:
        return None


def is_of_object(schema: Mapping[str, Any]) -> bool:
    """Whether a schema's root says that it is an object, which all schema modes and tools take."""
    return schema.get("type") == "object" or (schema.get("type") is None and "properties" in schema)


def wrapped(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an object whose `value` is what the schema says, for modes and tools that take objects alone.

    Its definitions stay where references look for them, and references to other places follow.
    """
    shared = {key: schema[key] for key in _DEFINITIONS if key in schema}
    inner = {key: value for key, value in schema.items() if key not in _DEFINITIONS}
    outer = {"type": "object", "properties": {"value": inner}, "required": ["value"], **shared}
    return _referring(outer)


def _referring(value: Any) -> Any:
    if isinstance(value, list):
        return [_referring(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    return {
        key: _moved(each) if key == "$ref" and isinstance(each, str) else _referring(each)
        for key, each in value.items()
    }


def _moved(reference: str) -> str:
    if not reference.startswith("#") or reference.startswith(tuple(f"#/{key}/" for key in _DEFINITIONS)):
        return reference
    return f"#/properties/value{reference[1:]}"


class _NotNativeError(Exception):
    """Some part has no equivalent."""


def _adapted(schema: Any, *, depth: int) -> dict[str, Any]:
    if not isinstance(schema, Mapping) or depth > 40:
        raise _NotNativeError
    adapted: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _BOUNDS:
            continue
        if key not in _KEPT or (key == "$ref" and not str(value).startswith(("#/$defs/", "#/definitions/"))):
            raise _NotNativeError
        adapted[key] = _value(key, value, depth)
    if "properties" in adapted or adapted.get("type") == "object":
        # an open object, or a map, is what the mode cannot say
        if schema.get("additionalProperties", False) is not False or not adapted.get("properties"):
            raise _NotNativeError
        adapted["additionalProperties"] = False
    if adapted.get("minItems", 0) not in (0, 1):
        del adapted["minItems"]
    return adapted


def _value(key: str, value: Any, depth: int) -> Any:
    if key in ("properties", "$defs", "definitions") and isinstance(value, Mapping):
        return {name: _adapted(each, depth=depth + 1) for name, each in value.items()}
    if key in ("anyOf", "allOf") and isinstance(value, list):
        return [_adapted(each, depth=depth + 1) for each in value]
    return _adapted(value, depth=depth + 1) if key == "items" else value
