"""JSON Schemas of tools → the subset of OpenAPI 3.0 that Gemini reads in function declarations.

Keywords outside the subset are translated where there is a way (const → enum, $ref → the schema itself, null in a
union → nullable, exclusive bounds of integers → inclusive ones) and otherwise dropped, always reported. Property
names are never taken for keywords.

Source: ai.google.dev, "Schema" of the Gemini API reference.
"""

from typing import Any, Final

from pipeline_project.conversion.schema import LEAVES, Lose, Schema, names, object_root, resolve
from pipeline_project.conversion.shape import member
from pipeline_project.errors import InvalidInput

_KEPT: Final = frozenset(
    {"title", "description", "minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"}
    | {"pattern", "minimum", "maximum", "nullable"}
)
_PLAIN: Final = frozenset({"type", "description"})
_TYPES: Final = frozenset({"string", "number", "integer", "boolean", "array", "object"})
_HANDLED: Final = frozenset(
    {"type", "properties", "required", "items", "prefixItems", "enum", "const", "anyOf", "oneOf", "allOf", "$ref"}
    | {"exclusiveMinimum", "exclusiveMaximum", "$defs", "definitions"}
)
_UNIONS: Final = ("anyOf", "oneOf")
# References that refer to each other twice double the schema at each step.
_SIZE_LIMIT: Final = 20_000


def gemini_schema(schema: Schema, path: str, lose: Lose) -> Schema:
    """A tool's schema for Gemini: an object at the root, every part of it typed."""
    root = object_root(schema, path, lose)
    return _Translation(root, lose).convert(root, path, ())


def _is_plain(schema: Any) -> bool:
    """Whether a schema is the commonest leaf, a plain type with a description, which needs no translation."""
    return isinstance(schema, dict) and schema.keys() <= _PLAIN and schema.get("type") in LEAVES


