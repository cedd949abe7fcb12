"""JSON Schemas of tools and answers → what a target reads: nearly all of JSON Schema, or the strict subset.

Looks only where schemas stand: a property that is named `default`, `format` or `$ref` is a property. Optional
properties stay optional: a schema that has any is not sent as strict. The input is never changed; what needs no
change is shared.

Sources: OpenAI "Structured Outputs: supported schemas" and the errors of its chat completions endpoint.
"""

from collections.abc import Callable
from typing import Any, Final

from pipeline_project.conversion.shape import member

Schema = dict[str, Any]
# path, what, why
Lose = Callable[[str, str, str], None]

# Keywords whose value is a schema, a list of schemas, or an object of schemas by name. Everything else is data.
SCHEMA_KEYS: Final = frozenset(
    {"additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then"}
    | {"unevaluatedItems", "unevaluatedProperties", "additionalItems"}
)
LIST_KEYS: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems", "items"})
NAMED_KEYS: Final = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})

_ITEMS: Final = frozenset({"items", "prefixItems"})
LEAVES: Final = ("string", "boolean", "integer", "number")

_COMBINERS: Final = ("anyOf", "oneOf", "allOf")
# "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level."
_REFUSED_AT_ROOT: Final = frozenset({*_COMBINERS, "enum", "not", "$ref"})

_STRICT: Final = frozenset(
    {"type", "properties", "required", "additionalProperties", "items", "anyOf", "enum", "const", "description"}
    | {"title", "$defs", "definitions", "$ref", "pattern", "minimum", "maximum", "exclusiveMinimum", "multipleOf"}
    | {"exclusiveMaximum", "minItems", "maxItems"}
)
# Without these the schema accepts more, never less.
_DROPPED_FOR_STRICT: Final = frozenset(
    {"$schema", "$id", "$comment", "default", "format", "examples", "propertyNames", "minLength", "maxLength"}
    | {"uniqueItems", "minProperties", "maxProperties", "deprecated", "readOnly", "writeOnly"}
)


def open_schema(schema: Schema, path: str, lose: Lose) -> Schema:
    """A tool's schema for a target that reads JSON Schema: an object at the root, every array with items."""
    root = object_root(schema, path, lose)
    return _with_items(root, path, lose) if _lacks_items(root) else root


def object_root(schema: Schema, path: str, lose: Lose) -> Schema:
    """The schema with a plain object at its root; combined roots are merged into the one object they describe."""
    refused = schema.keys() & _REFUSED_AT_ROOT
    if not refused and schema.get("type") == "object" and isinstance(schema.get("properties"), dict):
        return schema
    root = {key: value for key, value in schema.items() if key not in refused}
    if not isinstance(root.get("properties"), dict):
        root["properties"] = {}
    if root.get("type") != "object":
        if "type" in root:
            lose(f"{path}.type", "became object", "tool arguments are an object")
        root["type"] = "object"
    for key in sorted(refused):
        what = "dropped" if key in ("enum", "not") else "merged into the object"
        lose(member(path, key), what, "a tool's schema must be one plain object")
        _merge(root, schema, key)
    return root


def _merge(root: Schema, schema: Schema, key: str) -> None:
    """Put what a combiner or reference at the root describes into `root`: required only where all agree."""
    value = schema[key]
    if key == "$ref":
        target = resolve(schema, value)
        members, everyone = [target] if target else [], True
    elif key in _COMBINERS and isinstance(value, list):
        members, everyone = [each for each in value if isinstance(each, dict)], key == "allOf"
    else:
        return
    members = [(resolve(schema, each["$ref"]) if "$ref" in each else None) or each for each in members]
    root["properties"] = dict(root["properties"])
    for each in members:
        if isinstance(properties := each.get("properties"), dict):
            for name, property_ in properties.items():
                root["properties"].setdefault(name, property_)
    required = [set(names(each.get("required"))) for each in members]
    agreed = (set.union(*required) if everyone else set.intersection(*required)) if required else set()
    all_names = [*names(root.get("required")), *sorted(agreed)]
    if all_names:
        root["required"] = list(dict.fromkeys(all_names))


