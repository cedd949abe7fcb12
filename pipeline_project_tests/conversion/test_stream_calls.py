"""Cases 27, 31 and 32: tool calls in a stream, however their fragments come, and the ids and citations around them."""

import json

import pytest

from pipeline_project.conversion import StreamConverter, accumulate, convert_response
from pipeline_project_tests.conversion.chunks import REQUEST, calls, chunk, content, finish, fragment, inputs, run

TWO = [("find", {"q": "a b"}), ("read", {"p": [1, 2]})]


def test_case_27_interleaved_parallel_calls_keep_their_own_arguments():
    assert (
        inputs(
            calls(fragment("", index=0, id="a", name="find")),
            calls(fragment('{"q":', index=0)),
            calls(fragment('{"p"', index=1, id="b", name="read")),
            calls(fragment(' "a ', index=0), fragment(": [1", index=1)),
            calls(fragment(", 2]}", index=1)),
            calls(fragment('b"}', index=0)),
            finish("tool_calls"),
        )
        == TWO
    )


def test_case_27_the_first_call_goes_out_as_it_comes():
    converter = StreamConverter(REQUEST)
    converter.feed(calls(fragment("", index=0, id="a", name="find")))
    events = [*converter.feed(calls(fragment('{"q":', index=0))), *converter.feed(calls(fragment(' "x', index=0)))]
    deltas = [event["delta"]["partial_json"] for event in events if event["type"] == "content_block_delta"]
    assert deltas == ['{"q":', ' "x']


@pytest.mark.parametrize(
    "chunks",
    [
        pytest.param(
            [
                calls(
                    fragment('{"q":"a b"}', index=0, id="a", name="find"),
                    fragment('{"p":[1,2]}', index=1, id="b", name="read"),
                )
            ],
            id="two calls in one chunk",
        ),
        pytest.param(
            [calls(fragment('{"q":"a b"}', id="a", name="find")), calls(fragment('{"p":[1,2]}', id="b", name="read"))],
            id="no index",
        ),
        pytest.param(
            [calls(fragment('{"q":"a b"}', name="find"), fragment('{"p":[1,2]}', name="read"))], id="no index and no id"
        ),
        pytest.param(
            [
                calls(fragment('{"q":"a b"}', index=0, id="a", name="find")),
                calls(fragment('{"p":[1,2]}', index=0, id="b", name="read")),
            ],
            id="index always 0",
        ),
        pytest.param(
            [
                calls(fragment('{"q":', index=0, id="a", name="find")),
                calls(fragment('"a b"}', index=0, id="a", name="find")),
                calls(fragment('{"p":', index=1, id="b", name="read")),
                calls(fragment("[1,2]}", index=1, id="b", name="read")),
            ],
            id="id and name repeated on each chunk",
        ),
        pytest.param(
            [
                calls(fragment("", index=0, name="find", id=None)),
                calls(fragment('{"q":"a', index=0)),
                calls(fragment(' b"}', index=0, id="a")),
                calls(fragment('{"p":', index=1, id="b")),
                calls(fragment("[1,2]}", index=1, name="read")),
            ],
            id="id or name late",
        ),
        pytest.param(
            [
                calls(fragment("", index=0, id="a", name="fi")),
                calls(fragment("", index=0, name="nd")),
                calls(fragment('{"q":"a b"}', index=0)),
                calls(fragment("", index=1, id="b", name="re")),
                calls(fragment('{"p":[1,2]}', index=1, name="ad")),
            ],
            id="name split",
        ),
        pytest.param(
            [
                calls(fragment("", index=0, id="call_", name="fi")),
                calls(fragment("", index=0, id="abc", name="nd")),
                calls(fragment('{"q":"a b"}', index=0)),
                calls(fragment('{"p":[1,2]}', index=1, id="b", name="read")),
            ],
            id="id split",
        ),
        pytest.param(
            [
                calls(fragment('{"q"', index=0, id="a", name="find")),
                calls(fragment('{"q":"a ', index=0)),
                calls(fragment('{"q":"a b"}', index=0)),
                calls(fragment('{"p":[1,2]}', index=1, id="b", name="read")),
                calls(fragment('{"p":[1,2]}', index=1)),
            ],
            id="cumulative",
        ),
        pytest.param(
            [
                calls(fragment('{"q"', index=0, id="a", name="find")),
                calls(fragment(':"a b"}', index=0)),
                calls(fragment('{"q":"a b"}', index=0)),
                calls(fragment('{"p":[1,2]}', index=1, id="b", name="read")),
            ],
            id="the whole once more at the end",
        ),
        pytest.param(
            [
                calls(fragment(json.dumps('{"q":"a b"}')[:5], index=0, id="a", name="find")),
                calls(fragment(json.dumps('{"q":"a b"}')[5:], index=0)),
                calls(fragment(json.dumps('{"p":[1,2]}'), index=1, id="b", name="read")),
            ],
            id="double-encoded",
        ),
        pytest.param(
            [calls(fragment({"q": "a b"}, id="a", name="find")), calls(fragment({"p": [1, 2]}, id="b", name="read"))],
            id="an object instead of text",
        ),
        pytest.param(
            [
                calls(fragment("", id="a", name="find")),
                calls(fragment('{"q":')),
                calls(fragment('"a b"}')),
                calls(fragment("", id="b", name="read")),
                calls(fragment('{"p":[1,2]}')),
            ],
            id="only the first fragment says whose it is",
        ),
        pytest.param(
            [
                calls(fragment('{"q":"a b"}', index="0", id="a", name="find")),
                calls(fragment('{"p":[1,2]}', index="1", id="b", name="read")),
            ],
            id="index as text",
        ),
    ],
)
def test_case_27_each_call_keeps_exactly_its_own_arguments(chunks):
    assert inputs(*chunks, finish("tool_calls")) == TWO


