"""Rules on tool definitions: named well and once, with a JSON Schema of type object, not all deferred."""

import re
from collections.abc import Iterator
from typing import Any, Final

from pipeline_project.validation import sources
from pipeline_project.validation.registry import ANTHROPIC, OTHERS, Problem, rule
from pipeline_project.validation.schemas import mismatches
from pipeline_project.validation.subject import Request, Tool, as_dict, as_list

NAME_PATTERN: Final = re.compile(r"[a-zA-Z0-9_-]+")
KEY_PATTERN: Final = re.compile(r"[a-zA-Z0-9_.-]{1,64}")
MAX_STRICT_TOOLS: Final = 20
_COMBINATIONS: Final = ("anyOf", "oneOf", "allOf")

# Types whose definition has no name: the type alone says which tools it stands for.
_NAMELESS: Final = ("mcp_toolset", "computer_toolset_", "browser_toolset_")


@rule("tool.object", sources.TOOL_REFERENCE, scope="request")
def each_tool_is_an_object(request: Request) -> Iterator[Problem]:
    """Each tool is an object in the shape of the Messages API."""
    for index, tool in enumerate(as_list(request.keys.get("tools"))):
        if not isinstance(tool, dict):
            yield ("tools", index), "the tool is not an object; send {name, description, input_schema}"
        elif isinstance(tool.get("function"), dict):
            yield (
                ("tools", index),
                "this is a tool in OpenAI's shape; send {name, description, input_schema}",
            )


@rule("tool.unknown", sources.TOOL_REFERENCE, scope="request", severity="info", providers=ANTHROPIC)
def each_tool_type_is_known(request: Request) -> Iterator[Problem]:
    """Tools of types not known here are kept as they are."""
    for tool in request.tools:
        if not tool.known:
            yield (*tool.path, "type"), f"tool type {tool.kind} is not known here; it is passed on unchanged"


@rule("tool.name", sources.DEFINE_TOOLS, scope="request")
def each_tool_has_a_name(request: Request) -> Iterator[Problem]:
    """Each tool has a name."""
    for tool in request.tools:
        if not tool.name and tool.known and not tool.kind.startswith(_NAMELESS):
            yield (*tool.path, "name"), "the tool has no name; give it one"


@rule("tool.name-pattern", sources.DEFINE_TOOLS, scope="request", providers=ANTHROPIC)
def each_name_is_short_and_plain(request: Request) -> Iterator[Problem]:
    """A custom tool's name has letters, digits, _ and - only, at most 128 (before Claude 4: 64)."""
    limit = request.limits.tool_name
    for tool in request.tools:
        if tool.custom and tool.name and not (NAME_PATTERN.fullmatch(tool.name) and len(tool.name) <= limit):
            yield (
                (*tool.path, "name"),
                f"the name must match ^[a-zA-Z0-9_-]{{1,{limit}}}$; rename the tool",
            )


@rule("tool.name-mapped", sources.OPENAI_CHAT, scope="request", severity="warning", providers=OTHERS)
def each_name_fits_the_provider(request: Request) -> Iterator[Problem]:
    """A custom tool's name has letters, digits, _ and - only, at most 64; others are replaced on the way."""
    limit = request.provider_limits.tool_name
    for tool in request.tools:
        if tool.custom and tool.name and not (NAME_PATTERN.fullmatch(tool.name) and len(tool.name) <= limit):
            yield (
                (*tool.path, "name"),
                f"the name does not fit ^[a-zA-Z0-9_-]{{1,{limit}}}$ and is replaced; rename the tool",
            )


@rule("tool.duplicate", sources.TOOL_REFERENCE, scope="request")
def each_name_is_unique(request: Request) -> Iterator[Problem]:
    """No two tools have one name."""
    for tool in request.tools:
        if tool.name and request.tools_by_name[tool.name] is not tool:
            yield tool.path, f"a second tool is called {tool.name}; keep one"


@rule("tool.count", sources.OPENAI_CHAT, scope="request", providers=("openai", "deepseek"))
def tools_are_not_too_many(request: Request) -> Iterator[Problem]:
    """There are at most as many tools as the provider takes."""
    limit = request.provider_limits.tools
    if limit is not None and len(request.tools) > limit:
        yield ("tools",), f"{len(request.tools)} tools, the limit is {limit}; offer fewer"


@rule("tool.schema-missing", sources.DEFINE_TOOLS, scope="request", providers=ANTHROPIC)
def each_custom_tool_has_a_schema(request: Request) -> Iterator[Problem]:
    """A custom tool has an input_schema."""
    for tool in request.tools:
        if tool.custom and not isinstance(tool.value.get("input_schema"), dict):
            yield (
                (*tool.path, "input_schema"),
                'input_schema is missing or no object; send {"type": "object"} for a tool without input',
            )


