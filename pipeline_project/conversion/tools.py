"""Tool definitions and tool_choice → chat completions. Extras of a tool never end up inside `parameters`.

A tool that Anthropic defines or runs itself has no schema to send. Where the caller serves it (`served`), it is sent as
an ordinary function; a forced one is dropped together with its tool_choice and reported, any other is refused: a
session that counts on a tool must not lose it unnoticed.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from pipeline_project.conversion import shape
from pipeline_project.conversion.draft import Draft
from pipeline_project.conversion.schema import object_root, open_schema, strict_schema
from pipeline_project.conversion.schema_gemini import gemini_schema
from pipeline_project.errors import InvalidInput

Tool = dict[str, Any]
# Tool family (`web_search` for `web_search_20250305`) → the definition that is sent in its place.
Served = Mapping[str, Mapping[str, Any]]

_KEYS: Final = frozenset({"name", "description", "input_schema", "type", "strict"})
_DATE: Final = re.compile(r"_\d{8}$")


def family_of(tool: Tool) -> str | None:
    """The family of a tool that Anthropic defines (`bash` for `bash_20250124`); None for a caller's own tool."""
    kind = tool.get("type")
    if not isinstance(kind, str) or kind in ("custom", "function") or "input_schema" in tool:
        return None
    return _DATE.sub("", kind)


def names_of(tools: list[Any]) -> list[str]:
    """The names of all tools that have one, in order."""
    return [tool["name"] for tool in tools if isinstance(tool, dict) and isinstance(tool.get("name"), str)]


def convert_tools(draft: Draft, tools: list[Any], choice: Any, served: Served) -> tuple[list[Tool], set[str]]:
    """(function tools, the callers' names of those that could be sent). Raises InvalidInput; see the module."""
    forced = choice.get("name") if isinstance(choice, dict) and choice.get("type") == "tool" else None
    functions: list[Tool] = []
    sent: set[str] = set()
    for index, tool in enumerate(tools):
        path = f"$.tools[{index}]"
        shape.an_object(tool, path)
        family = family_of(tool)
        if family is not None:
            if family not in served:
                _refuse_unless_forced(draft, tool, forced, path)
                continue
            draft.lose(path, "replaced by our own tool", f"{draft.profile.name} does not run {family}")
            tool = {"name": tool.get("name") or family, **served[family]}
        functions.append(_function(draft, tool, path))
        sent.add(tool["name"])
    return functions, sent


def _refuse_unless_forced(draft: Draft, tool: Tool, forced: object, path: str) -> None:
    name = tool.get("name")
    if name is not None and name == forced:
        draft.lose(path, "dropped", f"{draft.profile.name} cannot run {tool['type']}")
        return
    raise InvalidInput(
        f"the tool {tool['type']!r} is run or defined by Anthropic and {draft.profile.name} does not have it",
        where=path,
        remedy="Enable our own tool for it, remove it from the request, or choose an Anthropic model.",
    )


def _function(draft: Draft, tool: Tool, path: str) -> Tool:
    name = shape.a_string(tool.get("name"), f"{path}.name")
    draft.lose_extras(tool, _KEYS, path)
    function: Tool = {"name": draft.tools.send(name)}
    if (description := tool.get("description")) is not None:
        function["description"] = shape.a_string(description, f"{path}.description")
    given = tool.get("input_schema")
    if given is None:
        function["parameters"] = {"type": "object", "properties": {}}
        return {"type": "function", "function": function}
    schema = shape.an_object(given, f"{path}.input_schema")
    if draft.profile.schema == "gemini":
        function["parameters"] = gemini_schema(schema, f"{path}.input_schema", draft.lose)
        if tool.get("strict"):
            draft.lose(f"{path}.strict", "dropped", f"{draft.profile.name} has no strict tools")
    elif tool.get("strict"):
        function.update(_strict(draft, schema, path))
    else:
        function["parameters"] = open_schema(schema, f"{path}.input_schema", draft.lose)
    return {"type": "function", "function": function}


def _strict(draft: Draft, schema: dict[str, Any], path: str) -> dict[str, Any]:
    """`strict` and `parameters` of a strict tool; strict is false where it would make optional properties required."""
    where = f"{path}.input_schema"
    strict = strict_schema(object_root(schema, where, draft.lose), where, draft.lose)
    if strict is not None:
        return {"strict": True, "parameters": strict}
    draft.lose(f"{path}.strict", "became false", "strict mode would change which inputs the schema accepts")
    return {"strict": False, "parameters": open_schema(schema, where, draft.lose)}


def convert_choice(draft: Draft, choice: Any, sent: set[str]) -> dict[str, Any]:
    """The `tool_choice` and `parallel_tool_calls` keys of the request. Raises InvalidInput for a malformed choice."""
    kind = shape.an_object(choice, "$.tool_choice").get("type")
    result: dict[str, Any] = {}
    if not sent:
        draft.lose("$.tool_choice", "dropped", "there is no tool to choose")
        return result
    if kind == "tool":
        name = shape.a_string(choice.get("name"), "$.tool_choice.name")
        if name in sent:
            result["tool_choice"] = {"type": "function", "function": {"name": draft.tools.send(name)}}
        else:
            draft.lose("$.tool_choice", "dropped", f"{name} is not among the tools that could be sent")
    elif kind in ("auto", "none"):
        result["tool_choice"] = kind
    elif kind == "any":
        result["tool_choice"] = "required"
    else:
        raise InvalidInput(
            f"unknown tool_choice {kind!r}",
            where="$.tool_choice.type",
            remedy="Use auto, any, tool or none.",
        )
    if choice.get("disable_parallel_tool_use"):
        if draft.profile.parallel_field and draft.model.parallel:
            result["parallel_tool_calls"] = False
        else:
            why = f"{draft.profile.name} cannot turn parallel calls off for this model"
            draft.lose("$.tool_choice.disable_parallel_tool_use", "dropped", why)
    return result
