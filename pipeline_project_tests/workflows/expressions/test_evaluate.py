"""Expressions give the values the reference promises, and every error names what is there."""

from decimal import Decimal

import pytest

from pipeline_project.errors import ExpressionError, NotConfigured
from pipeline_project.workflows.expressions import Scope, evaluate


class Safe:
    """A secret look-up with one secret."""

    def get(self, name):
        if name != "TOKEN":
            raise NotConfigured("no such secret", where=name)
        return "s3cret"


SCOPE = Scope(
    input={"amount": 1200, "rate": 0.1, "from": {"first name": "Bo"}, "nothing": None, "shared": "input"},
    steps={
        "fetch": {"items": [{"n": 1}, {"n": 2}], "total": Decimal("9.90"), "content-type": "a/b"},
        "check": True,
    },
    absent={"notify": "was skipped", "later": "has not run"},
    vars={"limit": 1000, "shared": "vars", "fetch": "hidden by the step", "key": "total", "at": 1},
    execution={"id": "e1", "started_at": "2025-01-31T00:00:00+00:00", "attempt": 1},
    env={"REGION": "eu"},
    secrets=Safe(),
    item={"qty": 2},
    index=7,
)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("amount", 1200),
        ("input.amount", 1200),
        ("input['amount']", 1200),
        ("input['from']['first name']", "Bo"),
        ("steps.fetch.items[0].n", 1),
        ("fetch.items[-1].n", 2),
        ("fetch['content-type']", "a/b"),
        ("fetch[vars.key]", Decimal("9.90")),
        ("fetch.items[vars.at].n", 2),
        ("fetch.items[1:]", [{"n": 2}]),
        ("fetch.items[:-1][0].n", 1),
        ("'abcdef'[1:3]", "bc"),
        ("'abc'[-1]", "c"),
        ("check", True),
        ("shared", "vars"),
        ("rate + 0.2", Decimal("0.3")),
        ("rate == 0.1", True),
        ("env.REGION", "eu"),
        ("secrets.TOKEN", "s3cret"),
        ("execution.id", "e1"),
        ("item.qty", 2),
        ("index", 7),
        ("vars.fetch", "hidden by the step"),
        ("nothing", None),
        ("null", None),
        ("true and True and not false", True),
        ("[1, 'a', null, true]", [1, "a", None, True]),
        ("{'a': 1, 'b': [2]}", {"a": 1, "b": [2]}),
        ("{'a': 1}['a']", 1),
        ('"it\'s"', "it's"),
        (r"'\u00e4\n\t\\'", "ä\n\t\\"),
        (r"'\d+\b'", r"\d+\b"),
        (r"r'\n'", r"\n"),
        ("amount\n  > 1000", True),
        ("1 < 2 <= 2 < 3", True),
        ("1 < 3 < 2", False),
        ("'a' < 'b'", True),
        ("1 == 1.0", True),
        ("null == null", True),
        ("nothing != 5", True),
        ("[1, {'a': 2}] == [1.0, {'a': 2}]", True),
        ("[true] == [1]", False),
        ("'b' in ['a', 'b', 1]", True),
        ("'x' in ['a', null]", False),
        ("2 not in [1, 3]", True),
        ("'ell' in 'hello'", True),
        ("'total' in fetch", True),
        ("'big' if amount > limit else 'small'", "big"),
        ("false and undefined.x", False),
        ("true or undefined.x", True),
        ("1 if true else undefined", 1),
        ("'a' + 'b'", "ab"),
        ("[1] + [2]", [1, 2]),
        ("+5 - -3", 8),
        ("1_000", 1000),
        ("1.50", Decimal("1.50")),
        ("default(fetch.missing, 0)", 0),
        ("default(fetch.total, 0)", Decimal("9.90")),
        ("default(notify.sent, false)", False),
        ("default(nothing, 'n')", "n"),
        ("default(nothing.x.y, 'n')", "n"),
        ("default(fetch.items[9].n, -1)", -1),
        ("default(undefined, 1)", 1),
        ("default(env.NOPE, 'x')", "x"),
        ("default(secrets.NOPE, 'x')", "x"),
        ("default(default(a.b, c.d), 3)", 3),
        ("default(amount.x, 'a number has no keys')", "a number has no keys"),
        ("default(upper(fetch.nope), 'none')", "none"),
    ],
)
def test_an_expression_has_the_value(source, value):
    found = evaluate(source, SCOPE)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("fetch.totl", "no key 'totl', only: items, total, content-type. Did you mean fetch.total?"),
        ("fetch.content-type", "Did you mean fetch['content-type']?"),
        ("fetch.items[2].n", "fetch.items has 2 items, so no [2]"),
        ("fetch.items[0].m", "fetch.items[0] has no key 'm', only: n"),
        ("fetch.items.n", "fetch.items is a list and has no .n"),
        ("amount.x", "amount is a number and has no .x"),
        ("nothing.x", "nothing is null"),
        ("input.nope", "input has no 'nope', only: amount"),
        ("undefinde", "no step, variable or input field"),
        ("steps.fetsch.x", "there is no step 'fetsch', only: fetch, check, notify, later. Did you mean 'fetch'?"),
        ("notify.sent", "'notify' has no result: it was skipped"),
        ("steps.later", "'later' has no result: it has not run"),
        ("date", "'date' is a function"),
        ("env.HOME", "PIPELINE_EXPRESSION_ENV"),
        ("fetch.items[0.5]", "whole number"),
        ("fetch.items[true]", "has no [True]"),
        ("fetch[0]", "mapping"),
        ("fetch['items'][fetch]", "has no "),
        ("amount[1:]", "only lists and texts can be cut"),
        ("'a' == 1", "text cannot be compared with a number"),
        ("true == 1", "a boolean cannot be compared with a number"),
        ("[] == {}", "a list cannot be compared with a mapping"),
        ("'a' < 1", "no order"),
        ("null < 1", "no order"),
        ("true < false", "no order"),
        ("5 in ['5']", "a number is looked for in a list with text"),
        ("5 in 'a5'", "a number is looked for in text"),
        ("1 in 2", "contains nothing"),
        ("1 and true", "an operand of `and` is a number"),
        ("not ''", "`not` negates is text"),
        ("1 if 'a' else 2", "after `if` is text"),
        ("true + 1", "needs a number and got a boolean"),
        ("-true", "needs a number"),
        ("null + 1", "needs a number and got null"),
        ("'a' + 1", "+ cannot add a number to text"),
        ("'a' * 3", "* cannot take"),
        ("[1] * 3", "* cannot take"),
        ("'%s' % 1", "% cannot take"),
        ("1 / 0", "divides by zero"),
        ("1 % 0.0", "divides by zero"),
        ("1 // 0", "divides by zero"),
        ("{1: 2}", "a key of a mapping is a number"),
        ("{'a': 1, 'a': 2}", "same key twice"),
    ],
)
def test_an_error_names_what_is_wrong_and_what_is_there(source, words):
    with pytest.raises(ExpressionError) as caught:
        evaluate(source, SCOPE)
    assert words in str(caught.value)
    assert "${" in str(caught.value)


