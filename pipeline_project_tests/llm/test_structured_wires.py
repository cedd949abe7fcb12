"""Structured answers end to end: each vendor is asked in its own way, by the wire, and repairs once."""

import json
from dataclasses import replace

import pytest

from pipeline_project.errors import RequestRejected
from pipeline_project.llm.native_schemas import wrapped
from pipeline_project.llm.structured import TOOL
from pipeline_project.validation import schemas
from pipeline_project_tests.llm.clients import ask, configure, of
from pipeline_project_tests.servers.anthropic import AnthropicServer
from pipeline_project_tests.servers.deepseek import DeepSeekServer
from pipeline_project_tests.servers.ollama import OllamaServer
from pipeline_project_tests.servers.openai import OpenAiServer
from pipeline_project_tests.servers.upstream import Call, Tokens, Turn, said

SCHEMA = {
    "type": "object",
    "properties": {"total": {"type": "number", "minimum": 0}, "due": {"type": "string"}},
    "required": ["total", "due"],
    "additionalProperties": False,
}
GOOD, BAD = {"total": 12.5, "due": "2026-12-01"}, {"total": -1, "due": "2026-12-01"}
# a model of one's own that keeps to no schema and calls no tools
PLAIN = """
models:
  - {pattern: llama3:8b, provider: ollama, tools: false, json_schema: false, vision: false, thinking: false}
"""


def shapes(schema):
    """Every object within a schema."""
    if isinstance(schema, dict):
        yield from [schema] if schema.get("type") == "object" else []
        for value in schema.values():
            yield from shapes(value)


class StrictOpenAi(OpenAiServer):
    """Refuses what OpenAI's structured outputs refuse: a schema without its name, or with an open object."""

    def refusal(self, body, request):
        form = body.get("response_format") or {}
        if form.get("type") != "json_schema" or not form.get("json_schema", {}).get("name"):
            return self.error(400, "Missing required parameter: 'response_format.json_schema.name'.")
        given = form["json_schema"]
        closed = all(each.get("additionalProperties") is False for each in shapes(given["schema"]))
        if given.get("strict") and not closed:
            return self.error(400, "Invalid schema for response_format: 'additionalProperties' must be false.")
        return super().refusal(body, request)


class StrictAnthropic(AnthropicServer):
    """Refuses what Anthropic's structured outputs refuse: no schema, bounds, or an open object."""

    def answer(self, request):
        form = ((request.body or {}).get("output_config") or {}).get("format") or {}
        text = json.dumps(form)
        closed = all(each.get("additionalProperties") is False for each in shapes(form.get("schema", {})))
        if form.get("type") != "json_schema" or "minimum" in text or not closed:
            message = "output_config.format.schema: For 'number' type, property 'minimum' is not supported"
            return said({"type": "error", "error": {"type": "invalid_request_error", "message": message}}, 400)
        return super().answer(request)


class Forced(DeepSeekServer):
    """DeepSeek has no schema mode; the stand-in wants the schema as the one tool that has to be called."""

    def refusal(self, body, request):
        names = [tool["function"]["name"] for tool in body.get("tools", ())]
        if names != [TOOL] or body.get("tool_choice") in (None, "auto", "none"):
            return self.error(400, "the stand-in was promised a forced call")
        return super().refusal(body, request)


class Prompted(OllamaServer):
    """A model that can only be asked in words."""

    def refusal(self, body, request):
        if "tools" in body or "response_format" in body:
            return self.error(400, "this model does not support tools")
        return super().refusal(body, request)


def words(value):
    return Turn(json.dumps(value), tokens=Tokens(10, 5))


def call(value):
    return Turn(calls=(Call("call_1", TOOL, value),), tokens=Tokens(10, 5))


WAYS = {
    "openai": (StrictOpenAi, "gpt-4o", words),
    "anthropic": (StrictAnthropic, "claude-opus-5-5", words),
    "deepseek": (Forced, "deepseek-chat", call),
    "ollama": (Prompted, "ollama/llama3:8b", words),
}
each_way = pytest.mark.parametrize("vendor", WAYS)


def schema_on(vendor, body):
    """The schema as it stood on the wire."""
    if vendor == "openai":
        return body["response_format"]["json_schema"]["schema"]
    if vendor == "anthropic":
        return body["output_config"]["format"]["schema"]
    if vendor == "deepseek":
        return body["tools"][0]["function"]["parameters"]
    return json.loads(body["messages"][0]["content"].split("\n", 1)[1])


