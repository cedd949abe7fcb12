"""Cases 28 to 30 and 33 to 36: why streams end, how blocks are kept apart, what is counted, and what fails."""

import pytest

from pipeline_project.conversion import StreamConverter, accumulate
from pipeline_project.errors import InvalidInput, ServiceError
from pipeline_project_tests.conversion.chunks import REQUEST, calls, chunk, content, finish, fragment, run


@pytest.mark.parametrize(
    ("reason", "with_calls", "stop"),
    [
        ("stop", False, "end_turn"),
        ("stop", True, "tool_use"),
        ("tool_calls", True, "tool_use"),
        ("tool_calls", False, "end_turn"),
        ("function_call", True, "tool_use"),
        ("length", False, "max_tokens"),
        ("length", True, "max_tokens"),
        ("MAX_TOKENS", False, "max_tokens"),
        ("content_filter", False, "refusal"),
        ("content_filter", True, "refusal"),
        ("eos", False, "end_turn"),
        ("pause_turn", False, "pause_turn"),
        ("refusal", False, "refusal"),
        ("model_context_window_exceeded", False, "model_context_window_exceeded"),
    ],
)
def test_case_28_finish_reasons_become_stop_reasons(reason, with_calls, stop):
    first = calls(fragment("{}", index=0, id="a", name="find")) if with_calls else chunk({"content": "hi"})
    assert accumulate(run(first, finish(reason)))["stop_reason"] == stop


def test_case_28_a_legacy_function_call_is_a_tool_use():
    message = accumulate(
        run(
            chunk({"function_call": {"name": "find", "arguments": ""}}),
            chunk({"function_call": {"arguments": '{"q":'}}),
            chunk({"function_call": {"arguments": "1}"}}),
            finish("function_call"),
        )
    )
    assert message["stop_reason"] == "tool_use"
    [block] = message["content"]
    assert (block["name"], block["input"]) == ("find", {"q": 1})


@pytest.mark.parametrize("key", ["stop_reason", "matched_stop"])
def test_case_28_a_matched_stop_string_is_named(key):
    request = {**REQUEST, "stop_sequences": ["END", "HALT"]}
    message = accumulate(run(chunk({"content": "hi"}), chunk({}, "stop", choice={key: "HALT"}), request=request))
    assert (message["stop_reason"], message["stop_sequence"]) == ("stop_sequence", "HALT")
    other = accumulate(run(chunk({"content": "hi"}), chunk({}, "stop", choice={key: "<|im_end|>"}), request=request))
    assert (other["stop_reason"], other["stop_sequence"]) == ("end_turn", None)


def test_case_29_an_upstream_that_just_ends_gets_its_block_closed():
    assert content(chunk({"content": "half an ans"})) == [{"type": "text", "text": "half an ans"}]


def test_case_29_an_upstream_that_ends_within_a_call_is_an_error():
    events = run(calls(fragment('{"path": "/etc', index=0, id="a", name="write")))
    assert events[-1]["type"] == "error"
    with pytest.raises(ServiceError, match="within a tool call"):
        accumulate(events)


def test_case_29_an_upstream_that_says_nothing_is_an_error():
    assert [event["type"] for event in run()] == ["error"]
    assert [event["type"] for event in run({"id": "", "choices": [], "prompt_filter_results": []})] == ["error"]


def test_case_30_white_space_between_calls_never_lands_in_a_block():
    blocks = content(
        chunk({"content": "\n\n"}),
        calls(fragment('{"q":', index=0, id="a", name="find")),
        chunk({"content": "\n"}),
        calls(fragment("1}", index=0)),
        chunk({"content": " \n "}),
        calls(fragment("{}", index=1, id="b", name="read")),
        chunk({"content": "\n"}),
        finish("tool_calls"),
    )
    assert [(block["type"], block["input"]) for block in blocks] == [("tool_use", {"q": 1}), ("tool_use", {})]


