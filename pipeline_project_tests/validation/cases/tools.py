"""Cases of the rules on tools, tool_choice and calls held against the tools."""

from pipeline_project_tests.validation.cases.build import Case, assistant, call, request, result, tool, user

ASKED = user("hello")
SEARCH = {"type": "tool_search_tool_regex_20251119", "name": "tool_search_tool_regex"}
REFERENCE = {"type": "tool_reference", "tool_name": "look"}


def _tools(*tools, **keys):
    return request(ASKED, tools=list(tools), **keys)


def _schema(**schema):
    return _tools(tool(input_schema={"type": "object", **schema}))


def _choice(**choice):
    return _tools(tool(), tool_choice=choice)


def _called(*tools, **given):
    return request(ASKED, assistant(call(**given)), user(result()), tools=list(tools))


CASES = [
    Case("tool.object", "$.tools[1]", _tools(tool(), "look"), _tools(tool())),
    Case(
        "tool.object",
        "$.tools[0]",
        _tools({"type": "function", "function": {"name": "look", "parameters": {}}}),
        _tools(tool()),
    ),
    Case("tool.unknown", "$.tools[0].type", _tools({"type": "hologram_2030", "name": "h"}), _tools(SEARCH)),
    Case(
        "tool.name",
        "$.tools[0].name",
        _tools({"input_schema": {"type": "object"}}),
        _tools(tool(), {"type": "mcp_toolset", "mcp_server_name": "s"}, mcp_servers=[{"name": "s"}]),
    ),
    Case("tool.name-pattern", "$.tools[0].name", _tools(tool("look.up")), _tools(tool("look-up_2"))),
    Case("tool.name-pattern", "$.tools[0].name", _tools(tool("n" * 129)), _tools(tool("n" * 128))),
    Case(
        "tool.name-pattern",
        "$.tools[0].name",
        _tools(tool("n" * 65), model="claude-3-5-haiku-20241022"),
        _tools(tool("n" * 64), model="claude-3-5-haiku-20241022"),
    ),
    Case(
        "tool.name-mapped",
        "$.tools[0].name",
        _tools(tool("n" * 65)),
        _tools(tool("n" * 64)),
        {"provider": "openai"},
    ),
    Case("tool.duplicate", "$.tools[1]", _tools(tool(), tool()), _tools(tool(), tool("other"))),
    Case(
        "tool.count",
        "$.tools",
        _tools(*[tool(f"t{number}") for number in range(129)]),
        _tools(*[tool(f"t{number}") for number in range(128)]),
        {"provider": "openai"},
    ),
    Case("tool.schema-missing", "$.tools[0].input_schema", _tools({"name": "look"}), _tools(SEARCH)),
    Case(
        "tool.schema-type",
        "$.tools[0].input_schema.type",
        _tools(tool(input_schema={"properties": {}})),
        _schema(properties={"a": {"anyOf": [{"type": "string"}]}, "b": {"enum": [1]}, "c": {"$ref": "#"}}),
    ),
    Case(
        "tool.schema",
        "$.tools[0].input_schema.properties.at.type",
        _schema(properties={"at": {"type": "strin"}}),
        _schema(properties={"at": {"type": ["string", "null"], "pattern": r"(?<year>\p{Nd})"}}, required=None),
    ),
    Case(
        "tool.schema-root",
        "$.tools[0].input_schema.anyOf",
        _schema(anyOf=[{"required": ["a"]}]),
        _schema(properties={"a": {"anyOf": [{"type": "string"}]}}),
    ),
    Case(
        "tool.schema-keys",
        "$.tools[0].input_schema.properties['a b']",
        _schema(properties={"a b": {}}),
        _schema(properties={"a.b-c_1": {}}),
    ),
    Case(
        "tool.example",
        "$.tools[0].input_examples[1].at",
        _tools(tool(input_examples=[{"at": "x"}, {"at": 1}])),
        _tools(tool(input_examples=[{"at": "x"}])),
    ),
    Case(
        "tool.strict-count",
        "$.tools",
        _tools(*[tool(f"t{number}", strict=True) for number in range(21)]),
        _tools(*[tool(f"t{number}", strict=True) for number in range(20)]),
    ),
    Case("tool.deferred-all", "$.tools", _tools(tool(defer_loading=True)), _tools(tool(defer_loading=True), SEARCH)),
    Case(
        "tool.deferred-cache",
        "$.tools[0].cache_control",
        _tools(tool(defer_loading=True, cache_control={"type": "ephemeral"}), SEARCH),
        _tools(tool(cache_control={"type": "ephemeral"}), SEARCH),
    ),
    Case("tool-choice.kind", "$.tool_choice.type", _choice(type="required"), _choice(type="any")),
    Case("tool-choice.kind", "$.tool_choice.name", _choice(type="tool"), _choice(type="tool", name="look")),
    Case(
        "tool-choice.tools",
        "$.tool_choice",
        request(ASKED, tools=[], tool_choice={"type": "auto"}),
        _choice(type="auto"),
    ),
    Case(
        "tool-choice.name",
        "$.tool_choice.name",
        _choice(type="tool", name="other"),
        _choice(type="tool", name="look"),
    ),
    Case(
        "tool-choice.caller",
        "$.tool_choice.name",
        _tools(tool(allowed_callers=["code_execution_20260120"]), tool_choice={"type": "tool", "name": "look"}),
        _tools(tool(allowed_callers=["direct"]), tool_choice={"type": "tool", "name": "look"}),
    ),
    Case(
        "tool-choice.model",
        "$.tool_choice.type",
        _tools(tool(), tool_choice={"type": "any"}, model="claude-opus-5-5"),
        _tools(tool(), tool_choice={"type": "any"}, model="claude-opus-4-8"),
    ),
    Case("tool-use.undefined", "$.messages[1].content[0].name", _called(tool("other")), _called(tool())),
    Case("tool-use.input", "$.messages[1].content[0].input.at", _called(tool(), at=1), _called(tool(), at="x")),
    Case(
        "tool-reference.undefined",
        "$.messages[2].content[0].content[0].tool_name",
        request(ASKED, assistant(call()), user(result(content=[REFERENCE])), tools=[tool("other")]),
        request(ASKED, assistant(call()), user(result(content=[REFERENCE])), tools=[tool()]),
    ),
    Case(
        "mcp.servers",
        "$.mcp_servers[0]",
        _tools(tool(), mcp_servers=[{"name": "s"}]),
        _tools({"type": "mcp_toolset", "mcp_server_name": "s"}, mcp_servers=[{"name": "s"}]),
    ),
    Case(
        "mcp.servers",
        "$.tools[0].mcp_server_name",
        _tools({"type": "mcp_toolset", "mcp_server_name": "s"}),
        _tools({"type": "mcp_toolset", "mcp_server_name": "s"}, mcp_servers=[{"name": "s"}]),
    ),
]
