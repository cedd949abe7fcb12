"""Cases 1 to 8, 18 to 20, 23 and 24: the order of turns, tool results and what they carry, for every target."""

import pytest

from pipeline_project.conversion import convert_request, convert_request_back
from pipeline_project.errors import InvalidInput

OPENAI_LIKE = ("openai", "gemini", "deepseek", "generic")
TARGETS = (*OPENAI_LIKE, "anthropic")
PNG = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}
PDF = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}}


def text(words):
    return {"type": "text", "text": words}


def call(call_id, name="Read", **given):
    return {"type": "tool_use", "id": call_id, "name": name, "input": given}


def result(call_id, content="ok", **extra):
    return {"type": "tool_result", "tool_use_id": call_id, "content": content, **extra}


def body(*turns, **keys):
    messages = [{"role": role, "content": content} for role, content in turns]
    return {"model": "some-model", "max_tokens": 100, "messages": messages, **keys}


def convert(*turns, target="openai", **keys):
    return convert_request(body(*turns, **keys), target=target)


def roles(conversion):
    return [message["role"] for message in conversion.value["messages"]]


def words(message):
    """All text of a message, its parts one below the other."""
    content = message["content"]
    return content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content)


def kinds(message):
    return [part["type"] for part in message["content"]]


def told(conversion, path):
    return any(loss["path"].startswith(path) for loss in conversion.losses)


@pytest.mark.parametrize("target", OPENAI_LIKE)
def test_case_01_an_error_result_says_so_and_keeps_its_flag_on_the_way_back(target):
    turns = (("user", "go"), ("assistant", [call("a")]), ("user", [result("a", "no such file", is_error=True)]))
    conversion = convert(*turns, target=target)
    message = conversion.value["messages"][-1]
    assert "error" in message["content"]
    assert message["content"].endswith("no such file")
    back = convert_request_back(conversion.value).value["messages"][-1]["content"][0]
    assert back == result("a", "no such file", is_error=True)


def test_case_01_a_result_that_only_looks_like_an_error_is_reported():
    turns = (("user", "go"), ("assistant", [call("a")]), ("user", [result("a", "[tool error]\nquoted")]))
    assert told(convert(*turns), "$.messages[2].content[0]")


@pytest.mark.parametrize("target", OPENAI_LIKE)
def test_case_02_tool_messages_come_first_then_one_user_message_with_the_texts(target):
    conversion = convert(
        ("user", "go"),
        ("assistant", [call("a")]),
        ("user", [text("before"), result("a"), text("after")]),
        target=target,
    )
    assert roles(conversion) == ["user", "assistant", "tool", "user"]
    last = words(conversion.value["messages"][-1])
    assert last.index("before") < last.index("after")
    assert told(conversion, "$.messages[2].content[1]")


@pytest.mark.parametrize("target", OPENAI_LIKE)
def test_case_03_results_are_sorted_into_the_order_of_their_calls(target):
    conversion = convert(
        ("user", "go"),
        ("assistant", [call("a"), call("b"), call("c")]),
        ("user", [result("c", "3"), result("a", "1"), result("b", "2")]),
        target=target,
    )
    tools = [message for message in conversion.value["messages"] if message["role"] == "tool"]
    assert [message["content"] for message in tools] == ["1", "2", "3"]
    assert [message["tool_call_id"] for message in tools] == ["a", "b", "c"]


def test_case_03_results_spread_over_two_user_turns_answer_one_set_of_calls():
    conversion = convert(
        ("user", "go"),
        ("assistant", [call("a"), call("b")]),
        ("user", [result("b", "2")]),
        ("user", [result("a", "1"), text("thanks")]),
    )
    assert roles(conversion) == ["user", "assistant", "tool", "tool", "user"]


def test_case_03_parallel_calls_sent_as_several_assistant_turns_are_one():
    conversion = convert(
        ("user", "go"),
        ("assistant", [text("one"), call("a")]),
        ("assistant", [call("b")]),
        ("user", [result("a"), result("b")]),
    )
    assert roles(conversion) == ["user", "assistant", "tool", "tool"]
    assert [each["id"] for each in conversion.value["messages"][1]["tool_calls"]] == ["a", "b"]


@pytest.mark.parametrize("target", ["openai", "gemini", "generic"])
def test_case_04_an_image_in_a_result_moves_behind_the_run_of_tool_messages(target):
    conversion = convert(
        ("user", "look"),
        ("assistant", [call("a"), call("b")]),
        ("user", [result("a", [text("see"), PNG]), result("b", "2"), text("well?")]),
        target=target,
    )
    assert roles(conversion) == ["user", "assistant", "tool", "tool", "user"]
    first, last = conversion.value["messages"][2], conversion.value["messages"][-1]
    assert "see" in first["content"]
    assert "image" in first["content"]
    assert kinds(last) == ["text", "image_url", "text"]
    assert "a" in last["content"][0]["text"]
    assert last["content"][1]["image_url"]["url"] == "data:image/png;base64,iVBORw0KGgo="


