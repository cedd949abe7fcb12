import pytest

from pipeline_project.validation import rules_as_markdown, validate_request, validate_response
from pipeline_project.validation.rules import RULES
from pipeline_project_tests.validation.cases import conversation, media, responses, settings, tools

REQUESTS = [*settings.CASES, *conversation.CASES, *media.CASES, *tools.CASES]
DOORS = [(validate_request, case) for case in REQUESTS] + [(validate_response, case) for case in responses.CASES]


def _name(value):
    return getattr(value, "rule", None)


def _found(door, body, case):
    return {finding.path: finding for finding in door(body, **case.options).findings if finding.rule == case.rule}


@pytest.mark.parametrize(("door", "case"), DOORS, ids=_name)
def test_a_broken_rule_is_found_where_it_is_broken(door, case):
    finding = _found(door, case.breaks, case).get(case.path)
    assert finding is not None, door(case.breaks, **case.options).findings
    rule = RULES[case.rule]
    assert (finding.severity, finding.source, finding.providers) == (rule.severity, rule.source, rule.providers)
    assert finding.message
    assert not finding.message.endswith(".")


@pytest.mark.parametrize(("door", "case"), DOORS, ids=_name)
def test_a_kept_rule_is_not_complained_about(door, case):
    assert _found(door, case.holds, case) == {}


def test_every_registered_rule_has_a_case():
    assert {case.rule for _, case in DOORS} == set(RULES)


def test_every_rule_says_what_it_asks_and_names_a_page_of_the_vendor_or_a_standard():
    for rule in RULES.values():
        assert rule.summary.endswith("."), rule.id
        assert rule.source.startswith("https://"), rule.id
        assert f"| `{rule.id}` | {rule.severity} |" in rules_as_markdown()
