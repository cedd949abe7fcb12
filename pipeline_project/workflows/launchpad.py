"""An input schema (JSON Schema) as Dagster config, so that the Launchpad completes and checks the input's fields.

Types, nesting, options and defaults are carried over; what Dagster's config cannot say (minimum, pattern, formats)
`start` checks with the schema itself. A shape that has no counterpart is taken as it is (`Any`).
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from dagster import Any as DagsterAny
from dagster import Array, Bool, Enum, EnumValue, Field, Float, Int, Noneable, Permissive, Shape, String

Schema = Mapping[str, Any]


def config_of(input_schema: Schema) -> Shape | Permissive:
    """The config schema of a workflow's `start` op."""
    return _object(input_schema)


def _object(schema: Schema) -> Shape | Permissive:
    properties = schema.get("properties")
    required = schema.get("required") or []
    fields = {
        name: _field(inner if isinstance(inner, Mapping) else {}, required=name in required)
        for name, inner in (properties.items() if isinstance(properties, Mapping) else ())
    }
    # JSON Schema leaves objects open unless told otherwise; a closed one lets the Launchpad name a wrong field
    open_ended = schema.get("additionalProperties", not fields)
    return Permissive(fields) if open_ended else Shape(fields)


def _field(schema: Schema, *, required: bool) -> Field:
    description = schema.get("description") or schema.get("title")
    if "default" in schema:
        return Field(_type(schema), default_value=schema["default"], is_required=False, description=description)
    return Field(_type(schema), is_required=required, description=description)


def _type(schema: Schema) -> Any:
    kinds = schema.get("type")
    if isinstance(kinds, list):
        named = [kind for kind in kinds if kind != "null"]
        inner = _type({**schema, "type": named[0]}) if len(named) == 1 else DagsterAny
        return Noneable(inner) if "null" in kinds and inner is not DagsterAny else inner
    if "enum" in schema:
        return _enum(schema["enum"])
    if kinds == "object":
        return _object(schema)
    if kinds == "array":
        items = schema.get("items")
        return Array(_type(items)) if isinstance(items, Mapping) else Array(DagsterAny)
    simple = {"string": String, "integer": Int, "boolean": Bool, "number": Float}
    return simple.get(str(kinds), DagsterAny)


def _enum(values: list[Any]) -> Any:
    if not values or not all(isinstance(value, str) for value in values):
        return DagsterAny
    # Dagster shares an enum's values process-wide by name, so the name says which values they are
    name = "choice_" + hashlib.sha256(json.dumps(values).encode()).hexdigest()[:12]
    return Enum(name, [EnumValue(value) for value in values])
