"""Cases 9 to 12 and 22: tools, their schemas, tool_choice, server tools, and names outside a target's charset."""

import copy

import pytest

from pipeline_project.conversion import convert_request, convert_response
from pipeline_project.errors import InvalidInput

OPENAI_LIKE = ("openai", "gemini", "deepseek", "generic")
SCHEMA = {"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]}


def tool(name="find", schema=SCHEMA, **extra):
    return {"name": name, "description": "finds", "input_schema": schema, **extra}


def convert(*tools, target="openai", messages=None, **keys):
    messages = messages or [{"role": "user", "content": "go"}]
    return convert_request({"model": "m", "messages": messages, "tools": list(tools), **keys}, target=target)


def parameters(conversion, index=0):
    return conversion.value["tools"][index]["function"]["parameters"]


def paths(conversion):
    return [loss["path"] for loss in conversion.losses]


def keywords(schema):
    """Every keyword of a schema and of those below it; property names are none."""
    found = set()
    if isinstance(schema, list):
        return set().union(*map(keywords, schema))
    if isinstance(schema, dict):
        for key, value in schema.items():
            found.add(key)
            if key in ("properties", "$defs"):
                found |= set().union(*map(keywords, value.values()))
            elif key not in ("enum", "const", "default", "required"):
                found |= keywords(value)
    return found


@pytest.mark.parametrize("target", OPENAI_LIKE)
def test_case_09_extras_of_a_tool_never_end_up_inside_parameters(target):
    extras = {
        "type": "custom",
        "defer_loading": True,
        "input_examples": [{"q": "x"}],
        "allowed_callers": ["direct"],
        "cache_control": {"type": "ephemeral"},
        "eager_input_streaming": True,
    }
    conversion = convert(tool(**extras), target=target)
    [sent] = conversion.value["tools"]
    assert sent == {"type": "function", "function": {"name": "find", "description": "finds", "parameters": SCHEMA}}
    for name in extras.keys() - {"type"}:
        assert f"$.tools[0].{name}" in paths(conversion)


@pytest.mark.parametrize("target", OPENAI_LIKE)
def test_case_09_a_tool_without_schema_gets_an_empty_object_schema(target):
    assert parameters(convert({"name": "ping"}, target=target)) == {"type": "object", "properties": {}}


HARD = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": ["status", "gone"],
    "$defs": {"limit": {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 10}},
    "properties": {
        "status": {
            "description": "which",
            "anyOf": [{"type": "string", "enum": ["on", "off"]}, {"type": "string", "const": "deleted"}],
        },
        "url": {"type": "string", "format": "uri", "default": "https://x"},
        "limit": {"$ref": "#/$defs/limit", "description": "how many"},
        "maybe": {"type": ["string", "null"]},
        "either": {"type": ["string", "number"]},
        "labels": {"type": "object", "propertyNames": {"type": "string"}, "patternProperties": {"^x": {}}},
        "rows": {"type": "array"},
        "level": {"enum": [1, 2]},
        "one": {"oneOf": [{"type": "boolean"}, {"type": "null"}]},
        "tree": {"allOf": [{"properties": {"a": {"type": "string"}}, "required": ["a"]}, {"title": "T"}]},
        "default": {"type": "string"},
        "format": {"type": "string"},
        "$ref": {"type": "string"},
        "const": {"type": "string"},
        "additionalProperties": {"type": "boolean"},
    },
}


def test_case_10_gemini_gets_only_keywords_it_knows_and_every_property():
    before = copy.deepcopy(HARD)
    conversion = convert(tool(schema=HARD), target="gemini")
    schema = parameters(conversion)
    assert before == HARD
    refused = {"$schema", "additionalProperties", "propertyNames", "patternProperties", "const", "$ref", "$defs"}
    refused |= {"exclusiveMinimum", "exclusiveMaximum", "format", "default", "oneOf", "allOf"}
    assert not keywords(schema) & refused
    assert schema["properties"].keys() == HARD["properties"].keys()
    assert schema["required"] == ["status"]
    properties = schema["properties"]
    assert properties["status"] == {
        "anyOf": [
            {"type": "string", "enum": ["on", "off"], "description": "which"},
            {"type": "string", "enum": ["deleted"], "description": "which"},
        ]
    }
    assert properties["limit"] == {"type": "integer", "minimum": 1, "maximum": 9, "description": "how many"}
    assert properties["maybe"] == {"type": "string", "nullable": True}
    assert [each["type"] for each in properties["either"]["anyOf"]] == ["string", "number"]
    assert properties["rows"] == {"type": "array", "items": {"type": "string"}}
    assert properties["one"] == {"type": "boolean", "nullable": True}
    assert properties["tree"]["required"] == ["a"]
    assert "enum" not in properties["level"]
    assert "$.tools[0].input_schema.properties.url.format" in paths(conversion)