def test_outside_for_each_there_is_no_item():
    for name in ("item", "index", "default(item.x, 1)"):
        with pytest.raises(ExpressionError, match="only known inside for_each"):
            evaluate(name, Scope())


def test_an_item_may_be_null():
    assert evaluate("item == null", Scope(item=None, index=0)) is True


def test_without_a_look_up_secrets_are_refused_even_with_a_default():
    for source in ("secrets.TOKEN", "default(secrets.TOKEN, '')"):
        with pytest.raises(ExpressionError, match="cannot be used here"):
            evaluate(source, Scope())


def test_a_missing_secret_is_reported_by_its_keeper():
    with pytest.raises(NotConfigured):
        evaluate("secrets.NOPE", SCOPE)


def test_no_message_repeats_a_value():
    for source in ("secrets.TOKEN + 1", "secrets.TOKEN < 1", "from_json(secrets.TOKEN)", "date(secrets.TOKEN)"):
        with pytest.raises(ExpressionError) as caught:
            evaluate(source, SCOPE)
        assert "s3cret" not in str(caught.value)


def test_an_absurd_index_is_a_missing_one():
    with pytest.raises(ExpressionError, match="has 2 items"):
        evaluate("fetch.items[input.at]", Scope(steps=SCOPE.steps, input={"at": 10**5_000}))


def test_a_message_can_be_printed_and_stored():
    for source in ("'\ud800'", "a\x1b[31mb", "\u202e", "input['\\u202e']"):
        with pytest.raises(ExpressionError) as caught:
            evaluate(source, SCOPE)
        assert str(caught.value).isprintable()


def test_results_share_nothing_with_the_scope():
    found = evaluate("fetch", SCOPE)
    found["items"][0]["n"] = 99
    found["items"].append(1)
    assert evaluate("fetch.items", SCOPE) == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN"), object(), {1, 2}, b"a"])
def test_what_is_no_json_value_is_refused(value):
    with pytest.raises(ExpressionError):
        evaluate("input", Scope(input={"a": [value]}))


def test_floats_and_tuples_of_the_data_become_json_values():
    assert evaluate("a", Scope(input={"a": (0.1, {"b": (1,)})})) == [Decimal("0.1"), {"b": [1]}]


def test_data_nested_beyond_the_bound_is_refused_and_not_a_crash():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    for source in ("a", "a == a", "json(a)", "[a]"):
        with pytest.raises(ExpressionError):
            evaluate(source, Scope(input={"a": deep}))
    while deep:  # taken apart here, so that freeing it needs no deep stack
        deep = deep.pop()