def test_case_04_a_target_without_eyes_gets_a_note_and_a_report():
    turns = (("user", "look"), ("assistant", [call("a")]), ("user", [result("a", [PNG])]))
    conversion = convert(*turns, target="deepseek")
    assert "image" in conversion.value["messages"][-1]["content"]
    assert told(conversion, "$.messages[2].content[0].content[0]")


@pytest.mark.parametrize("target", ["openai", "gemini", "generic"])
def test_case_05_a_document_beside_results_follows_the_tool_messages_as_a_file(target):
    conversion = convert(
        ("user", "read"), ("assistant", [call("a")]), ("user", [result("a"), {**PDF, "title": "Plan"}]), target=target
    )
    assert roles(conversion) == ["user", "assistant", "tool", "user"]
    [file] = conversion.value["messages"][-1]["content"]
    assert file == {
        "type": "file",
        "file": {"filename": "Plan", "file_data": "data:application/pdf;base64,JVBERi0="},
    }


@pytest.mark.parametrize("target", OPENAI_LIKE)
def test_case_05_text_and_content_documents_become_text_with_title_and_context(target):
    plain = {"type": "text", "media_type": "text/plain", "data": "the body"}
    blocks = {"type": "content", "content": [text("inner")]}
    conversion = convert(
        (
            "user",
            [
                {"type": "document", "source": plain, "title": "Plan B", "context": "from Ann"},
                {"type": "document", "source": blocks, "title": "Plan C"},
            ],
        ),
        target=target,
    )
    said = words(conversion.value["messages"][0])
    for phrase in ("Plan B", "from Ann", "the body", "Plan C", "inner"):
        assert phrase in said


@pytest.mark.parametrize("target", OPENAI_LIKE)
@pytest.mark.parametrize(
    "block",
    [
        {"type": "image", "source": {"type": "file", "file_id": "file_1"}},
        {"type": "document", "source": {"type": "file", "file_id": "file_1"}},
        {"type": "container_upload", "file_id": "file_1"},
    ],
)
def test_case_06_a_file_id_that_the_target_cannot_read_is_a_clear_error(target, block):
    with pytest.raises(InvalidInput, match="file id cannot be read") as caught:
        convert(("user", [block]), target=target)
    assert caught.value.where.startswith("$.messages[0].content[0]")
    assert convert(("user", [block]), target="anthropic").value["messages"][0]["content"] == [block]


@pytest.mark.parametrize("target", OPENAI_LIKE)
def test_case_07_search_results_and_tool_references_become_text_and_no_content_is_empty(target):
    search = {"type": "search_result", "title": "Dagster", "source": "https://dagster.io", "content": [text("ops")]}
    conversion = convert(
        ("user", "go"),
        ("assistant", [call("a"), call("b"), call("c")]),
        (
            "user",
            [
                result("a", [search]),
                result("b", [{"type": "tool_reference", "tool_name": "get_time"}]),
                {"type": "tool_result", "tool_use_id": "c"},
            ],
        ),
        target=target,
    )
    first, second, third = conversion.value["messages"][-3:]
    for phrase in ("Dagster", "https://dagster.io", "ops"):
        assert phrase in first["content"]
    assert "get_time" in second["content"]
    assert third["content"] == ""


@pytest.mark.parametrize("target", OPENAI_LIKE)
def test_case_08_an_unknown_type_in_a_result_still_gives_one_tool_message_per_call(target):
    odd = {"type": "hologram", "payload": {"x": 1}}
    conversion = convert(
        ("user", "go"),
        ("assistant", [call("a"), call("b")]),
        ("user", [result("a", [odd]), result("b")]),
        target=target,
    )
    tools = [message for message in conversion.value["messages"] if message["role"] == "tool"]
    assert [message["tool_call_id"] for message in tools] == ["a", "b"]
    assert "hologram" in tools[0]["content"]


@pytest.mark.parametrize("target", TARGETS)
def test_case_18_a_system_turn_stays_where_it_stands(target):
    conversion = convert(
        ("user", "one"), ("system", "be brief"), ("assistant", "two"), ("user", "three"), target=target, system="first"
    )
    messages = conversion.value["messages"]
    assert "be brief" not in str(conversion.value.get("system", ""))
    position = next(index for index, message in enumerate(messages) if "be brief" in words(message))
    answer = next(index for index, message in enumerate(messages) if message["role"] == "assistant")
    assert position == answer - 1


