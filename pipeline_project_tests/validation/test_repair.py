import copy
import json

import pytest

from pipeline_project.errors import InvalidInput
from pipeline_project.validation import repair_request, validate_request
from pipeline_project.validation.repair import REPAIRABLE
from pipeline_project.validation.repair.calls import SUPPLIED
from pipeline_project_tests.validation.cases import conversation, media, settings, tools
from pipeline_project_tests.validation.cases.build import (
    assistant,
    call,
    image,
    png,
    request,
    result,
    system,
    text,
    thinking,
    tool,
    user,
)

CASES = [*settings.CASES, *conversation.CASES, *media.CASES, *tools.CASES]
MENDABLE = [case for case in CASES if case.rule in REPAIRABLE]
ASKED = user("hello")


def _mended(*messages, **options):
    body, report = repair_request(request(*messages), **options)
    assert report.ok, report.errors
    return body["messages"], [repair.rule for repair in report.repairs]


@pytest.mark.parametrize("case", MENDABLE, ids=lambda case: case.rule)
def test_each_mendable_rule_is_mended_on_a_copy_and_the_repair_says_so(case):
    before = json.dumps(case.breaks)
    body, report = repair_request(case.breaks, **case.options)
    assert report.repairs
    assert case.rule not in {finding.rule for finding in report.findings}
    assert validate_request(body, **case.options).findings == report.findings
    assert json.dumps(case.breaks) == before


def test_every_mendable_rule_has_a_case():
    assert {case.rule for case in MENDABLE} == REPAIRABLE


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_what_has_nothing_mendable_comes_back_as_it_is(case):
    findings = validate_request(case.holds, **case.options).findings
    if not REPAIRABLE.intersection(finding.rule for finding in findings):
        body, report = repair_request(case.holds, **case.options)
        assert body is case.holds
        assert report.repairs == ()
        assert report.findings == findings


def test_a_call_without_a_result_gets_a_marked_one():
    messages, rules = _mended(ASKED, assistant(call(), call("call_2")), user(result("call_2"), text("go on")))
    assert messages[2]["content"] == [
        result("call_2"),
        {"type": "tool_result", "tool_use_id": "call_1", "content": SUPPLIED, "is_error": True},
        text("go on"),
    ]
    assert rules == ["tool-result.missing"]


def test_a_call_at_the_end_and_one_before_a_plain_string_get_their_results():
    messages, _ = _mended(ASKED, assistant(call()), user("go on"), assistant(call("call_2")))
    assert [block["type"] for block in messages[2]["content"]] == ["tool_result", "text"]
    assert messages[4]["content"][0]["tool_use_id"] == "call_2"


def test_the_placeholder_of_a_toolset_call_names_its_toolset():
    messages, _ = _mended(ASKED, assistant({**call(), "toolset_name": "browser"}))
    assert messages[2]["content"][0]["toolset_name"] == "browser"


def test_a_result_that_stands_too_late_is_moved_to_its_call():
    messages, rules = _mended(ASKED, assistant(call()), user("wait"), assistant("yes?"), user(result(), text("here")))
    assert messages[2]["content"] == [result(), text("wait")]
    assert messages[4]["content"] == [text("here")]
    assert rules == ["tool-result.stray"]


def test_strays_and_second_results_are_dropped_and_results_put_first():
    messages, rules = _mended(
        user(result("call_0"), text("hello")), assistant(call()), user(text("so"), result(), result(content="again"))
    )
    assert messages == [user(text("hello")), assistant(call()), user(result(), text("so"))]
    assert sorted(rules) == ["tool-result.duplicate", "tool-result.order", "tool-result.stray"]


def test_a_system_turn_between_call_and_result_goes_behind_the_result():
    messages, _ = _mended(ASKED, assistant(call()), system("be brief"), user(result()))
    assert messages == [ASKED, assistant(call()), user(result()), system("be brief")]


def test_a_leading_system_turn_becomes_part_of_the_system_prompt():
    lead = [system("one"), system("two"), ASKED]
    assert repair_request(request(*lead))[0]["system"] == "one\n\ntwo"
    assert repair_request(request(*lead, system="zero"))[0]["system"] == "zero\n\none\n\ntwo"
    assert repair_request(request(*lead, system=[text("zero")]))[0]["system"] == [
        text("zero"),
        text("one"),
        text("two"),
    ]


def test_a_leading_system_turn_that_is_not_all_text_waits_for_the_first_user_turn():
    change = system({"type": "tool_removal", "tool": {"type": "tool_reference", "name": "look"}})
    assert _mended(change, ASKED)[0] == [ASKED, change]


def test_no_word_of_a_system_turn_is_lost_where_none_may_stand():
    messages, _ = _mended(ASKED, assistant("yes"), system("be brief"))
    assert messages[2] == user("<system>\nbe brief\n</system>")
    body, _ = repair_request(request(ASKED, system(text("be"), text("brief")), model="claude-haiku-4-5"))
    assert body["messages"][1] == user("<system>\nbe\n\nbrief\n</system>")


def test_calls_that_share_an_id_are_told_apart_with_their_results():
    messages, _ = _mended(
        ASKED,
        assistant(call(at="a"), call(at="b")),
        user(result(content="a"), result(content="b")),
        assistant(call(at="c")),
        user(result(content="c")),
    )
    called = {block["id"]: block["input"]["at"] for turn in (messages[1], messages[3]) for block in turn["content"]}
    answered = {
        block["tool_use_id"]: block["content"] for turn in (messages[2], messages[4]) for block in turn["content"]
    }
    assert called == answered
    assert set(called.values()) == {"a", "b", "c"}


