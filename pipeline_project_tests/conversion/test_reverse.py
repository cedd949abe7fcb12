"""A chat completions request → Messages request: what an OpenAI client may send, and the way back of our own."""

import pytest

from pipeline_project.conversion import convert_request, convert_request_back
from pipeline_project.errors import InvalidInput


def back(*messages, **keys):
    return convert_request_back({"model": "claude-x", "max_tokens": 10, "messages": list(messages), **keys})


USER = {"role": "user", "content": "go"}


def call(call_id="a", arguments='{"q": 1}', **extra):
    return {"id": call_id, "type": "function", "function": {"name": "find", "arguments": arguments}, **extra}


def test_system_text_first_is_system_and_later_stays_in_place():
    value = back(
        {"role": "developer", "content": "one"},
        {"role": "system", "content": "two"},
        USER,
        {"role": "system", "content": "three"},
    ).value
    assert [block["text"] for block in value["system"]] == ["one", "two"]
    assert value["messages"][1] == {"role": "system", "content": "three"}


def test_a_conversation_with_calls():
    value = back(
        USER,
        {
            "role": "assistant",
            "content": "Let me see.",
            "reasoning_content": "Hm",
            "tool_calls": [call(), call("b", "")],
        },
        {"role": "tool", "tool_call_id": "a", "content": "1"},
        {"role": "tool", "tool_call_id": "b", "content": [{"type": "text", "text": "2"}]},
        {"role": "user", "content": [{"type": "text", "text": "so?"}]},
    ).value
    assert value["messages"][1]["content"] == [
        {"type": "thinking", "thinking": "Hm", "signature": ""},
        {"type": "text", "text": "Let me see."},
        {"type": "tool_use", "id": "a", "name": "find", "input": {"q": 1}},
        {"type": "tool_use", "id": "b", "name": "find", "input": {}},
    ]
    assert value["messages"][2]["content"] == [
        {"type": "tool_result", "tool_use_id": "a", "content": "1"},
        {"type": "tool_result", "tool_use_id": "b", "content": [{"type": "text", "text": "2"}]},
        {"type": "text", "text": "so?"},
    ]


def test_the_older_function_call_and_its_answer():
    value = back(
        USER,
        {"role": "assistant", "content": None, "function_call": {"name": "find", "arguments": "{}"}},
        {"role": "function", "name": "find", "content": "1"},
        functions=[{"name": "find", "parameters": {"type": "object"}}],
        function_call={"name": "find"},
    ).value
    [use] = value["messages"][1]["content"]
    assert value["messages"][2]["content"][0]["tool_use_id"] == use["id"]
    assert value["tools"][0]["name"] == "find"
    assert value["tool_choice"] == {"type": "tool", "name": "find"}


def test_ids_and_names_outside_anthropics_charset_are_mapped():
    conversion = back(
        USER,
        {"role": "assistant", "tool_calls": [call("functions.find:0")]},
        {"role": "tool", "tool_call_id": "functions.find:0", "content": "1"},
    )
    use = conversion.value["messages"][1]["content"][0]
    assert conversion.value["messages"][2]["content"][0]["tool_use_id"] == use["id"]
    assert conversion.names["ids"] == {use["id"]: "functions.find:0"}


def test_images_and_files_come_back():
    parts = [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,aW1n"}},
        {"type": "image_url", "image_url": "https://example.org/a.png"},
        {"type": "file", "file": {"filename": "plan.pdf", "file_data": "data:application/pdf;base64,cGRm"}},
    ]
    blocks = back({"role": "user", "content": parts}).value["messages"][0]["content"]
    assert blocks == [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aW1n"}},
        {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}},
        {
            "type": "document",
            "source": {"type": "base64", "media_type": "application/pdf", "data": "cGRm"},
            "title": "plan.pdf",
        },
    ]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"max_completion_tokens": 7}, {"max_tokens": 7}),
        ({"temperature": 0}, {"temperature": 0}),
        ({"stop": "END"}, {"stop_sequences": ["END"]}),
        ({"user": "ann"}, {"metadata": {"user_id": "ann"}}),
        ({"reasoning_effort": "high"}, {"output_config": {"effort": "high"}}),
        ({"reasoning_effort": "none"}, {"thinking": {"type": "disabled"}}),
        ({"stream": True, "stream_options": {"include_usage": True}}, {"stream": True}),
        ({"response_format": {"type": "text"}}, {}),
    ],
)
def test_plain_keys(keys, expected):
    conversion = back(USER, **keys)
    assert expected.items() <= conversion.value.items()
    assert conversion.losses == []


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ({"n": 2}, "$.n"),
        ({"logprobs": True}, "$.logprobs"),
        ({"temperature": 1.7}, "$.temperature"),
        ({"reasoning_effort": "minimal"}, "$.reasoning_effort"),
        ({"response_format": {"type": "json_object"}}, "$.response_format"),
        ({"max_tokens": None}, "$.max_tokens"),
    ],
)
def test_what_anthropic_does_not_have_is_reported(keys, path):
    assert [loss["path"] for loss in back(USER, **keys).losses] == [path]


def test_tool_choice_and_parallel_calls():
    tools = [{"type": "function", "function": {"name": "find"}}]
    assert back(USER, tools=tools, tool_choice="required").value["tool_choice"] == {"type": "any"}
    off = back(USER, tools=tools, parallel_tool_calls=False).value["tool_choice"]
    assert off == {"type": "auto", "disable_parallel_tool_use": True}
    assert back(USER, tools=tools).value["tools"][0]["input_schema"] == {"type": "object", "properties": {}}


@pytest.mark.parametrize("target", ["gemini", "generic"])
def test_system_notes_become_system_turns_again(target):
    turns = [
        {"role": "user", "content": "one"},
        {"role": "system", "content": "be brief"},
        {"role": "assistant", "content": "two"},
        {"role": "user", "content": "three"},
    ]
    sent = convert_request({"model": "m", "messages": turns}, target=target).value
    again = convert_request_back(sent).value["messages"]
    assert [turn["role"] for turn in again] == ["user", "system", "assistant", "user"]
    assert again[1]["content"] == "be brief"


def test_gemini_signatures_come_back_as_they_went():
    state = {"google": {"thought_signature": "S=="}}
    sent = [USER, {"role": "assistant", "content": "", "tool_calls": [call(extra_content=state)]}]
    value = back(*sent).value
    again = convert_request({**value, "model": "gemini-2.5-pro"}, target="gemini").value["messages"]
    assert again[1]["tool_calls"][0]["extra_content"] == state


@pytest.mark.parametrize(
    ("messages", "where"),
    [
        ([{"role": "robot"}], "$.messages[0].role"),
        ([{"role": "tool", "content": "x"}], "$.messages[0].tool_call_id"),
        ([], "$.messages"),
        ([{"role": "system", "content": "only"}], "$.messages"),
        (
            [{"role": "user", "content": [{"type": "file", "file": {"file_id": "f"}}]}],
            "$.messages[0].content[0].file.file_id",
        ),
    ],
)
def test_wrong_shapes_are_refused_with_their_place(messages, where):
    with pytest.raises(InvalidInput) as caught:
        back(*messages)
    assert caught.value.where == where
