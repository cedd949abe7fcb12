"""Structured answers: how each kind of model is asked, the one repair, and the error that shows both answers."""

import json

import pytest

from pipeline_project.errors import ContentRefused, InvalidInput, RequestRejected
from pipeline_project.llm.native_schemas import native_schema, wrapped
from pipeline_project.llm.providers.base import ModelInfo
from pipeline_project.llm.requests import Request
from pipeline_project.llm.responses import Usage
from pipeline_project.llm.structured import TOOL, body_of
from pipeline_project_tests.llm.clients import ask, configure, listen, of, records
from pipeline_project_tests.servers.anthropic import AnthropicServer
from pipeline_project_tests.servers.upstream import Call, Tokens, Turn

SCHEMA = {
    "type": "object",
    "properties": {"total": {"type": "number", "minimum": 0}, "due": {"type": "string"}},
    "required": ["total"],
}
MAP = {"type": "object", "properties": {"of": {"type": "object", "additionalProperties": {"type": "number"}}}}
GOOD, BAD = '{"total": 12.5}', '{"total": -1}'


@pytest.fixture
def server(data_dir, monkeypatch):
    with AnthropicServer() as upstream:
        configure(monkeypatch, data_dir, anthropic=upstream)
        yield upstream


def test_a_native_schema_is_sent_and_the_object_comes_back_checked(server):
    server.queue.append(Turn(text=f"```json\n{GOOD}\n```"))
    answer = ask(of(schema=SCHEMA))
    assert str(answer.parsed["total"]) == "12.5"
    form = server.bodies[0]["output_config"]["format"]
    assert form["type"] == "json_schema"
    assert form["schema"]["additionalProperties"] is False
    assert "minimum" not in json.dumps(form)


def test_one_round_of_repair_shows_the_model_what_is_wrong(server):
    server.queue.extend([Turn(text=BAD, tokens=Tokens(10, 5)), Turn(text=GOOD, tokens=Tokens(20, 6))])
    answer = ask(of(schema=SCHEMA))
    assert answer.parsed["total"]
    assert answer.usage == Usage(input=30, output=11)
    assert answer.cost == sum(row.cost for row in records())
    assert len(records()) == 2
    said, wish = server.bodies[1]["messages"][-2:]
    assert said["content"] == BAD
    assert "total" in wish["content"]
    assert "minimum" in wish["content"]


def test_after_the_repair_the_error_shows_both_answers_cut(server):
    server.queue.extend([Turn(text="no idea"), Turn(text="still none " * 100)])
    with pytest.raises(RequestRejected, match=r"answered: no idea; asked again, it answered: still none.*…") as caught:
        ask(of(schema=SCHEMA))
    assert len(str(caught.value)) < 1500
    assert len(server.requests) == 2


def test_a_cut_off_answer_is_not_repaired_and_a_refusal_is_one(server):
    server.queue.append(Turn(text='{"tot', finish="length"))
    with pytest.raises(RequestRejected, match="max_tokens"):
        ask(of(schema=SCHEMA))
    assert len(server.requests) == 1
    server.queue.append(Turn(text="I will not", finish="filtered"))
    with pytest.raises(ContentRefused):
        ask(of(schema=SCHEMA))


def test_a_schema_that_the_mode_cannot_say_is_asked_for_by_tool(server):
    server.queue.append(Turn(calls=(Call("toolu_1", TOOL, {"of": {"a": 1}}),)))
    assert ask(of(schema=MAP)).parsed == {"of": {"a": 1}}
    body = server.bodies[0]
    assert body["tool_choice"] == {"type": "tool", "name": TOOL}
    assert "output_config" not in body


def test_the_callers_own_tool_call_is_handed_back_instead(server):
    server.queue.append(Turn(calls=(Call("toolu_1", "look", {}),)))
    answer = ask(of(schema=SCHEMA, tools=[{"name": "look", "input_schema": {"type": "object"}}]))
    assert answer.parsed is None
    assert answer.tool_calls[0].name == "look"


def test_a_stream_ends_with_the_object_or_with_the_error(server):
    server.queue.extend([Turn(text=GOOD), Turn(text=BAD)])
    assert listen(of(schema=SCHEMA))[-1].response.parsed["total"]
    with pytest.raises(RequestRejected, match="does not fit"):
        listen(of(schema=SCHEMA))
    assert len(server.requests) == 2


def test_what_is_no_schema_is_refused_before_anything_is_sent(server):
    with pytest.raises(InvalidInput, match="no JSON Schema"):
        ask(of(schema={"type": "nonsense"}))
    assert server.requests == []


def test_each_kind_of_model_is_asked_in_its_way():
    request = Request.of_text("x", schema={"type": "array", "items": {"type": "string"}}, system="Be brief.")
    assert "output_config" in body_of(request, ModelInfo("m", "openai", json_schema=True), "m")
    by_tool = body_of(request, ModelInfo("m", "deepseek", json_schema=False, tools=True), "m")
    assert by_tool["tools"][0]["input_schema"]["properties"]["value"]["type"] == "array"
    by_prompt = body_of(request, ModelInfo("m", "vllm"), "m")
    assert by_prompt["system"].startswith("Be brief.")
    assert '"array"' in by_prompt["system"]


@pytest.mark.parametrize(
    "schema",
    [
        MAP,
        {"type": "object"},
        {"oneOf": [{"type": "string"}]},
        {"type": "object", "properties": {"a": {"$ref": "http://x"}}},
        {"type": "object", "properties": {"a": True}},
    ],
)
def test_what_anthropics_mode_cannot_say_is_not_native_there(schema):
    assert native_schema(schema, "anthropic") is None
    assert native_schema(schema, "openai") in (schema, wrapped(schema))


def test_the_offline_model_fits_a_schema(data_dir):
    answer = ask(Request.of_text("Invoice of 30.00 EUR", model="offline", schema=SCHEMA))
    assert answer.parsed["total"] >= 0
