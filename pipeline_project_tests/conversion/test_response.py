"""Cases 27 to 35 for whole answers: chat completions → Anthropic message."""

import copy

import pytest

from pipeline_project.conversion import convert_response
from pipeline_project.errors import InvalidInput, RateLimited, RequestRejected, ServiceError, ServiceUnavailable


def answer(message, finish="stop", **more):
    return {
        "id": "chatcmpl-9aKb3cD4eF5gH6iJ",
        "object": "chat.completion",
        "model": "gpt-x",
        "choices": [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
        **more,
    }


def test_an_answer_with_everything():
    given = answer(
        {
            "content": "Here:",
            "reasoning_content": "Hm.",
            "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "find", "arguments": '{"q": 1}'}},
                {"id": "b", "type": "function", "function": {"name": "find", "arguments": '{"q": 2}'}},
            ],
        },
        "tool_calls",
    )
    before = copy.deepcopy(given)
    conversion = convert_response(given, request={"model": "claude-x", "messages": []})
    assert given == before
    assert conversion.losses == []
    assert conversion.value == {
        "id": "msg_9aKb3cD4eF5gH6iJ",
        "type": "message",
        "role": "assistant",
        "model": "claude-x",
        "content": [
            {"type": "thinking", "thinking": "Hm.", "signature": ""},
            {"type": "text", "text": "Here:"},
            {"type": "tool_use", "id": "a", "name": "find", "input": {"q": 1}},
            {"type": "tool_use", "id": "b", "name": "find", "input": {"q": 2}},
        ],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 10,
            "output_tokens": 5,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
        },
    }


def test_case_28_a_refusal_is_text_and_a_refusal():
    value = convert_response(answer({"content": None, "refusal": "I cannot."})).value
    assert value["content"] == [{"type": "text", "text": "I cannot."}]
    assert value["stop_reason"] == "refusal"


def test_case_31_no_finish_reason_does_not_spoil_a_whole_answer():
    call = {"id": "a", "function": {"name": "find", "arguments": "{oops"}}
    value = convert_response(answer({"content": None, "tool_calls": [call]}, None)).value
    assert value["content"][0]["input"] == {"_invalid_json": "{oops"}


def test_case_32_calls_with_one_id_and_no_index_stay_two_calls():
    call = {"id": "call_0", "function": {"name": "find", "arguments": "{}"}}
    blocks = convert_response(answer({"tool_calls": [call, call]})).value["content"]
    assert len({block["id"] for block in blocks}) == 2


@pytest.mark.parametrize(
    ("body", "error", "words"),
    [
        ({"error": {"message": "slow down", "code": 429}}, RateLimited, "slow down"),
        ([{"error": {"code": 400, "message": "bad", "status": "INVALID_ARGUMENT"}}], RequestRejected, "bad"),
        ({"object": "error", "message": "no model", "code": 404}, RequestRejected, "no model"),
        ({"error": "model not loaded"}, ServiceUnavailable, "model not loaded"),
        ({"detail": "Internal Server Error"}, ServiceUnavailable, "Internal Server Error"),
        ({"choices": None, "base_resp": {"status_code": 1008, "status_msg": "no balance"}}, ServiceError, "no balance"),
        ({"success": False, "errors": [{"code": 7003, "message": "no route"}]}, ServiceError, "no route"),
        ({"detail": [{"loc": ["body"], "msg": "field required"}]}, ServiceError, "field required"),
        ({"id": "x", "choices": []}, ServiceUnavailable, "neither an answer nor a reason"),
        ({}, ServiceError, "neither an answer nor a reason"),
    ],
)
def test_case_35_an_error_body_is_raised_and_never_becomes_a_message(body, error, words):
    with pytest.raises(error, match=words):
        convert_response(body)


@pytest.mark.parametrize("body", ["x", None, 3])
def test_what_is_no_answer_is_refused(body):
    with pytest.raises(InvalidInput):
        convert_response(body)