def test_unsafe_ids_stay_different_from_each_other_and_from_safe_ones():
    names = ["a.b", "a:b", "a_b", ""]
    messages, _ = _mended(
        ASKED, assistant(*[call(name) for name in names[:3]]), user(*[result(name) for name in names[:3]])
    )
    called = [block["id"] for block in messages[1]["content"]]
    assert called == [block["tool_use_id"] for block in messages[2]["content"]]
    assert called == ["a_b_2", "a_b_3", "a_b"]


def test_thousands_of_calls_with_one_id_are_told_apart_in_linear_time():
    count = 20_000
    body, report = repair_request(request(ASKED, assistant(*[call()] * count), user(*[result()] * count)))
    assert report.ok
    assert len({block["id"] for block in body["messages"][1]["content"]}) == count


def test_a_call_that_stands_where_none_can_still_gets_an_id_of_its_own():
    body, report = repair_request(request(user(call(), call())))
    assert [block["id"] for block in body["messages"][0]["content"]] == ["call_1", "call_1_2"]
    assert {finding.rule for finding in report.errors} == {"block.role"}


def test_turns_are_merged_for_providers_that_ask_for_it_only():
    messages = [user("a"), user(text("b"), text("c")), assistant("d"), ASKED]
    assert repair_request(request(*messages))[0]["messages"] == messages
    merged, rules = _mended(*messages, provider="deepseek")
    assert merged == [user(text("a"), text("b"), text("c")), assistant("d"), ASKED]
    assert rules == ["turns.alternate"]


def test_blank_texts_and_unsigned_thinking_vanish_with_what_they_leave_empty():
    messages, _ = _mended(
        ASKED,
        assistant(text(""), {"type": "thinking", "thinking": "hm"}),
        user(text(" ")),
        assistant(text("yes"), thinking(), thinking()),
        ASKED,
    )
    assert messages == [ASKED, assistant(text("yes")), ASKED]


@pytest.mark.parametrize(
    ("model", "asked", "max_tokens", "got"),
    [
        ("claude-opus-4-8", {"type": "enabled", "budget_tokens": 2000}, 3000, {"type": "adaptive"}),
        ("claude-opus-4-5", {"type": "adaptive"}, 8000, {"type": "enabled", "budget_tokens": 4000}),
        ("claude-opus-4-5", {"type": "adaptive"}, 1000, None),
        ("claude-fable-5", {"type": "disabled"}, 1000, None),
        ("claude-sonnet-5-5", {"type": "disabled"}, 1000, {"type": "between_tools"}),
        ("claude-3-5-haiku-20241022", {"type": "enabled", "budget_tokens": 2000}, 3000, None),
        ("claude-opus-4-5", {"type": "enabled", "budget_tokens": 10}, 3000, {"type": "enabled", "budget_tokens": 1024}),
        (
            "claude-opus-4-5",
            {"type": "enabled", "budget_tokens": 9000},
            3000,
            {"type": "enabled", "budget_tokens": 2999},
        ),
        ("claude-opus-4-5", {"type": "enabled", "budget_tokens": 9000}, 1000, None),
    ],
)
def test_thinking_becomes_what_the_model_has_and_max_tokens_leaves_room_for(model, asked, max_tokens, got):
    body, report = repair_request(request(model=model, thinking=asked, max_tokens=max_tokens))
    assert body.get("thinking") == got
    assert report.ok


def test_a_forced_tool_wins_over_manual_thinking():
    keys = {"tools": [tool()], "tool_choice": {"type": "any"}, "max_tokens": 3000}
    body, _ = repair_request(request(**keys, thinking={"type": "enabled", "budget_tokens": 2000}))
    assert body == request(**keys)


def test_the_last_breakpoints_are_kept():
    cached = {"cache_control": {"type": "ephemeral"}}
    body, _ = repair_request(request(*[user(text(str(number), **cached)) for number in range(6)]))
    kept = [message["content"][0]["text"] for message in body["messages"] if "cache_control" in message["content"][0]]
    assert kept == ["2", "3", "4", "5"]


def test_an_image_gets_the_media_type_that_its_bytes_are():
    body, _ = repair_request(request(user(image(png(), "image/jpg"))))
    assert body == request(user(image(png())))


def test_what_only_the_caller_knows_is_left_in_the_report():
    body, report = repair_request({"messages": [{"role": "tool", "content": "x"}], "temperature": 9})
    assert body == {"messages": [{"role": "tool", "content": "x"}], "temperature": 1}
    assert [finding.rule for finding in report.errors] == ["model.name", "message.role", "max-tokens.value"]
    assert [repair.path for repair in report.repairs] == ["$.temperature"]


def test_unchanged_parts_are_shared_and_changed_ones_are_not():
    body = request(ASKED, assistant(text("yes"), text("")), user("so"))
    before = copy.deepcopy(body)
    mended, _ = repair_request(body)
    assert body == before
    assert mended["messages"][0] is body["messages"][0]
    assert mended["messages"][1] is not body["messages"][1]


def test_unknown_providers_and_endpoints_are_refused():
    with pytest.raises(InvalidInput, match="unknown provider"):
        repair_request(request(), provider="acme")
    with pytest.raises(InvalidInput, match="unknown endpoint"):
        repair_request(request(), endpoint="complete")