def test_case_10_a_recursive_or_exploding_schema_ends():
    tree = {"type": "object", "properties": {"child": {"$ref": "#/$defs/node"}}}
    tree["$defs"] = {"node": {"type": "object", "properties": {"child": {"$ref": "#/$defs/node"}}}}
    assert "child" in parameters(convert(tool(schema=tree), target="gemini"))["properties"]["child"]["properties"]
    bomb = {"type": "object", "properties": {"a": {"$ref": "#/$defs/a0"}}, "$defs": {"a30": {"type": "string"}}}
    for step in range(30):
        following = {"$ref": f"#/$defs/a{step + 1}"}
        bomb["$defs"][f"a{step}"] = {"type": "object", "properties": {"x": following, "y": following}}
    with pytest.raises(InvalidInput, match="references"):
        convert(tool(schema=bomb), target="gemini")


def test_case_10_a_strict_tool_stays_strict_only_if_that_changes_nothing():
    plain = {**SCHEMA, "$schema": "x", "properties": {"q": {"type": "string", "format": "uri", "default": "y"}}}
    conversion = convert(tool(schema=plain, strict=True), tool("free", {**SCHEMA, "required": []}, strict=True))
    strict, free = (each["function"] for each in conversion.value["tools"])
    assert strict["strict"] is True
    assert strict["parameters"] == {**SCHEMA, "additionalProperties": False}
    assert free["strict"] is False
    assert free["parameters"]["required"] == []
    assert "$.tools[1].strict" in paths(conversion)


@pytest.mark.parametrize("target", OPENAI_LIKE)
def test_case_10_optional_properties_are_never_silently_required(target):
    schema = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["a"]}
    for strict in (True, False):
        assert parameters(convert(tool(schema=schema, strict=strict), target=target))["required"] == ["a"]


@pytest.mark.parametrize("target", OPENAI_LIKE)
def test_case_10_a_combined_root_becomes_one_plain_object(target):
    first = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    second = {"type": "object", "properties": {"b": {"type": "string"}}, "required": ["a", "b"]}
    schema = parameters(
        convert(tool(schema={"anyOf": [first, {"$ref": "#/$defs/s"}], "$defs": {"s": second}}), target=target)
    )
    assert schema["type"] == "object"
    assert schema["properties"].keys() == {"a", "b"}
    assert schema["required"] == ["a"]
    assert not schema.keys() & {"anyOf", "oneOf", "allOf", "$ref"}


@pytest.mark.parametrize("target", ["openai", "deepseek", "generic"])
def test_case_10_what_needs_no_change_is_sent_as_it_is(target):
    conversion = convert(tool(schema={**HARD, "properties": {"url": HARD["properties"]["url"]}}), target=target)
    assert parameters(conversion)["properties"]["url"] == HARD["properties"]["url"]
    assert conversion.losses == []


@pytest.mark.parametrize("target", OPENAI_LIKE)
def test_case_11_tool_choice_in_all_its_forms(target):
    def choose(**choice):
        return convert(tool(), target=target, tool_choice=choice).value.get("tool_choice")

    assert choose(type="auto") == "auto"
    assert choose(type="any") == "required"
    assert choose(type="none") == "none"
    assert choose(type="tool", name="find") == {"type": "function", "function": {"name": "find"}}


@pytest.mark.parametrize("target", ["openai", "generic"])
def test_case_11_parallel_calls_can_be_turned_off(target):
    conversion = convert(tool(), target=target, tool_choice={"type": "auto", "disable_parallel_tool_use": True})
    assert conversion.value["parallel_tool_calls"] is False


@pytest.mark.parametrize("target", ["gemini", "deepseek"])
def test_case_11_where_they_cannot_it_is_reported(target):
    conversion = convert(tool(), target=target, tool_choice={"type": "auto", "disable_parallel_tool_use": True})
    assert "parallel_tool_calls" not in conversion.value
    assert "$.tool_choice.disable_parallel_tool_use" in paths(conversion)


@pytest.mark.parametrize("target", OPENAI_LIKE)
def test_case_11_a_choice_of_a_tool_the_target_cannot_have_is_dropped_with_the_tool(target):
    search = {"type": "web_search_20250305", "name": "web_search", "max_uses": 8}
    conversion = convert(search, target=target, tool_choice={"type": "tool", "name": "web_search"})
    assert not conversion.value.keys() & {"tools", "tool_choice"}
    assert {"$.tools[0]", "$.tool_choice"} <= set(paths(conversion))