@rule("tool.schema-type", sources.DEFINE_TOOLS, scope="request", providers=ANTHROPIC)
def each_schema_describes_an_object(request: Request) -> Iterator[Problem]:
    """An input_schema says type object at its top; the properties in it need no type."""
    for tool, schema in custom_schemas(request):
        if schema.get("type") != "object":
            yield (*tool.path, "input_schema", "type"), 'the schema of an input must say "type": "object"'


@rule("tool.schema", sources.CREATE, scope="request")
def each_schema_is_valid(request: Request) -> Iterator[Problem]:
    """An input_schema is a valid JSON Schema (draft 2020-12)."""
    for path, schema in request.schemas.items():
        if schema.problem:
            yield (
                (*path, "input_schema", *schema.problem.path),
                f"no valid JSON Schema, mend it: {schema.problem.message}",
            )


@rule("tool.schema-root", sources.CREATE, scope="request", providers=ANTHROPIC)
def no_schema_is_a_combination(request: Request) -> Iterator[Problem]:
    """An input_schema has no anyOf, oneOf or allOf at its top.

    The API: input_schema does not support oneOf, allOf, or anyOf at the top level.
    """
    for tool, schema in custom_schemas(request):
        for keyword in _COMBINATIONS:
            if schema.get(keyword) is not None:
                yield (
                    (*tool.path, "input_schema", keyword),
                    f"{keyword} cannot stand at the top of an input_schema; move it into a property",
                )


@rule("tool.schema-keys", sources.CREATE, scope="request", providers=ANTHROPIC)
def property_names_are_plain(request: Request) -> Iterator[Problem]:
    """The properties at the top of an input_schema match ^[a-zA-Z0-9_.-]{1,64}$.

    The API: property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'.
    """
    for tool, schema in custom_schemas(request):
        for key in as_dict(schema.get("properties")):
            if not isinstance(key, str) or not KEY_PATTERN.fullmatch(key):
                yield (
                    (*tool.path, "input_schema", "properties", str(key)),
                    "a property name must match ^[a-zA-Z0-9_.-]{1,64}$; rename it",
                )


@rule("tool.example", sources.DEFINE_TOOLS, scope="request", providers=ANTHROPIC)
def each_example_fits_its_schema(request: Request) -> Iterator[Problem]:
    """Each of the input_examples satisfies the tool's own input_schema."""
    for tool, _ in custom_schemas(request):
        for index, example in enumerate(as_list(tool.value.get("input_examples"))):
            for found in mismatches(example, request.schemas[tool.path], request.budget):
                yield (
                    (*tool.path, "input_examples", index, *found.path),
                    f"the example breaks the input_schema: {found.message}",
                )


@rule("tool.strict-count", sources.STRUCTURED, scope="request", providers=ANTHROPIC)
def strict_tools_are_not_too_many(request: Request) -> Iterator[Problem]:
    """At most 20 tools are strict."""
    strict = [tool for tool in request.tools if tool.value.get("strict") is True]
    if len(strict) > MAX_STRICT_TOOLS:
        yield ("tools",), f"{len(strict)} strict tools, the limit is {MAX_STRICT_TOOLS}; make some not strict"


@rule("tool.deferred-all", sources.TOOL_SEARCH, scope="request", providers=ANTHROPIC)
def some_tool_is_not_deferred(request: Request) -> Iterator[Problem]:
    """At least one tool is not deferred."""
    if request.tools and all(_deferred(tool) for tool in request.tools):
        yield ("tools",), "all tools have defer_loading; leave it out of at least one, the tool search tool"


@rule("tool.deferred-cache", sources.TOOL_SEARCH, scope="request", providers=ANTHROPIC)
def deferred_tools_are_no_breakpoints(request: Request) -> Iterator[Problem]:
    """A deferred tool has no cache_control."""
    for tool in request.tools:
        if _deferred(tool) and tool.value.get("cache_control") is not None:
            yield (
                (*tool.path, "cache_control"),
                "a deferred tool cannot have cache_control; put it on another tool",
            )


def custom_schemas(request: Request) -> Iterator[tuple[Tool, dict[str, Any]]]:
    """Each custom tool that has a schema object, with it."""
    for tool in request.tools:
        schema = tool.value.get("input_schema")
        if tool.custom and isinstance(schema, dict):
            yield tool, schema


def _deferred(tool: Tool) -> bool:
    return tool.value.get("defer_loading") is True
