"""The offline model: what it extracts, calls and plays, when it stops, and that it streams what it completes."""

import asyncio
import copy
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_project.conversion import accumulate
from pipeline_project.errors import InvalidInput
from pipeline_project.llm.offline import OfflineModel, Script
from pipeline_project.validation import validate_request, validate_response

EXAMPLE = Path(__file__).parents[2] / "examples" / "message.json"
TEXT = (
    "The lease begins on 1 March 2027. The landlord is Hafen Immobilien AG, Kai 4, Hamburg. "
    "Rent is 2,150.00 EUR a month. Pets are welcome."
)


def complete(request, script=None):
    return asyncio.run(OfflineModel(script).complete(request))


def streamed(request, script=None):
    async def collect():
        return [event async for event in OfflineModel(script).stream(request)]

    return asyncio.run(collect())


def ask(*texts, **keys):
    content = [{"type": "text", "text": text} for text in texts]
    return {"model": "any", "max_tokens": 500, "messages": [{"role": "user", "content": content}], **keys}


def text_of(message):
    return "".join(block["text"] for block in message["content"])


@pytest.fixture
def example():
    return json.loads(EXAMPLE.read_text(encoding="utf-8"))


def test_it_is_a_model_client():
    client = OfflineModel()
    assert client


def test_the_example_is_valid_and_its_answer_names_the_date_and_the_amount(example):
    assert validate_request(example).findings == ()
    message = complete(example)
    assert "Due date: 3 December 2026" in text_of(message)
    assert "EUR 1,284.50" in text_of(message)
    assert validate_response(message, request=example).ok


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Who is the landlord?", "The landlord is Hafen Immobilien AG, Kai 4, Hamburg."),
        ("How much is the rent?", "Rent is 2,150.00 EUR a month."),
        ("When does the lease begin?", "The lease begins on 1 March 2027."),
        ("Are pets allowed?", "Pets are welcome."),
    ],
)
def test_an_answer_is_the_sentence_nearest_to_the_question_and_says_it_is_offline(question, sentence):
    for request in (ask(TEXT, question), ask(f"{TEXT}\n\n{question}"), ask(question, system=TEXT)):
        first, *rest = text_of(complete(request)).splitlines()
        assert first.startswith("Offline answer: no model was asked")
        assert rest == [sentence]


@pytest.mark.parametrize(
    "text", [f"{TEXT} Tell me the rent.", f"Tell me the rent:\n{TEXT}", f"Tell me the rent.\n\n{TEXT}"]
)
def test_a_task_without_a_question_mark_is_answered_too(text):
    assert text_of(complete(ask(text))).splitlines()[1:] == ["Rent is 2,150.00 EUR a month."]


def test_what_a_tool_or_a_document_says_is_answered_from_and_what_the_assistant_said_is_not():
    document = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "The code is 4711."}}
    result = {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "The door is green."}]}
    messages = [
        {"role": "user", "content": [document, {"type": "text", "text": "What is the code of the door?"}]},
        {"role": "assistant", "content": [{"type": "text", "text": "The code of the door is 9999."}]},
        {"role": "user", "content": [result]},
    ]
    answer = text_of(complete({"messages": messages}))
    assert "The code is 4711." in answer
    assert "The door is green." in answer
    assert "9999" not in answer


def test_without_a_text_there_is_no_answer_and_it_says_so():
    assert "no text to answer from" in text_of(complete(ask("Why?")))
    assert "no text to answer from" in text_of(complete(ask("   ")))


def test_the_same_request_has_the_same_answer_and_is_not_changed(example):
    before = copy.deepcopy(example)
    assert complete(example) == complete(example)
    assert example == before
    assert complete(example)["id"] != complete({**example, "max_tokens": 9})["id"]
    assert complete(example)["model"] == "offline"


def test_max_tokens_is_honoured():
    message = complete({**ask(TEXT, "Who is the landlord?"), "max_tokens": 12})
    assert message["stop_reason"] == "max_tokens"
    assert message["usage"]["output_tokens"] <= 12
    assert text_of(complete(ask(TEXT, "Who is the landlord?"))).startswith(text_of(message))


def test_a_stop_sequence_ends_the_answer_before_it():
    message = complete(ask(TEXT, "Who is the landlord?", stop_sequences=["Kai", "Hafen"]))
    assert (message["stop_reason"], message["stop_sequence"]) == ("stop_sequence", "Hafen")
    assert text_of(message).endswith("The landlord is ")


def test_a_forced_tool_is_called_with_values_of_the_text(example):
    for choice in ({"type": "any"}, {"type": "tool", "name": "book_invoice"}):
        message = complete({**example, "tool_choice": choice})
        (call,) = message["content"]
        assert message["stop_reason"] == "tool_use"
        assert call["input"] == {
            "invoice_number": "PW-2026-1187",
            "supplier": "Papierwerk Nord KG",
            "total_amount": 1284.5,
            "currency": "EUR",
            "due_date": "2026-12-03",
        }
        assert validate_response(message, request={**example, "tool_choice": choice}).ok