def test_case_30_text_between_calls_stands_after_the_call_it_follows():
    blocks = content(
        calls(fragment('{"q":1}', index=0, id="a", name="find")),
        chunk({"content": "Now "}),
        chunk({"content": "read."}),
        calls(fragment("{}", index=1, id="b", name="read")),
        finish("tool_calls"),
    )
    assert [block.get("text") or block["name"] for block in blocks] == ["find", "Now read.", "read"]


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_case_30_reasoning_comes_first_in_its_own_block(field):
    blocks = content(
        chunk({"role": "assistant", "content": None, field: ""}),
        chunk({field: "Hm"}),
        chunk({field: ", yes."}),
        chunk({"content": "Yes", field: None}),
        chunk({"content": "."}),
        finish(),
    )
    assert blocks == [
        {"type": "thinking", "thinking": "Hm, yes.", "signature": ""},
        {"type": "text", "text": "Yes."},
    ]


def test_case_30_reasoning_that_is_sent_in_several_fields_counts_once():
    details = [{"type": "reasoning.text", "text": "Hm", "format": "anthropic-claude-v1", "signature": None}]
    signed = [{"type": "reasoning.text", "signature": "c2ln", "format": "anthropic-claude-v1"}]
    blocks = content(
        chunk({"reasoning": "Hm", "reasoning_content": "Hm", "reasoning_details": details}),
        chunk({"reasoning_details": signed, "content": ""}),
        chunk({"content": "Yes"}),
        finish(),
    )
    assert blocks[0] == {"type": "thinking", "thinking": "Hm", "signature": "c2ln"}


def test_case_30_thinking_blocks_of_litellm_keep_their_signature():
    blocks = content(
        chunk(
            {"reasoning_content": "Hm", "thinking_blocks": [{"type": "thinking", "thinking": "Hm", "signature": ""}]}
        ),
        chunk({"thinking_blocks": [{"type": "thinking", "thinking": "", "signature": "c2ln"}]}),
        chunk({"thinking_blocks": [{"type": "redacted_thinking", "data": "ZGF0YQ"}]}),
        chunk({"content": "Yes"}),
        finish(),
    )
    assert blocks == [
        {"type": "thinking", "thinking": "Hm", "signature": "c2ln"},
        {"type": "redacted_thinking", "data": "ZGF0YQ"},
        {"type": "text", "text": "Yes"},
    ]


def test_case_30_content_as_a_list_of_parts():
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}
    blocks = content(chunk({"content": [thinking]}), chunk({"content": [{"type": "text", "text": "Yes"}]}), finish())
    assert [block["type"] for block in blocks] == ["thinking", "text"]


GENERIC = {"target": "generic", "tools": {}, "ids": {}}


@pytest.mark.parametrize("size", [1, 3, 100])
def test_case_30_think_tags_are_read_where_the_profile_says_so(size):
    said = "<think>\nSo <b> what?\n</think>\n\nAn <think> answer"
    chunks = [chunk({"content": said[start : start + size]}) for start in range(0, len(said), size)]
    blocks = content(*chunks, finish(), names=GENERIC)
    assert [(block["type"], (block.get("text") or block.get("thinking")).strip()) for block in blocks] == [
        ("thinking", "So <b> what?"),
        ("text", "An <think> answer"),
    ]
    assert content(*chunks, finish())[0]["text"] == said


def test_case_30_an_empty_think_block_or_half_a_tag_is_nothing_special():
    assert content(chunk({"content": "<think>\n\n</think>\n\nHi"}), finish(), names=GENERIC) == [
        {"type": "text", "text": "Hi"}
    ]
    assert content(chunk({"content": "<thi"}), finish(), names=GENERIC) == [{"type": "text", "text": "<thi"}]


def test_case_30_the_first_delta_of_each_block_is_never_lost():
    blocks = content(
        chunk({"role": "assistant", "reasoning_content": "A"}),
        chunk({"content": "B"}),
        calls(fragment('{"c":1}', index=0, id="a", name="find")),
        finish(),
    )
    assert [block.get("thinking") or block.get("text") or block["input"] for block in blocks] == ["A", "B", {"c": 1}]


USAGE = {
    "prompt_tokens": 100,
    "completion_tokens": 7,
    "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 10},
    "completion_tokens_details": {"reasoning_tokens": 3},
}
COUNTED = {
    "input_tokens": 30,
    "output_tokens": 7,
    "cache_read_input_tokens": 60,
    "cache_creation_input_tokens": 10,
    "output_tokens_details": {"thinking_tokens": 3},
}


