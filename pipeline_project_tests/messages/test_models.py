"""The two doors agree: a model gives back exactly what it was made from, and refuses with the place."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_project.conversion import convert_request, convert_response
from pipeline_project.errors import InvalidInput
from pipeline_project.messages.models import MessagesRequest, MessagesResponse, ToolUseBlock

words = st.text(max_size=8)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | words
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=2), max_leaves=4
)
objects = st.dictionaries(words, values, max_size=2)
extras = st.dictionaries(st.sampled_from(["cache_control", "citations", "caller", "new_key"]), values, max_size=2)


def block(**fields):
    return st.builds(lambda fixed, more: {**more, **fixed}, st.fixed_dictionaries(fields), extras)


text = block(type=st.just("text"), text=words)
blocks = (
    text
    | block(type=st.just("image"), source=objects)
    | block(type=st.just("thinking"), thinking=words, signature=words)
    | block(type=st.just("tool_use"), id=words, name=words, input=objects)
    | block(
        type=st.just("tool_result"),
        tool_use_id=words,
        content=words | st.lists(text, max_size=2),
        is_error=st.booleans(),
    )
    | block(type=st.sampled_from(["server_tool_use", "hologram"]), data=values)
)
turns = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "system"]), "content": words | st.lists(blocks, max_size=3)}
)
requests = st.fixed_dictionaries(
    {"model": words, "messages": st.lists(turns, max_size=3)},
    optional={
        "max_tokens": st.integers(0, 9),
        "system": words | st.lists(text, max_size=2),
        "temperature": st.sampled_from([0, 0.5, 1]),
        "stop_sequences": st.lists(words, max_size=2),
        "tools": st.lists(st.fixed_dictionaries({"name": words, "input_schema": objects}), max_size=2),
        "context_management": objects,
    },
)


@settings(max_examples=150, deadline=None)
@given(requests)
def test_a_request_comes_back_exactly_as_it_went_in(body):
    before = copy.deepcopy(body)
    again = MessagesRequest.from_wire(body).to_wire()
    assert again == body == before
    assert repr(again.get("temperature")) == repr(body.get("temperature"))


def test_both_doors_convert_alike():
    body = {
        "model": "gpt-4o",
        "max_tokens": 9,
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "hi", "cache_control": {"type": "ephemeral"}}]},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "t", "input": {"x": 1}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a"}, {"type": "hologram", "x": [1]}]},
        ],
    }
    for target in ("openai", "gemini", "deepseek", "generic", "anthropic"):
        model = MessagesRequest.from_wire(body)
        assert convert_request(model.to_wire(), target=target) == convert_request(body, target=target)


def test_an_answer_fits_its_model():
    answer = {"choices": [{"message": {"content": "hi", "reasoning_content": "hm"}, "finish_reason": "stop"}]}
    message = convert_response(answer).value
    assert MessagesResponse.from_wire(message).to_wire() == message


@pytest.mark.parametrize(
    ("damage", "where"),
    [
        ({"model": 3}, "$.model"),
        ({"max_tokens": "9"}, "$.max_tokens"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "$.messages[0].role"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "$.messages[0].content"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(damage, where):
    with pytest.raises(InvalidInput) as caught:
        MessagesRequest.from_wire({"model": "m", "messages": [], **damage})
    assert caught.value.where.startswith(where)


def test_a_block_can_be_built_by_hand():
    use = ToolUseBlock(type="tool_use", id="a", name="t", input={})
    assert use.to_wire() == {"type": "tool_use", "id": "a", "name": "t", "input": {}}