@pytest.mark.parametrize("target", OPENAI_LIKE)
def test_case_18_a_system_turn_between_a_call_and_its_result_goes_after_the_result(target):
    conversion = convert(
        ("user", "go"), ("assistant", [call("a")]), ("system", "note"), ("user", [result("a")]), target=target
    )
    assert roles(conversion)[:3] == ["user", "assistant", "tool"]
    assert "note" in words(conversion.value["messages"][3])
    assert told(conversion, "$.messages[2]")


@pytest.mark.parametrize("target", OPENAI_LIKE)
def test_case_19_turns_of_one_role_merge_only_where_roles_must_alternate(target):
    conversion = convert(("user", "one"), ("user", "two"), ("assistant", "a"), ("assistant", "b"), target=target)
    alternating = [role for role in roles(conversion) if role in ("user", "assistant")]
    if target == "openai":
        assert alternating == ["user", "user", "assistant", "assistant"]
    else:
        assert alternating[:2] == ["user", "assistant"]
        assert words(conversion.value["messages"][0]).split() == ["one", "two"]
        assert conversion.value["messages"][1]["content"].split() == ["a", "b"]


@pytest.mark.parametrize("target", OPENAI_LIKE)
def test_case_19_empty_turns_and_blocks_vanish_without_breaking_the_order(target):
    conversion = convert(
        ("user", [text(""), text("go")]),
        ("assistant", [text(""), call("a")]),
        ("user", [text(""), result("a")]),
        ("assistant", []),
        ("user", ""),
        ("assistant", "done"),
        ("user", "more"),
        target=target,
    )
    assert roles(conversion) == ["user", "assistant", "tool", "assistant", "user"]
    assert all(message["content"] != [] for message in conversion.value["messages"])


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("content", ["", "  ", [text("")], []])
def test_case_19_nothing_but_empty_turns_is_a_clear_error(target, content):
    with pytest.raises(InvalidInput, match="empty"):
        convert(("user", content), target=target, system="set up")


@pytest.mark.parametrize("target", OPENAI_LIKE)
def test_case_20_texts_around_a_call_are_not_glued_together(target):
    conversion = convert(
        ("user", "go"),
        ("assistant", [text("Let me see"), call("a"), text("Done")]),
        ("user", [result("a")]),
        target=target,
    )
    message = conversion.value["messages"][1]
    assert message["content"].split("\n") == ["Let me see", "", "Done"]
    assert len(message["tool_calls"]) == 1


def test_case_20_a_cited_sentence_cut_into_blocks_is_one_sentence_again():
    cited = {**text("blue"), "citations": [{"type": "char_location", "cited_text": "blue"}]}
    conversion = convert(("user", "?"), ("assistant", [text("The sky is "), cited, text(".")]), ("user", "ok"))
    assert conversion.value["messages"][1]["content"] == "The sky is blue."


@pytest.mark.parametrize("target", OPENAI_LIKE)
def test_case_23_a_call_without_result_gets_a_marked_one(target):
    conversion = convert(("user", "go"), ("assistant", [call("a")]), ("user", "never mind"), target=target)
    assert roles(conversion) == ["user", "assistant", "tool", "user"]
    assert "interrupted" in conversion.value["messages"][2]["content"]
    assert told(conversion, "$.messages[1].content[0]")


@pytest.mark.parametrize("target", OPENAI_LIKE)
def test_case_23_a_result_without_call_becomes_text(target):
    conversion = convert(("user", [result("lost", "42")]), target=target)
    assert roles(conversion) == ["user"]
    assert "42" in words(conversion.value["messages"][0])


@pytest.mark.parametrize("target", OPENAI_LIKE)
def test_case_23_of_two_results_for_one_call_one_is_sent(target):
    conversion = convert(
        ("user", "go"), ("assistant", [call("a")]), ("user", [result("a", "1"), result("a", "2")]), target=target
    )
    assert roles(conversion) == ["user", "assistant", "tool"]
    assert conversion.value["messages"][2]["content"] == "1"
    assert told(conversion, "$.messages[2].content[1]")


@pytest.mark.parametrize("target", TARGETS)
def test_case_24_a_prefilled_answer_is_kept_or_continued_and_reported(target):
    conversion = convert(("user", "count"), ("assistant", "1, 2,"), target=target)
    messages = conversion.value["messages"]
    assert messages[1]["content"] == "1, 2,"
    assert (messages[-1]["role"] == "user") == (target == "gemini")
    assert told(conversion, "$.messages[1]") == (target != "anthropic")