class _Translation:
    """One schema's translation; `root` is what local references are looked up in."""

    def __init__(self, root: Schema, lose: Lose) -> None:
        self.root = root
        self.lose = lose
        self.size = 0

    def convert(self, schema: Any, path: str, seen: tuple[str, ...]) -> Schema:
        """One schema and all below it; `seen` are the references on the way here."""
        self.size += 1
        if self.size > _SIZE_LIMIT:
            raise InvalidInput(
                f"the schema has more than {_SIZE_LIMIT} parts once its references are put in",
                where=path,
                remedy="Use fewer nested references.",
            )
        if not isinstance(schema, dict):
            self.lose(path, "became string", "Gemini needs a typed schema")
            return {"type": "string"}
        if "$ref" in schema:
            return self._reference(schema, path, seen)
        if isinstance(schema.get("allOf"), list):
            schema = self._all_of(schema, path)
        result = {key: value for key, value in schema.items() if key in _KEPT}
        for key in schema:
            if key not in _KEPT and key not in _HANDLED:
                self.lose(member(path, key), "dropped", "Gemini refuses this keyword")
        for union in _UNIONS:
            if isinstance(schema.get(union), list):
                if not schema.keys() & {"properties", "items"}:
                    return self._union(result, schema[union], f"{path}.{union}", seen)
                self.lose(f"{path}.{union}", "dropped", "Gemini has no alternatives beside properties")
        self._type(result, schema, path)
        self._values(result, schema, path)
        self._bounds(result, schema, path)
        if isinstance(result["type"], list):
            types = [{**schema, "type": each} for each in result["type"]]
            return self._union({"nullable": "nullable" in result}, types, f"{path}.type", seen)
        if result["type"] == "object":
            self._properties(result, schema, path, seen)
        if result["type"] == "array":
            result["items"] = self._items(schema, path, seen)
        return result

    def _reference(self, schema: Schema, path: str, seen: tuple[str, ...]) -> Schema:
        reference = schema["$ref"]
        found = resolve(self.root, reference)
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        if found is None or reference in seen:
            why = "Gemini has no recursive schemas" if found else "the reference leads nowhere"
            self.lose(f"{path}['$ref']", "became a plain object" if found else "became string", why)
            return self.convert({"type": "object" if found else "string", **rest}, path, seen)
        self.lose(f"{path}['$ref']", "replaced by what it refers to", "Gemini has no references")
        return self.convert({**found, **rest}, path, (*seen, reference))

    def _all_of(self, schema: Schema, path: str) -> Schema:
        """The schema with every member of its allOf merged in."""
        self.lose(f"{path}.allOf", "merged", "Gemini has no allOf")
        merged = {key: value for key, value in schema.items() if key != "allOf"}
        for each in schema["allOf"]:
            if isinstance(each, dict) and "$ref" in each:
                each = resolve(self.root, each["$ref"])
            if not isinstance(each, dict):
                continue
            for key, value in each.items():
                if key == "properties" and isinstance(value, dict) and isinstance(merged.get(key), dict):
                    merged[key] = {**value, **merged[key]}
                elif key == "required":
                    merged[key] = list(dict.fromkeys([*names(merged.get(key)), *names(value)]))
                else:
                    merged.setdefault(key, value)
        return merged

    def _union(self, result: Schema, members: list[Any], path: str, seen: tuple[str, ...]) -> Schema:
        """Alternatives: null becomes nullable, a single one stands for itself, several are an anyOf alone."""
        rest = [each for each in members if not (isinstance(each, dict) and each.get("type") == "null")]
        nullable = len(rest) < len(members) or result.pop("nullable", False)
        if path.endswith(".oneOf"):
            self.lose(path, "became anyOf", "Gemini has no oneOf")
        alternatives = [self.convert(each, f"{path}[{index}]", seen) for index, each in enumerate(rest)]
        if nullable:
            alternatives = [{**each, "nullable": True} for each in alternatives]
        # "when using any_of, it must be the only field set": what stood beside it is said in each alternative.
        alternatives = [{**result, **each} for each in alternatives]
        if not alternatives:
            return {**result, "type": "string", "nullable": True}
        return alternatives[0] if len(alternatives) == 1 else {"anyOf": alternatives}

    def _type(self, result: Schema, schema: Schema, path: str) -> None:
        """Set `type`: as given, or as the other keywords imply."""
        given = schema.get("type")
        kinds = [each for each in (given if isinstance(given, list) else [given]) if isinstance(each, str)]
        if "null" in kinds:
            result["nullable"] = True
        kinds = [each for each in kinds if each in _TYPES]
        if len(kinds) > 1:
            result["type"] = kinds
        elif kinds:
            result["type"] = kinds[0]
        else:
            result["type"] = self._implied(schema, path)

    def _implied(self, schema: Schema, path: str) -> str:
        if "properties" in schema:
            return "object"
        if "items" in schema or "prefixItems" in schema:
            return "array"
        constant = schema.get("const")
        if isinstance(constant, bool):
            return "boolean"
        if isinstance(constant, int | float):
            return "number"
        if not schema.keys() & {"enum", "const", "pattern", "minLength", "maxLength"}:
            self.lose(path, "became string", "Gemini needs a typed schema")
        return "string"

    def _values(self, result: Schema, schema: Schema, path: str) -> None:
        """Allowed values: Gemini knows them only for strings, and none may be empty."""
        if "const" in schema:
            values, key = [schema["const"]], "const"
        elif isinstance(schema.get("enum"), list):
            values, key = schema["enum"], "enum"
        else:
            return
        if None in values:
            result["nullable"] = True
        kept = [value for value in values if isinstance(value, str) and value]
        if kept and result["type"] == "string":
            result["enum"] = kept
            if key == "const":
                self.lose(f"{path}.const", "became enum", "Gemini has no const")
        if len(kept) < len(values) or "enum" not in result:
            self.lose(f"{path}.{key}", "values dropped", "Gemini knows allowed values only as non-empty strings")

    def _bounds(self, result: Schema, schema: Schema, path: str) -> None:
        """Exclusive bounds become inclusive: exact for integers, a little wider for numbers."""
        for key, inclusive, step in (("exclusiveMinimum", "minimum", 1), ("exclusiveMaximum", "maximum", -1)):
            bound = schema.get(key)
            if key in schema:
                self.lose(f"{path}.{key}", f"became {inclusive}", "Gemini has inclusive bounds only")
            if isinstance(bound, bool) or not isinstance(bound, int | float):
                continue
            if result["type"] == "integer" and isinstance(bound, int):
                bound += step
            result.setdefault(inclusive, bound)

    def _properties(self, result: Schema, schema: Schema, path: str, seen: tuple[str, ...]) -> None:
        properties = schema.get("properties")
        if not isinstance(properties, dict):
            return
        where = f"{path}.properties"
        result["properties"] = {
            name: each if _is_plain(each) else self.convert(each, member(where, name), seen)
            for name, each in properties.items()
        }
        required = [name for name in names(schema.get("required")) if name in properties]
        if required:
            result["required"] = required

    def _items(self, schema: Schema, path: str, seen: tuple[str, ...]) -> Schema:
        items = schema.get("items")
        if isinstance(items, dict):
            return self.convert(items, f"{path}.items", seen)
        positions = schema.get("prefixItems", items)
        if isinstance(positions, list) and positions:
            self.lose(path, "positions became alternatives", "Gemini has one schema for all items")
            return self._union({}, positions, f"{path}.items", seen)
        self.lose(f"{path}.items", "became string", "Gemini needs a typed schema")
        return {"type": "string"}
