import dataclasses
import json
import subprocess
import sys

import pytest

from pipeline_project.errors import InvalidInput
from pipeline_project.validation import (
    ValidationFailed,
    validate_conversation,
    validate_request,
    validate_response,
)
from pipeline_project_tests.validation.cases.build import answer, assistant, call, request, result, system, text, user


def _rules(report):
    return {finding.rule for finding in report.findings}


def test_a_report_lists_every_finding_of_every_rule():
    body = request(user(text(""), text(" ")), max_tokens=-1, temperature=3, tool_choice={"type": "auto"})
    report = validate_request(body)
    assert _rules(report) == {"text.empty", "max-tokens.value", "temperature.range", "tool-choice.tools"}
    assert [finding.path for finding in report.findings if finding.rule == "text.empty"] == [
        "$.messages[0].content[0]",
        "$.messages[0].content[1]",
    ]


def test_strict_raises_with_the_first_error_the_count_and_the_report():
    body = request({"role": "tool", "content": "x"}, max_tokens=-1)
    with pytest.raises(ValidationFailed) as caught:
        validate_request(body, mode="strict")
    assert isinstance(caught.value, InvalidInput)
    assert str(caught.value) == (
        "$.messages[0].role: the role must be user, assistant or system (the first of 2 errors, rule message.role)"
    )
    assert caught.value.report == validate_request(body)


def test_strict_passes_a_body_with_warnings_only():
    report = validate_request(request(context_management={"edits": []}), mode="strict")
    assert report.ok
    assert _rules(report) == {"beta.missing"}


def test_reports_are_frozen_and_have_a_json_form():
    report = validate_request([])
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.findings = ()
    assert json.loads(json.dumps(dataclasses.asdict(report)))["findings"][0]["rule"] == "body.object"


@pytest.mark.parametrize(
    ("options", "where"),
    [({"provider": "acme"}, "provider"), ({"endpoint": "complete"}, "endpoint"), ({"mode": "repair"}, "mode")],
)
def test_an_unknown_name_is_refused_and_the_known_ones_are_listed(options, where):
    with pytest.raises(InvalidInput, match=r"^\w+: unknown \w+ '\w+'. Use ") as caught:
        validate_request(request(), **options)
    assert caught.value.where == where


def test_what_a_report_quotes_from_strangers_is_one_bounded_line_in_any_encoding():
    name = "a\nb\ud83d" + "c" * 10_000
    body = request(user({"type": name}), metadata={"\ud83d'\"\n": float("inf")})
    findings = {finding.rule: finding for finding in validate_request(body).findings}
    quoted = findings["block.unknown"].message
    assert quoted.startswith("block type a\\nb\\ud83dccc")
    assert len(quoted) < 500
    assert findings["number.finite"].path == "$.metadata['\\ud83d\\'\"\\n']"
    assert all((finding.message + finding.path).encode() for finding in findings.values())


def test_a_body_too_deep_for_any_json_text_is_looked_at_all_the_same():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    body = request(metadata={"x": deep}, system="x" * 6_000_000, tools=[{"name": "t", "input_schema": {"type": deep}}])
    assert _rules(validate_request(body)) == {"tool.schema-type"}


def test_each_provider_imposes_its_own_rules():
    body = request(user("a"), user("b"), assistant(call("x.y")), user(text("late"), result("x.y")), temperature=1.5)
    by_provider = {name: _rules(validate_request(body, provider=name)) for name in ("anthropic", "openai", "deepseek")}
    assert by_provider == {
        "anthropic": {"tool-use.id", "tool-result.order", "temperature.range", "tool-use.undefined"},
        "openai": {"tool-use.undefined"},
        "deepseek": {"turns.alternate", "tool-use.undefined"},
    }


def test_counting_tokens_needs_no_max_tokens():
    body = {"model": "claude-opus-4-8", "messages": [user("hello")]}
    assert not validate_request(body).ok
    assert validate_request(body, endpoint="count_tokens").findings == ()


@pytest.mark.parametrize("betas", [["interleaved-thinking-2025-05-14"], "a-1, interleaved-thinking-2025-05-14"])
def test_interleaved_thinking_may_have_a_budget_above_max_tokens(betas):
    body = request(thinking={"type": "enabled", "budget_tokens": 5000}, max_tokens=2000, model="claude-sonnet-4-5")
    assert _rules(validate_request(body)) == {"thinking.budget-room"}
    assert validate_request(body, betas=betas).findings == ()
    assert not validate_request({**body, "model": "claude-haiku-4-5"}, betas=betas).ok


def test_unknown_keys_blocks_roles_of_sources_and_tool_types_are_never_errors():
    body = request(
        user({"type": "hologram", "of": 1}, {"type": "image", "source": {"type": "dream"}}),
        tools=[{"type": "telepathy_2030"}],
        thinking={"type": "between_the_lines"},
        output_config={"effort": "heroic"},
        something_new={"deep": [1]},
    )
    report = validate_request(body)
    assert report.ok
    assert _rules(report) == {"block.unknown", "source.unknown", "tool.unknown", "thinking.kind", "effort.kind"}


def test_the_paths_of_a_conversation_start_at_its_array():
    report = validate_conversation([user("a"), assistant(call()), system("now"), user(result())])
    assert {(finding.rule, finding.path) for finding in report.findings} == {
        ("tool-result.missing", "$[1].content[0]"),
        ("tool-result.stray", "$[3].content[0].tool_use_id"),
        ("system.placement", "$[2]"),
    }
    assert [finding.path for finding in validate_conversation("hello").findings] == ["$"]
    assert validate_conversation([user("a"), system("b")], model="claude-haiku-4-5").errors[0].rule == "system.model"


def test_consecutive_messages_of_one_role_are_one_turn():
    split = [user("a"), assistant("b"), assistant(call(), call("call_2")), user(result("call_2")), user(result())]
    assert validate_conversation(split).ok


def test_a_response_is_held_against_its_request():
    body = answer(call(name="other"), stop_reason="tool_use")
    assert validate_response(body).ok
    asked = request(tools=[{"name": "look", "input_schema": {"type": "object"}}])
    assert _rules(validate_response(body, request=asked)) == {"response.tool"}
    with pytest.raises(ValidationFailed):
        validate_response(body, request=asked, mode="strict")


def test_importing_loads_neither_engine_nor_provider_library_nor_the_schema_library():
    code = (
        "import sys, pipeline_project.validation\n"
        "print({'dagster', 'litellm', 'jsonschema', 're2', 'pydantic', 'pipeline_project.conversion'} & {*sys.modules})"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"
