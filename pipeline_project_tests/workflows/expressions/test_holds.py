"""Conditions are true, false or an error, in every form."""

import pytest

from pipeline_project.errors import ExpressionError
from pipeline_project.workflows.expressions import TESTS, Scope, holds

SCOPE = Scope(
    input={"amount": 1500, "tags": ["vip"], "text": "Invoice 7", "nothing": None, "none": [], "blank": ""},
    steps={"check": {"ok": True, "score": 0.8}},
    absent={"notify": "was skipped"},
    vars={"limit": 1000},
)


def over(path, op, *value):
    return {"path": path, "op": op, **({"value": value[0]} if value else {})}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (True, True),
        (False, False),
        ("amount > limit", True),
        ("${amount > limit}", True),
        ("  ${amount > limit}\n", True),
        ("check.ok", True),
        ("matches(text, '^[A-Z]{3,}')", False),
        (over("amount", ">", 1000), True),
        (over("${amount}", ">", "${limit}"), True),
        (over("amount", "<=", 1500.0), True),
        (over("steps.check.score", "<", 0.9), True),
        (over("amount", "==", 1500), True),
        (over("amount", "!=", None), True),
        (over("amount", "in", [1, 1500]), True),
        (over("amount", "not_in", [1, 2]), True),
        (over("tags", "contains", "vip"), True),
        (over("text", "starts_with", "Inv"), True),
        (over("text", "ends_with", "7"), True),
        (over("text", "matches", r"\d$"), True),
        (over("tags[0]", "==", "vip"), True),
        (over("amount", "exists"), True),
        (over("nothing", "exists"), False),
        (over("nothing", "missing"), True),
        (over("notify.sent", "missing"), True),
        (over("check.nope.deeper", "exists"), False),
        (over("none", "empty"), True),
        (over("blank", "empty"), True),
        (over("nothing", "empty"), True),
        (over("check.nope", "empty"), True),
        (over("tags", "not_empty"), True),
        (over("check.nope", "not_empty"), False),
        ({"all": ["amount > 1", over("check.ok", "==", True)]}, True),
        ({"all": ["amount > 1", False]}, False),
        ({"any": [False, "check.ok"]}, True),
        ({"not": "check.ok"}, False),
        ({"not": ["check.ok"]}, False),
        ({"not": {"any": [False, {"all": [True, False]}]}}, True),
        ({"any": [True, "nope.x"]}, True),
        ({"all": [False, "nope.x"]}, False),
    ],
)
def test_a_condition_is_decided(condition, expected):
    assert holds(condition, SCOPE) is expected


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (None, "no condition"),
        (1, "no condition"),
        ([], "no condition"),
        ({}, "empty mapping"),
        ("", "empty"),
        ("amount", "the condition is a number, not true or false"),
        ("text", "text, not true or false"),
        ("nothing", "null, not true or false"),
        ("${amount} > 1", "Write ${a > 1}"),
        ("${amount", "never closed"),
        ({"all": []}, "decides nothing"),
        ({"any": []}, "decides nothing"),
        ({"all": "amount > 1"}, "takes a list"),
        ({"not": []}, "takes one condition"),
        ({"not": [True, True]}, "{not: {any: […]}}"),
        ({"all": [True], "any": [True]}, "no condition"),
        ({"op": "=="}, "no condition"),
        ({"path": "amount"}, "condition.op"),
        (over("amount", "equals", 1), "'equals' is no test"),
        (over("amount", "exist"), "'exists'"),
        (over("amount", "=="), "takes a value"),
        (over("amount", "exists", 1), "takes no value"),
        ({**over("amount", "==", 1), "extra": 1}, "no condition"),
        (over("amount + 1", ">", 1), "no plain reference"),
        (over(5, ">", 1), "no plain reference"),
        (over("amount.from", ">", 1), "['from']"),
        (over("check.nope", "==", 1), "condition: ${check.nope}: check has no key"),
        (over("nothing", ">", 1), "no order"),
        (over("amount", "==", "1500"), "cannot be compared"),
        (over("amount", "empty"), "never empty"),
        (over("amount", "in", 5), "contains nothing"),
        (over("amount", "==", "${nope}"), "condition.value: ${nope}"),
        ({"any": [False, {"all": [over("amount", ">", "x")]}]}, "condition.any[1].all[0]: ${amount}"),
    ],
)
def test_what_cannot_be_decided_is_an_error_that_names_the_place(condition, words):
    with pytest.raises(ExpressionError) as caught:
        holds(condition, SCOPE)
    assert words in str(caught.value)


def test_the_set_of_tests_is_closed():
    assert (
        *("==", "!=", "<", "<=", ">", ">=", "in", "not_in"),
        *("contains", "starts_with", "ends_with", "matches"),
        *("exists", "missing", "empty", "not_empty"),
    ) == TESTS


def test_conditions_that_unfold_through_aliases_are_refused():
    condition = True
    for _ in range(40):
        condition = {"all": [condition, condition]}
    with pytest.raises(ExpressionError, match="aliases"):
        holds(condition, SCOPE)
