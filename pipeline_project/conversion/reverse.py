"""A chat completions request → an Anthropic Messages request, with a report of everything lost on the way.

The way back of `convert_request`, and the way in for clients that speak OpenAI. Refuses to guess a tool or a role it
does not know.
"""

from typing import Any, Final

from pipeline_project.conversion import shape
from pipeline_project.conversion.capabilities import UNKNOWN
from pipeline_project.conversion.draft import Draft
from pipeline_project.conversion.profiles import PROFILES
from pipeline_project.conversion.report import Conversion
from pipeline_project.conversion.reverse_turns import ReverseTurns
from pipeline_project.errors import InvalidInput
from pipeline_project.messages.blocks import EFFORTS

# Anthropic wants a limit; what its own examples give when nothing was said.
_DEFAULT_LIMIT: Final = 4_096
_READ: Final = frozenset(
    {"model", "messages", "tools", "functions", "tool_choice", "function_call", "parallel_tool_calls", "stream"}
    | {"max_tokens", "max_completion_tokens", "temperature", "top_p", "stop", "user", "safety_identifier"}
    | {"reasoning_effort", "thinking", "response_format", "stream_options"}
)


def convert_request_back(body: dict[str, Any]) -> Conversion:
    """A chat completions request as a Messages request. Raises InvalidInput, `where` a JSONPath."""
    body = shape.an_object(body, "$")
    tools = _tool_list(body)
    draft = Draft(PROFILES["anthropic"], UNKNOWN, [tool["name"] for tool in tools])
    draft.lose_extras(body, _READ, "$")
    turns = ReverseTurns(draft)
    turns.read(shape.a_list(body.get("messages"), "$.messages"))
    if not turns.messages:
        raise InvalidInput("there is no message", where="$.messages", remedy="Send at least one user message.")
    value: dict[str, Any] = {"model": shape.a_string(body["model"], "$.model")} if "model" in body else {}
    if turns.system:
        value["system"] = turns.system[0]["text"] if len(turns.system) == 1 else turns.system
    value["messages"] = turns.messages
    if tools:
        value["tools"] = [{**tool, "name": draft.tools.send(tool["name"])} for tool in tools]
    value |= _choice(draft, body, bool(tools)) | _limits(draft, body) | _reasoning(draft, body)
    return Conversion(value, draft.losses, draft.names)


def _tool_list(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The tools of a request in Anthropic's shape, the older `functions` included."""
    found: list[tuple[Any, str]] = []
    for index, tool in enumerate(shape.a_list(body.get("tools") or [], "$.tools")):
        path = f"$.tools[{index}]"
        if shape.an_object(tool, path).get("type", "function") != "function":
            raise InvalidInput(
                f"a tool of type {tool['type']!r} has no counterpart", where=path, remedy="Send function tools."
            )
        found.append((tool.get("function"), f"{path}.function"))
    functions = shape.a_list(body.get("functions") or [], "$.functions")
    found.extend((function, f"$.functions[{index}]") for index, function in enumerate(functions))
    tools = []
    for function, path in found:
        shape.an_object(function, path)
        tool: dict[str, Any] = {"name": shape.a_string(function.get("name"), f"{path}.name")}
        if function.get("description") is not None:
            tool["description"] = shape.a_string(function["description"], f"{path}.description")
        schema = function.get("parameters")
        tool["input_schema"] = (
            {"type": "object", "properties": {}} if schema is None else shape.an_object(schema, f"{path}.parameters")
        )
        if function.get("strict"):
            tool["strict"] = True
        tools.append(tool)
    return tools


def _choice(draft: Draft, body: dict[str, Any], has_tools: bool) -> dict[str, Any]:
    given = body.get("tool_choice")
    if given is None:
        given = body.get("function_call")
    choice: dict[str, Any] = {}
    if isinstance(given, dict):
        function = given.get("function") if "function" in given else given
        name = shape.an_object(function, "$.tool_choice.function").get("name")
        choice = {"type": "tool", "name": draft.tools.send(shape.a_string(name, "$.tool_choice.function.name"))}
    elif given is not None:
        kinds = {"auto": "auto", "none": "none", "required": "any"}
        if not isinstance(given, str) or given not in kinds:
            raise InvalidInput(
                f"unknown tool_choice {given!r}",
                where="$.tool_choice",
                remedy="Use auto, none, required or a function.",
            )
        choice = {"type": kinds[given]}
    if body.get("parallel_tool_calls") is False and has_tools and choice.get("type") != "none":
        choice = {"type": "auto", **choice, "disable_parallel_tool_use": True}
    return {"tool_choice": choice} if choice and has_tools else {}


def _limits(draft: Draft, body: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    limit = body.get("max_completion_tokens")
    limit = body.get("max_tokens") if limit is None else limit
    if limit is None:
        draft.lose("$.max_tokens", f"became {_DEFAULT_LIMIT}", "Anthropic wants a limit")
        limit = _DEFAULT_LIMIT
    result["max_tokens"] = shape.an_integer(limit, "$.max_tokens")
    for key in ("temperature", "top_p"):
        if body.get(key) is not None:
            value = shape.a_number(body[key], f"$.{key}")
            if value > 1:
                draft.lose(f"$.{key}", f"{value} became 1", "Anthropic's scale ends at 1")
            result[key] = min(value, 1)
    if (stop := body.get("stop")) is not None:
        stops = [stop] if isinstance(stop, str) else shape.a_list(stop, "$.stop")
        result["stop_sequences"] = [shape.a_string(each, f"$.stop[{index}]") for index, each in enumerate(stops)]
    user = body.get("user") or body.get("safety_identifier")
    if user is not None:
        result["metadata"] = {"user_id": shape.a_string(user, "$.user")}
    if body.get("stream") is not None:
        result["stream"] = shape.a_boolean(body["stream"], "$.stream")
    return result


def _reasoning(draft: Draft, body: dict[str, Any]) -> dict[str, Any]:
    """`thinking` and `output_config` from reasoning_effort, DeepSeek's switch and response_format."""
    config: dict[str, Any] = {}
    result: dict[str, Any] = {}
    effort, switch = body.get("reasoning_effort"), body.get("thinking")
    if switch is not None and shape.an_object(switch, "$.thinking").get("type") == "disabled":
        effort = "none"
    if effort == "none":
        result["thinking"] = {"type": "disabled"}
    elif effort == "minimal":
        draft.lose("$.reasoning_effort", "minimal became low", "Anthropic's scale begins at low")
        config["effort"] = "low"
    elif effort is not None:
        if effort not in EFFORTS:
            raise InvalidInput(
                f"unknown effort {effort!r}",
                where="$.reasoning_effort",
                remedy=f"Use one of none, minimal, {', '.join(EFFORTS)}.",
            )
        config["effort"] = effort
    wanted = body.get("response_format")
    wanted = {"type": "text"} if wanted is None else shape.an_object(wanted, "$.response_format")
    kind = wanted.get("type")
    if kind == "json_schema":
        named = shape.an_object(wanted.get("json_schema"), "$.response_format.json_schema")
        schema = shape.an_object(named.get("schema"), "$.response_format.json_schema.schema")
        config["format"] = {"type": "json_schema", "schema": schema}
    elif kind != "text":
        draft.lose("$.response_format", "dropped", "Anthropic wants a schema for JSON answers")
    return {**result, "output_config": config} if config else result
