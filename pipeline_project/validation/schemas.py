"""JSON Schemas of tools: are they valid, and does an input satisfy one. Validators are cached per schema.

jsonschema is imported on first use. Schemas come from strangers, so no `$ref` is ever fetched, patterns run
on re2 (linear time), `uniqueItems` is linear, and all checks of one request share a `Budget`. What cannot
be decided within that is reported as undecided, never as wrong.
"""

import json
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

from pipeline_project.validation.report import Path

MAX_PROBLEMS: Final = 20

# A larger schema is not even read: each cached one is kept with its text, 512 of them.
_MOST_NODES: Final = 20_000
_MOST_TEXT: Final = 128_000
# A regular expression that compiles to more is not used.
_MOST_PATTERN_BYTES: Final = 1 << 20

# How many keywords may be at work inside each other; each takes three or four frames of Python's thousand. The
# library must never meet the end of the stack itself: its Rust part panics there, past every `except Exception`.
MAX_DEPTH: Final = 100

# The keywords that hold a value against another schema.
_APPLICATORS: Final = (
    "$ref",
    "$dynamicRef",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "dependentSchemas",
    "properties",
    "patternProperties",
    "additionalProperties",
    "propertyNames",
    "items",
    "prefixItems",
    "contains",
    "unevaluatedItems",
    "unevaluatedProperties",
)
# Those that a small schema can repeat without end; the schema of schemas, which does not, follows any number.
_REPEATED: Final = ("$ref", "$dynamicRef", "unevaluatedItems", "unevaluatedProperties")
_UNBOUNDED: Final = 2**63


class Mismatch(NamedTuple):
    """One place where a value breaks its schema: the path inside the value and what is wrong with it."""

    path: Path
    message: str


@dataclass(slots=True)
class Budget:
    """What checking may still cost in one request; the defaults keep the worst case at one or two seconds.

    `schema_nodes`: values in schemas not seen before (a hundred tools have some 3,000; checking one costs up
    to 0.2 ms). `comparisons`: nodes of a value times nodes of its schema (1 µs each). `references`: `$ref`s
    followed and unevaluated keywords. `depth`: keywords at work inside each other now.
    """

    schema_nodes: int = 6_000
    comparisons: int = 500_000
    references: int = 2_000
    depth: int = 0


class _Exhausted(Exception):
    """Some part of the budget is used up."""


_budget: ContextVar[Budget] = ContextVar("budget")


class Schema(NamedTuple):
    """A schema looked at: its validator, or the reason why it is invalid, or neither when that is undecided."""

    validator: Any
    problem: Mismatch | None
    size: int


def read_schema(schema: dict[str, Any], budget: Budget) -> Schema:
    """Whether `schema` is a valid JSON Schema (2020-12).

    null counts as absent for the keywords directly in `schema`, as the Messages API takes it.
    """
    size = _size(schema, _MOST_NODES)
    present = {key: value for key, value in schema.items() if value is not None}
    token = _budget.set(budget)
    try:
        text = json.dumps(present, sort_keys=True, default=str) if size < _MOST_NODES else ""
        validator, problem = _compile(text, size) if 0 < len(text) <= _MOST_TEXT else (None, None)
    except (_Exhausted, RecursionError, TypeError, ValueError):
        # too deep or too much, or with an $id that is no URI
        validator = problem = None
    finally:
        _budget.reset(token)
    return Schema(validator, problem, size)