def test_case_27_a_nested_value_that_repeats_the_beginning_is_not_taken_for_cumulative():
    assert inputs(
        calls(fragment('{"a":', index=0, id="a", name="find")), calls(fragment('{"a":1}}', index=0)), finish()
    ) == [("find", {"a": {"a": 1}})]


@pytest.mark.parametrize("arguments", ["", "{}", "null", "  "])
def test_case_27_a_call_without_arguments_has_an_empty_input(arguments):
    assert inputs(calls(fragment(arguments, index=0, id="a", name="find")), finish()) == [("find", {})]


@pytest.mark.parametrize("delta", [{"content": ""}, {"content": None}, {}, {"content": " \n"}, {"role": "assistant"}])
def test_case_31_an_empty_answer_has_no_blocks(delta):
    message = accumulate(run(chunk(delta), finish()))
    assert message["content"] == []
    assert message["stop_reason"] == "end_turn"


@pytest.mark.parametrize("raw", ['{"a": 1,', "{'a': 1}", '{"a":1}</tool_call>', "find it", "[1, 2]", '"words"', "3"])
def test_case_31_arguments_that_are_no_object_are_kept_raw_and_marked(raw):
    [(_, given)] = inputs(
        calls(fragment(raw[:2], index=0, id="a", name="find")), calls(fragment(raw[2:], index=0)), finish()
    )
    assert given == {"_invalid_json": raw}
    whole = {"message": {"tool_calls": [{"id": "a", "function": {"name": "find", "arguments": raw}}]}}
    assert convert_response({"choices": [whole]}).value["content"][0]["input"] == given


def test_case_32_two_calls_with_one_id_are_made_unique():
    blocks = content(
        calls(fragment("{}", index=0, id="call_0", name="find")),
        calls(fragment("{}", index=1, id="call_0", name="read")),
        finish(),
    )
    assert blocks[0]["id"] == "call_0"
    assert len({block["id"] for block in blocks}) == 2


def test_case_32_an_id_that_the_conversation_already_has_is_made_unique():
    call = {"type": "tool_use", "id": "call_0", "name": "find", "input": {}}
    request = {**REQUEST, "messages": [*REQUEST["messages"], {"role": "assistant", "content": [call]}]}
    [block] = content(calls(fragment("{}", index=0, id="call_0", name="find")), finish(), request=request)
    assert block["id"] != "call_0"


@pytest.mark.parametrize("given", ["functions.Read:0", "", None, "x" * 200, "späte id"])
def test_case_32_every_id_is_one_that_anthropic_takes(given):
    [block] = content(calls(fragment("{}", index=0, id=given, name="find")), finish())
    assert 0 < len(block["id"]) <= 64
    assert block["id"].replace("_", "").replace("-", "").isalnum()
    assert block["id"].isascii()


def test_case_32_url_citations_become_citations():
    cited = {
        "type": "url_citation",
        "url_citation": {"url": "https://x", "title": "X", "start_index": 4, "end_index": 8},
    }
    [block] = content(chunk({"content": "See this"}), chunk({"annotations": [cited]}), finish())
    [citation] = block["citations"]
    assert (citation["type"], citation["url"], citation["title"]) == ("web_search_result_location", "https://x", "X")
    assert citation["cited_text"] == "this"