def resolve(root: Schema, reference: object) -> Schema | None:
    """The schema a local reference (`#/$defs/x`) points to; None for any other reference."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        return None
    found: Any = root
    for step in reference[1:].split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, dict) or step not in found:
            return None
        found = found[step]
    return found if isinstance(found, dict) else None


def names(required: object) -> list[str]:
    """The names in a `required` list; draft 3 wrote true there."""
    return [name for name in required if isinstance(name, str)] if isinstance(required, list) else []


def _lacks_items(schema: Schema) -> bool:
    """Whether any array below says nothing of its items; nearly always no, so this is asked before paths are built."""
    kind = schema.get("type")
    if (kind == "array" or (isinstance(kind, list) and "array" in kind)) and not schema.keys() & _ITEMS:
        return True
    for key, value in schema.items():
        if isinstance(value, dict):
            if key in NAMED_KEYS:
                if any(_lacks_items(each) for each in value.values() if _may_lack(each)):
                    return True
            elif key in SCHEMA_KEYS and _lacks_items(value):
                return True
        elif isinstance(value, list) and key in LIST_KEYS and any(map(_lacks_items, filter(_may_lack, value))):
            return True
    return False


def _may_lack(schema: Any) -> bool:
    """False for the commonest leaf, a plain type with a description."""
    return isinstance(schema, dict) and (len(schema) > 2 or schema.get("type") not in LEAVES)


def _with_items(schema: Any, path: str, lose: Lose) -> Any:
    """The schema, every array of which says what its items are ("array schema missing items")."""
    if not isinstance(schema, dict):
        return schema
    changed: Schema = {}
    for key, value in schema.items():
        if key in NAMED_KEYS:
            new = _named_with_items(value, member(path, key), lose) if isinstance(value, dict) else value
        elif key in LIST_KEYS and isinstance(value, list):
            new = _list_with_items(value, f"{path}.{key}", lose)
        elif key in SCHEMA_KEYS:
            new = _with_items(value, f"{path}.{key}", lose)
        else:
            continue
        if new is not value:
            changed[key] = new
    kind = schema.get("type")
    if "array" in (kind if isinstance(kind, list) else (kind,)) and not schema.keys() & _ITEMS:
        lose(path, "items added", "an array must say what its items are")
        changed["items"] = {}
    return {**schema, **changed} if changed else schema


def _named_with_items(schemas: Schema, path: str, lose: Lose) -> Schema:
    changed = {}
    for name, schema in schemas.items():
        new = _with_items(schema, member(path, name), lose)
        if new is not schema:
            changed[name] = new
    return {**schemas, **changed} if changed else schemas


def _list_with_items(schemas: list[Any], path: str, lose: Lose) -> list[Any]:
    new = [_with_items(schema, f"{path}[{index}]", lose) for index, schema in enumerate(schemas)]
    return new if any(a is not b for a, b in zip(new, schemas, strict=True)) else schemas


def strict_schema(schema: Any, path: str, lose: Lose) -> Schema | None:
    """The schema in OpenAI's strict subset, or None where that would make it accept other values.

    None: an optional property, a map, a keyword that strict mode does not know. Losses are reported only for a
    schema that is returned.
    """
    losses: list[tuple[str, str, str]] = []
    converted = _strict(schema, path, lambda *loss: losses.append(loss))
    if converted is not None:
        for loss in losses:
            lose(*loss)
    return converted


def _strict(schema: Any, path: str, lose: Lose) -> Schema | None:
    if not isinstance(schema, dict):
        return None
    result: Schema = {}
    for key, value in schema.items():
        where = member(path, key)
        if key in _DROPPED_FOR_STRICT:
            lose(where, "dropped", "strict mode does not take it")
            continue
        if key not in _STRICT:
            return None
        new = _strict_value(key, value, where, lose)
        if new is None:
            return None
        result[key] = new
    if result.get("type") == "object" or "properties" in result:
        properties = result.setdefault("properties", {})
        if result.get("additionalProperties", False) is not False or set(names(result.get("required"))) != set(
            properties
        ):
            return None
        result["additionalProperties"] = False
    return result


def _strict_value(key: str, value: Any, path: str, lose: Lose) -> Any:
    """The value of one keyword in strict form; None where there is no such form."""
    if key in NAMED_KEYS and isinstance(value, dict):
        converted = {name: _strict(each, member(path, name), lose) for name, each in value.items()}
        return None if None in converted.values() else converted
    if key == "anyOf" and isinstance(value, list):
        members = [_strict(each, f"{path}[{index}]", lose) for index, each in enumerate(value)]
        return None if None in members else members
    return _strict(value, path, lose) if key == "items" else value