def test_case_33_usage_after_finish_is_not_missed_and_the_start_has_an_estimate():
    events = run(chunk({"content": "hi"}, usage=None), finish(), {"id": "x", "choices": [], "usage": USAGE})
    assert 100 <= events[0]["message"]["usage"]["input_tokens"] < 110
    assert accumulate(events)["usage"] == COUNTED


@pytest.mark.parametrize(
    "last",
    [
        {**finish(), "usage": USAGE},
        chunk({}, "stop", choice={"usage": USAGE}),
        {**finish(), "x_groq": {"usage": USAGE}},
    ],
    ids=["in the last chunk", "in the choice", "in x_groq"],
)
def test_case_33_usage_in_its_many_places(last):
    assert accumulate(run(chunk({"content": "hi"}), last))["usage"] == COUNTED


def test_case_33_usage_that_is_known_at_once_stands_in_the_start():
    events = run(chunk({"content": "hi"}, usage=USAGE), finish())
    assert events[0]["message"]["usage"]["input_tokens"] == 30


@pytest.mark.parametrize(
    "raw",
    [
        {"prompt_tokens": 100, "completion_tokens": 7, "prompt_cache_hit_tokens": 60, "prompt_cache_miss_tokens": 40},
        {"prompt_tokens": 100, "completion_tokens": 7, "cache_read_input_tokens": 60},
    ],
)
def test_case_33_the_cache_as_deepseek_and_litellm_tell_it(raw):
    usage = accumulate(run(chunk({"content": "hi"}), {**finish(), "usage": raw}))["usage"]
    assert (usage["input_tokens"], usage["cache_read_input_tokens"], usage["output_tokens"]) == (40, 60, 7)


def test_case_33_an_upstream_that_counts_nothing_is_estimated_and_says_so():
    converter = StreamConverter(REQUEST)
    events = [*converter.feed(chunk({"content": "x" * 40})), *converter.feed(finish()), *converter.finish()]
    assert accumulate(events)["usage"]["output_tokens"] == 10
    assert [loss["path"] for loss in converter.losses] == ["$.usage"]


def test_case_34_the_id_is_a_message_id_and_the_model_is_echoed_as_asked():
    message = accumulate(run(chunk({"content": "hi"}), finish()))
    assert message["id"].startswith("msg_")
    assert message["model"] == "claude-opus-4-8"
    assert accumulate(run(chunk({"content": "hi"}), finish(), request=None))["model"] == "gpt-x"
    assert accumulate(run({"choices": [{"delta": {"content": "hi"}}]}))["id"].startswith("msg_")


def test_case_35_an_error_chunk_becomes_an_error_event_and_nothing_follows():
    converter = StreamConverter(REQUEST)
    converter.feed(chunk({"content": "hi"}))
    failed = {
        "id": "x",
        "error": {"code": 429, "message": "slow down"},
        "choices": [{"delta": {}, "finish_reason": "error"}],
    }
    [event] = converter.feed(failed)
    assert event == {"type": "error", "error": {"type": "rate_limit_error", "message": "slow down"}}
    assert converter.feed(chunk({"content": "more"})) == converter.finish() == converter.error(TimeoutError()) == []


@pytest.mark.parametrize("reason", ["error", "insufficient_system_resource", "abort"])
def test_case_35_an_upstream_that_gave_up_is_an_error(reason):
    assert run(chunk({"content": "hi"}), finish(reason))[-1]["type"] == "error"


def test_case_36_after_an_error_the_converter_is_done():
    converter = StreamConverter(REQUEST)
    converter.feed(chunk({"content": "hi"}))
    [event] = converter.error(TimeoutError("slow"))
    assert event["error"]["type"] == "timeout_error"
    assert converter.feed(chunk({"content": "late"})) == []
    assert converter.finish() == []


@pytest.mark.parametrize("odd", [[], "x", None, 3])
def test_a_chunk_that_is_no_object_is_refused(odd):
    with pytest.raises(InvalidInput):
        StreamConverter().feed(odd)


def test_only_the_first_choice_is_read():
    second = {"index": 1, "delta": {"content": "other"}, "finish_reason": "stop"}
    first = chunk({"content": "one"})
    first["choices"] = [second, *first["choices"]]
    assert content(first, finish()) == [{"type": "text", "text": "one"}]