SERVER_TOOLS = [
    {"type": "web_search_20250305", "name": "web_search"},
    {"type": "bash_20250124", "name": "bash"},
    {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"},
    {"type": "computer_20250124", "name": "computer", "display_width_px": 1, "display_height_px": 1},
    {"type": "code_execution_20250825", "name": "code_execution"},
]


@pytest.mark.parametrize("target", OPENAI_LIKE)
@pytest.mark.parametrize("server_tool", SERVER_TOOLS, ids=lambda each: each["name"])
def test_case_12_a_server_tool_that_nobody_serves_is_refused_by_name(target, server_tool):
    with pytest.raises(InvalidInput, match=server_tool["type"]) as caught:
        convert(tool(), server_tool, target=target)
    assert caught.value.where == "$.tools[1]"
    assert convert(server_tool, target="anthropic").value["tools"] == [server_tool]


@pytest.mark.parametrize("target", OPENAI_LIKE)
@pytest.mark.parametrize("server_tool", SERVER_TOOLS, ids=lambda each: each["name"])
def test_case_12_a_server_tool_that_we_serve_is_sent_as_a_function(target, server_tool):
    family = server_tool["type"].rsplit("_", 1)[0]
    body = {"model": "m", "messages": [{"role": "user", "content": "go"}], "tools": [server_tool]}
    served = {family: {"description": "ours", "input_schema": SCHEMA}}
    conversion = convert_request(body, target=target, served=served)
    [sent] = conversion.value["tools"]
    assert sent["function"] == {"name": server_tool["name"], "description": "ours", "parameters": SCHEMA}
    assert "$.tools[0]" in paths(conversion)


def server_history():
    results = [{"type": "web_search_result", "title": "Release", "url": "https://x", "encrypted_content": "Zm9v"}]
    blocks = [
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "dagster"}},
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": results},
        {"type": "text", "text": "It is out."},
    ]
    return [
        {"role": "user", "content": "?"},
        {"role": "assistant", "content": blocks},
        {"role": "user", "content": "!"},
    ]


@pytest.mark.parametrize("target", OPENAI_LIKE)
def test_case_12_the_history_of_server_tools_becomes_a_text_summary(target):
    answer = convert(target=target, messages=server_history()).value["messages"][1]
    for phrase in ("web_search", "dagster", "Release", "https://x", "It is out."):
        assert phrase in answer["content"]
    assert "Zm9v" not in answer["content"]
    assert "tool_calls" not in answer


def test_case_12_the_history_of_server_tools_stays_as_it_is_for_anthropic():
    assert convert(target="anthropic", messages=server_history()).value["messages"] == server_history()


ODD_NAMES = ["mcp.files/read", "mcp files read", "näme", "x" * 80, "x" * 79 + "y", "find", "1st"]


@pytest.mark.parametrize("target", OPENAI_LIKE)
def test_case_22_tool_names_outside_the_charset_are_mapped_reversibly(target):
    conversion = convert(*map(tool, ODD_NAMES), target=target, tool_choice={"type": "tool", "name": "näme"})
    sent = [each["function"]["name"] for each in conversion.value["tools"]]
    assert len(set(sent)) == len(ODD_NAMES)
    assert all(len(name) <= 64 and name.replace("_", "").replace("-", "").isalnum() for name in sent)
    assert sent[5] == "find"
    assert [conversion.names["tools"].get(name, name) for name in sent] == ODD_NAMES
    assert conversion.value["tool_choice"]["function"]["name"] == sent[2]
    answer = {"choices": [{"message": {"tool_calls": [{"id": "c", "function": {"name": sent[3], "arguments": "{}"}}]}}]}
    [block] = convert_response(answer, names=conversion.names).value["content"]
    assert block["name"] == ODD_NAMES[3]


@pytest.mark.parametrize("target", OPENAI_LIKE)
def test_case_22_ids_are_mapped_alike_in_calls_and_results_and_never_collide(target):
    ids = ["functions.Read:0", "functions_Read_0", "i" * 70, "i" * 69 + "j", "functions.Read:0"]
    messages = [{"role": "user", "content": "go"}]
    for number, call_id in enumerate(ids):
        call = {"type": "tool_use", "id": call_id, "name": "find", "input": {}}
        answer = {"type": "tool_result", "tool_use_id": call_id, "content": str(number)}
        messages += [{"role": "assistant", "content": [call]}, {"role": "user", "content": [answer]}]
    conversion = convert(tool(), target=target, messages=messages)
    sent = [each["tool_calls"][0]["id"] for each in conversion.value["messages"] if each["role"] == "assistant"]
    answered = [each["tool_call_id"] for each in conversion.value["messages"] if each["role"] == "tool"]
    assert sent == answered
    assert len(set(sent)) == len(ids)
    assert [conversion.names["ids"].get(call_id, call_id) for call_id in sent] == ids
    assert all(len(call_id) <= (40 if target == "openai" else 64) for call_id in sent)


def test_case_22_the_same_name_is_sent_alike_in_every_request():
    first = convert(tool("a.b"), tool("other"))
    second = convert(tool("new.one"), tool("a.b"))
    assert first.value["tools"][0]["function"]["name"] == second.value["tools"][1]["function"]["name"]