def test_any_takes_the_tool_nearest_to_the_question():
    tools = [
        {"name": name, "description": text, "input_schema": {"type": "object"}}
        for name, text in (("send_mail", "Send a mail."), ("read_weather", "The weather of a place."))
    ]
    message = complete(ask("How is the weather?", tools=tools, tool_choice={"type": "any"}))
    assert message["content"][0]["name"] == "read_weather"


SCRIPT = [
    ["I look.", {"type": "tool_use", "name": "Read", "input": {"path": "a.py", "limit": 2.5}}],
    {"type": "tool_use", "name": "Edit", "input": {}, "id": "toolu_mine"},
    "Done.",
]


def test_a_script_is_played_turn_by_turn():
    request = ask("Mend it.")
    seen = []
    for _ in SCRIPT:
        message = complete(request, SCRIPT)
        seen.append([(block["type"], message["stop_reason"]) for block in message["content"]])
        calls = [block for block in message["content"] if block["type"] == "tool_use"]
        results = [{"type": "tool_result", "tool_use_id": call["id"], "content": "ok"} for call in calls]
        turns = [{"role": "assistant", "content": message["content"]}, {"role": "user", "content": results or "more"}]
        request = {**request, "messages": [*request["messages"], *turns]}
    assert seen == [
        [("text", "tool_use"), ("tool_use", "tool_use")],
        [("tool_use", "tool_use")],
        [("text", "end_turn")],
    ]
    with pytest.raises(InvalidInput, match="has 3 turns, and the conversation asks for turn 4"):
        complete(request, SCRIPT)


def test_a_script_comes_from_a_file_too(tmp_path):
    for name, text in (("a.json", json.dumps(SCRIPT)), ("b.yaml", "turns:\n  - Hello.\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert complete(ask("x"), tmp_path / "a.json")["content"][1]["name"] == "Read"
    assert text_of(complete(ask("x"), tmp_path / "b.yaml")) == "Hello."


@pytest.mark.parametrize(
    "turn",
    [3, [3], "", {"type": "image"}, {"type": "tool_use", "input": {}}, {"type": "tool_use", "name": "a", "input": 3}],
)
def test_a_script_with_a_turn_that_cannot_be_played_is_refused_by_number(turn):
    with pytest.raises(InvalidInput) as caught:
        Script(["fine", turn])
    assert "turn 2" in (caught.value.where or "")


def test_a_script_file_that_is_none_is_one_sentence(tmp_path):
    with pytest.raises(InvalidInput, match="cannot be read"):
        Script.load(tmp_path / "nowhere.yaml")
    (tmp_path / "bad.yaml").write_text("{", encoding="utf-8")
    with pytest.raises(InvalidInput, match="neither YAML nor JSON"):
        Script.load(tmp_path / "bad.yaml")


def test_a_call_that_the_limit_cuts_is_left_out():
    message = complete({**ask("Mend it."), "max_tokens": 2}, SCRIPT)
    assert [block["type"] for block in message["content"]] == ["text"]
    assert message["stop_reason"] == "max_tokens"


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"messages": []},
        {"messages": ["x"]},
        {"messages": {}},
        ask("x", max_tokens=0),
        ask("x", max_tokens="9"),
        ask("x", tool_choice={"type": "any"}),
        ask("x", tool_choice="any"),
        ask("x", tool_choice={"type": "tool", "name": "b"}, tools=[{"name": "a", "input_schema": {}}]),
        ask("x", output_config={"format": {"type": "json_schema"}}),
        ask("x", stop_sequences=[1]),
        ask("x", temperature=float("nan")),
    ],
)
def test_a_malformed_request_is_our_error(request_):
    with pytest.raises(InvalidInput):
        complete(request_)


def test_real_requests_are_answered(outside_fixtures):
    for file in sorted((outside_fixtures / "claude-code-requests").glob("*.json")):
        body = json.loads(file.read_text(encoding="utf-8"))["body"]
        if file.name.startswith("08-"):  # forces a tool that only Anthropic runs
            with pytest.raises(InvalidInput, match="no such tool"):
                complete(body)
            continue
        message = complete(body)
        assert accumulate(streamed(body)) == message, file.name
        assert validate_response(message).ok, file.name


_texts = st.text(max_size=200)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=8,
)
_calls = st.fixed_dictionaries(
    {"type": st.just("tool_use"), "name": st.just("a"), "input": st.dictionaries(_texts, _json, max_size=3)}
)
_turns = st.lists(_texts.filter(str.strip) | _calls, min_size=1, max_size=4)


@settings(max_examples=150, deadline=None)
@given(_texts, _texts, st.none() | _turns, st.integers(1, 200), st.lists(st.text(min_size=1, max_size=3), max_size=2))
def test_the_stream_accumulates_to_the_whole_answer(text, question, turn, limit, stops):
    request = ask(text, question, max_tokens=limit, stop_sequences=stops)
    script = None if turn is None else [turn]
    events = streamed(request, script)
    message = complete(request, script)
    assert accumulate(events) == message
    assert message["usage"]["output_tokens"] <= limit
    assert [events[0]["type"], events[-1]["type"]] == ["message_start", "message_stop"]
    assert all(block.get("text") != "" for block in message["content"])