def mismatches(value: Any, schema: Schema, budget: Budget) -> list[Mismatch]:
    """Where `value` breaks `schema`, at most `MAX_PROBLEMS`; none if the schema is invalid or undecided."""
    if schema.validator is None:
        return []
    budget.comparisons -= schema.size * _size(value, budget.comparisons // schema.size + 1)
    if budget.comparisons < 0:
        return []
    from referencing.exceptions import Unresolvable

    try:
        return _run(schema.validator, value, budget)
    except (_Exhausted, RecursionError, Unresolvable, ArithmeticError, TypeError, ValueError):
        # not decidable: an outside or endless $ref, a regex re2 lacks, numbers that cannot be divided
        return []


def _run(validator: Any, value: Any, budget: Budget) -> list[Mismatch]:
    budget.depth = 0
    token = _budget.set(budget)
    try:
        found: dict[Mismatch, None] = {}
        for error in validator.iter_errors(value):
            message = error.message if len(error.message) <= 200 else f"{error.message[:200]}…"
            found[Mismatch(tuple(error.absolute_path), message)] = None
            if len(found) == MAX_PROBLEMS:
                break
        return list(found)
    finally:
        _budget.reset(token)


def _size(value: Any, limit: int) -> int:
    """How many values `value` consists of, counted up to `limit`."""
    count, stack = 0, [value]
    while stack and count < limit:
        item = stack.pop()
        count += 1
        if isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
    return count


@lru_cache(maxsize=512)
def _compile(text: str, size: int) -> tuple[Any, Mismatch | None]:
    """A validator for the schema, or the reason why there is none. Raises _Exhausted, so that it is tried again."""
    from referencing.jsonschema import EMPTY_REGISTRY

    budget = _budget.get()
    if size > budget.schema_nodes:
        raise _Exhausted
    budget.schema_nodes -= size
    schema = json.loads(text)
    problems = _run(_meta_validator(), schema, Budget(references=_UNBOUNDED))
    if problems:
        return None, problems[0]
    # a registry that retrieves nothing: a reference to elsewhere is unresolvable instead of an HTTP request
    return _validator_class()(schema, registry=EMPTY_REGISTRY), None


@cache
def _meta_validator() -> Any:
    """The validator of schemas themselves."""
    return _validator_class()(_validator_class().META_SCHEMA)


@cache
def _validator_class() -> Any:
    """The library's validator with linear keywords, each of which stays within the budget."""
    import attrs
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    linear = {
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "unevaluatedProperties": _without_patterns(Draft202012Validator.VALIDATORS["unevaluatedProperties"]),
    }
    keywords = {**Draft202012Validator.VALIDATORS, **linear}
    bounded = {name: _bounded(keywords[name], cost=int(name in _REPEATED)) for name in _APPLICATORS}
    kind: Any = extend(Draft202012Validator, {**bounded, "pattern": _pattern, "uniqueItems": _unique_items})
    # the library's own evolve leaves this class for the one that a subschema's $schema names, unbounded
    kind.evolve = attrs.evolve
    return kind


def _bounded(keyword: Callable[..., Any], *, cost: int) -> Callable[..., Any]:
    def check(validator: Any, argument: Any, instance: Any, schema: Any) -> Iterator[Any]:
        budget = _budget.get()
        budget.references -= cost
        budget.depth += 1
        try:
            if budget.references < 0 or budget.depth > MAX_DEPTH:
                raise _Exhausted
            yield from keyword(validator, argument, instance, schema) or ()
        finally:
            budget.depth -= 1

    return check


def _without_patterns(keyword: Callable[..., Any]) -> Callable[..., Any]:
    def check(validator: Any, argument: Any, instance: Any, schema: Any) -> Iterator[Any]:
        # the library matches patternProperties by backtracking here, so that case stays undecided
        if "patternProperties" in json.dumps(schema, default=str):
            raise ValueError("unevaluatedProperties beside patternProperties")
        yield from keyword(validator, argument, instance, schema) or ()

    return check


@lru_cache(maxsize=256)
def _search(pattern: str) -> Callable[[str], Any]:
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MOST_PATTERN_BYTES
    try:
        return re2.compile(pattern, options).search
    except re2.error as error:
        raise ValueError(f"re2 has no {pattern}") from error


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[Any]:
    from jsonschema.exceptions import ValidationError

    if isinstance(instance, str) and not _search(pattern)(instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(validator: Any, patterns: dict[str, Any], instance: Any, _schema: Any) -> Iterator[Any]:
    if isinstance(instance, dict):
        for pattern, schema in patterns.items():
            search = _search(pattern)
            for name, value in instance.items():
                if search(name):
                    yield from validator.descend(value, schema, path=name, schema_path=pattern)


def _additional_properties(validator: Any, allowed: Any, instance: Any, schema: Any) -> Iterator[Any]:
    from jsonschema.exceptions import ValidationError

    if not isinstance(instance, dict):
        return
    named = schema.get("properties", {})
    searches = [_search(pattern) for pattern in schema.get("patternProperties", {})]
    extra = [name for name in instance if name not in named and not any(find(name) for find in searches)]
    if isinstance(allowed, dict):
        for name in extra:
            yield from validator.descend(instance[name], allowed, path=name)
    elif allowed is False and extra:
        yield ValidationError(f"{', '.join(map(repr, extra[:5]))} not allowed here")


def _unique_items(_validator: Any, wanted: bool, instance: Any, _schema: Any) -> Iterator[Any]:
    from jsonschema.exceptions import ValidationError

    if wanted and isinstance(instance, list):
        texts = {json.dumps(item, sort_keys=True, default=str) for item in instance}
        if len(texts) < len(instance):
            yield ValidationError("the items are not all different")