@pytest.fixture
def opened(data_dir, monkeypatch):
    """Starts the stand-in of a vendor, and says how to ask it."""
    servers = []

    def start(vendor):
        kind, model, answer = WAYS[vendor]
        servers.append(kind().__enter__())
        configure(monkeypatch, data_dir, table=PLAIN, **{vendor: servers[-1]})
        return servers[-1], of("What is due?", model=model, schema=SCHEMA), answer

    yield start
    for server in servers:
        server.__exit__()


@each_way
def test_the_schema_is_on_the_wire_and_the_object_comes_back(opened, vendor):
    server, request, answer = opened(vendor)
    server.queue.append(answer(GOOD))
    response = ask(request)
    assert {name: str(value) for name, value in response.parsed.items()} == {"total": "12.5", "due": "2026-12-01"}
    carried = schema_on(vendor, server.bodies[0])
    assert set(carried["properties"]) == {"total", "due"}
    assert carried["required"] == ["total", "due"]


@each_way
def test_one_repair_shows_the_model_its_mistake_and_asks_in_the_same_way(opened, vendor):
    server, request, answer = opened(vendor)
    server.queue.extend([answer(BAD), answer(GOOD)])
    response = ask(request)
    assert str(response.parsed["total"]) == "12.5"
    assert response.usage.input == 20
    assert len(server.requests) == 2
    assert schema_on(vendor, server.bodies[1]) == schema_on(vendor, server.bodies[0])
    said_before, wish = server.bodies[1]["messages"][-2:]
    assert "-1" in str(said_before["content"])
    assert "minimum" in str(wish["content"])


@each_way
def test_a_second_mistake_is_an_error_with_both_answers(opened, vendor):
    server, request, answer = opened(vendor)
    server.queue.extend([answer(BAD), answer({"total": "much", "due": ""})])
    with pytest.raises(RequestRejected, match="asked again") as caught:
        ask(request)
    assert "-1" in str(caught.value)
    assert "much" in str(caught.value)
    assert len(server.requests) == 2


def test_ollama_keeps_to_a_schema_by_itself_unless_the_table_says_its_model_cannot(data_dir, monkeypatch):
    with OllamaServer() as server:
        configure(monkeypatch, data_dir, ollama=server)
        server.queue.append(words(GOOD))
        assert ask(of(model="ollama/llama3:8b", schema=SCHEMA)).parsed["due"] == "2026-12-01"
        assert server.bodies[0]["response_format"]["json_schema"]["schema"]["required"] == ["total", "due"]


LINES = {
    "type": "array",
    "items": {"$ref": "#/$defs/Line"},
    "$defs": {
        "Line": {
            "type": "object",
            "properties": {"of": {"type": "string"}},
            "required": ["of"],
            "additionalProperties": False,
        }
    },
}


def mismatches(value, schema):
    budget = schemas.Budget()
    return list(schemas.mismatches(value, schemas.read_schema(schema, budget), budget))


@each_way
def test_a_list_is_asked_for_as_an_objects_value_and_comes_back_as_a_list(opened, vendor):
    server, request, answer = opened(vendor)
    good = [{"of": "bolts"}, {"of": "nuts"}]
    said_so = good if vendor == "ollama" else {"value": good}
    server.queue.append(answer(said_so))
    response = ask(replace(request, schema=LINES))
    assert response.parsed == good
    carried = schema_on(vendor, server.bodies[0])
    # what the vendor is held to is what was asked for, its references included
    assert mismatches(said_so, carried) == []
    assert mismatches({} if vendor != "ollama" else [{}], carried)
    assert mismatches({"value": [{"from": "bolts"}]}, carried)


@pytest.mark.parametrize(
    ("schema", "text", "parsed"),
    [
        ({"type": "string", "enum": ["yes", "no"]}, '{"value": "yes"}', "yes"),
        ({"type": "string", "enum": ["yes", "no"]}, '"no"', "no"),
        ({"anyOf": [{"type": "object", "properties": {"value": {"type": "integer"}}}]}, '{"value": 3}', {"value": 3}),
        ({}, '{"value": 3}', 3),
    ],
    ids=["wrapped", "bare", "an object with such a name", "anything"],
)
def test_a_wrapped_answer_is_unwrapped_where_that_fits(opened, schema, text, parsed):
    server, request, _ = opened("openai")
    server.queue.append(Turn(text))
    assert ask(replace(request, schema=schema)).parsed == parsed


def test_a_reference_to_a_place_in_the_schema_follows_it():
    tree = {"type": "array", "items": {"anyOf": [{"type": "integer"}, {"$ref": "#"}]}}
    assert mismatches({"value": [1, [2, [3]]]}, wrapped(tree)) == []
    assert mismatches({"value": [1, ["x"]]}, wrapped(tree))
