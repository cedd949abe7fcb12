"""No shape of input raises anything but our own errors: sound values with parts replaced, left out, or nested deep."""

import copy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline_project.conversion import (
    StreamConverter,
    accumulate,
    convert_request,
    convert_request_back,
    convert_response,
    encode_sse,
)
from pipeline_project.errors import PipelineError

TARGETS = ("openai", "anthropic", "gemini", "deepseek", "generic")


def text(said):
    return {"type": "text", "text": said}


TOOL_BODY = {
    "model": "m",
    "max_tokens": 10,
    "system": [text("s")],
    "metadata": {"user_id": "u"},
    "thinking": {"type": "enabled", "budget_tokens": 2000},
    "output_config": {"effort": "high", "format": {"type": "json_schema", "schema": {"type": "object"}}},
    "stop_sequences": ["a"],
    "tool_choice": {"type": "tool", "name": "t"},
    "tools": [
        {
            "name": "t",
            "description": "d",
            "strict": True,
            "input_schema": {
                "type": "object",
                "required": ["a"],
                "properties": {
                    "a": {"type": ["string", "null"], "enum": ["x"], "format": "f"},
                    "b": {"anyOf": [{"$ref": "#/$defs/c"}, {"type": "array", "items": {"type": "integer"}}]},
                },
                "$defs": {"c": {"const": 1, "allOf": [{"exclusiveMinimum": 1}]}},
            },
        }
    ],
    "messages": [
        {"role": "user", "content": [text("hi"), {"type": "image", "source": {"type": "url", "url": "u"}}]},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "t", "signature": "gemini:a:s"},
                {"type": "server_tool_use", "id": "s", "name": "n", "input": {}},
                {"type": "web_search_tool_result", "tool_use_id": "s", "content": [{"url": "u", "title": "t"}]},
                {"type": "tool_use", "id": "a", "name": "t", "input": {"q": 1}},
            ],
        },
        {"role": "system", "content": "note"},
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "a", "is_error": True, "content": [text("x"), {"type": "odd"}]},
                {"type": "document", "source": {"type": "content", "content": [text("y")]}, "title": "T"},
                {"type": "search_result", "title": "t", "source": "s", "content": [text("z")]},
            ],
        },
    ],
}
OPENAI_BODY = {
    "model": "m",
    "max_tokens": 10,
    "tools": [{"type": "function", "function": {"name": "t", "parameters": {"type": "object"}}}],
    "tool_choice": {"type": "function", "function": {"name": "t"}},
    "reasoning_effort": "low",
    "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {}}},
    "stop": ["a"],
    "messages": [
        {"role": "system", "content": "s"},
        {"role": "user", "content": [{"type": "text", "text": "t"}, {"type": "image_url", "image_url": {"url": "u"}}]},
        {
            "role": "assistant",
            "content": None,
            "reasoning_content": "r",
            "tool_calls": [{"id": "a", "type": "function", "function": {"name": "t", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "a", "content": [{"type": "text", "text": "t"}]},
    ],
}
CHUNK = {
    "id": "i",
    "created": 1,
    "choices": [
        {
            "index": 0,
            "delta": {
                "content": "c",
                "reasoning_content": "r",
                "reasoning_details": [{"type": "reasoning.text", "text": "t", "format": "anthropic", "signature": "s"}],
                "thinking_blocks": [{"type": "thinking", "thinking": "t", "signature": "s"}],
                "annotations": [
                    {"type": "url_citation", "url_citation": {"url": "u", "start_index": 0, "end_index": 1}}
                ],
                "refusal": None,
                "tool_calls": [
                    {
                        "index": 0,
                        "id": "a",
                        "function": {"name": "t", "arguments": "{}"},
                        "extra_content": {"google": {"thought_signature": "s"}},
                    }
                ],
            },
            "finish_reason": "stop",
            "stop_reason": "x",
        }
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 1}},
    "error": None,
}

junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("\ud800"),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["type", "text", "content", "name", "id", "$ref", "x", ""]), inner, max_size=2
        )
    ),
    max_leaves=6,
)


def places(value, way=()):
    yield way
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from places(child, (*way, key))


@st.composite
def damaged(draw, sound):
    """A sound value with up to three of its parts replaced by anything, or left out."""
    value = copy.deepcopy(sound)
    for _ in range(draw(st.integers(1, 3))):
        way = draw(st.sampled_from(list(places(value))))
        if not way:
            return draw(junk)
        holder = value
        for step in way[:-1]:
            holder = holder[step]
        if draw(st.booleans()) and isinstance(holder, dict):
            del holder[way[-1]]
        else:
            holder[way[-1]] = draw(junk)
    return value


FUZZ = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def only_our_errors(function, *arguments, **keywords):
    try:
        return function(*arguments, **keywords)
    except PipelineError:
        return None


@FUZZ
@given(damaged(TOOL_BODY), st.sampled_from(TARGETS))
def test_no_request_raises_anything_but_our_own_errors(body, target):
    before = repr(body)
    only_our_errors(convert_request, body, target=target)
    assert repr(body) == before
    only_our_errors(convert_response, CHUNK, request=body)


@FUZZ
@given(damaged(OPENAI_BODY))
def test_no_request_of_openai_raises_anything_but_our_own_errors(body):
    only_our_errors(convert_request_back, body)


@FUZZ
@given(st.lists(damaged(CHUNK), max_size=3))
def test_no_chunk_raises_anything_but_our_own_errors(chunks):
    converter = StreamConverter({"model": "m", "messages": []})
    events = [event for chunk in chunks for event in only_our_errors(converter.feed, chunk) or ()]
    events += only_our_errors(converter.finish) or []
    only_our_errors(accumulate, events)
    for chunk in chunks:
        only_our_errors(convert_response, chunk)


@FUZZ
@given(st.data())
def test_no_events_raise_anything_but_our_own_errors(data):
    converter = StreamConverter({"model": "m", "messages": []})
    events = [*converter.feed(CHUNK), *converter.finish()]
    only_our_errors(accumulate, data.draw(damaged(events)))
    only_our_errors(encode_sse, data.draw(damaged(events[0])))


@pytest.mark.parametrize("target", TARGETS)
def test_a_body_nested_too_deeply_is_refused_or_passed_and_never_a_crash(target):
    deep = {}
    for _ in range(5_000):
        deep = {"type": "object", "properties": {"a": deep}, "x": [deep]}
    call = {"type": "tool_use", "id": "a", "name": "t", "input": deep}
    messages = [{"role": "user", "content": "x"}, {"role": "assistant", "content": [call]}]
    only_our_errors(convert_request, {"model": "m", "messages": messages}, target=target)
    tools = [{"name": "t", "input_schema": deep}]
    only_our_errors(convert_request, {"model": "m", "messages": messages[:1], "tools": tools}, target=target)
