"""References are read off without computing anything, and bare names find their namespace."""

import pytest

from pipeline_project.errors import ExpressionError
from pipeline_project.workflows.expressions import RESERVED, Names, Reference, bind, condition_references, references

R = Reference


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("plain", set()),
        ("fetch.total > 1", set()),
        (5, set()),
        ({"k": None, "${a}": 1}, set()),
        ("${a}", {R("name", "a")}),
        ("x ${a.b['c d'][0]} $${z}", {R("name", "a", ("b", "c d", 0))}),
        ({"k": ["${steps.fetch.items[-1:].n}"]}, {R("steps", "fetch", ("items",))}),
        ("${steps['fetch']}", {R("steps", "fetch")}),
        ("${input.a + vars.b}", {R("input", "a"), R("vars", "b")}),
        ("${input}", {R("input", "")}),
        ("${input[vars.key].x}", {R("input", ""), R("vars", "key")}),
        ("${item.a[index]}", {R("item", "", ("a",)), R("index", "")}),
        ("${env.HOME + secrets.KEY}", {R("env", "HOME"), R("secrets", "KEY")}),
        ("${execution.id}", {R("execution", "id")}),
        ("${default(a.b, c)}", {R("name", "a", ("b",), optional=True), R("name", "c")}),
        ("${default(upper(a), b) + a}", {R("name", "a", (), optional=True), R("name", "a"), R("name", "b")}),
        ("${{'k': a, 'l': [b if c else -d]}['k']}", {R("name", name) for name in "abcd"}),
        ("${x < y < z and not w}", {R("name", name) for name in "xyzw"}),
        ("${len(a}", set()),
        ("${'open}", set()),
        ("${foo(a) + b}", {R("name", "b")}),
        ("${null or true}", set()),
    ],
)
def test_every_reference_of_a_tree_is_found(value, found):
    assert references(value) == found


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("a > 1", {R("name", "a")}),
        ("${a > 1}", {R("name", "a")}),
        (True, set()),
        (None, set()),
        (
            {"all": [{"path": "steps.a.b", "op": "==", "value": "x ${c.d}"}, {"not": "e"}, {"any": ["${f}", False]}]},
            {R("steps", "a", ("b",)), R("name", "c", ("d",)), R("name", "e"), R("name", "f")},
        ),
        ({"all": ["a", {"wrong": 1}, {"path": "b", "op": "nope"}]}, {R("name", "a"), R("name", "b")}),
    ],
)
def test_every_reference_of_a_condition_is_found(condition, found):
    assert condition_references(condition) == found


def test_a_bare_name_is_a_step_else_a_variable_else_an_input_field():
    names = Names(steps=frozenset("s"), vars=frozenset("sv"), input=frozenset("svi"))
    assert bind(R("name", "s", ("x",), optional=True), names) == R("steps", "s", ("x",), optional=True)
    assert bind(R("name", "v"), names) == R("vars", "v")
    assert bind(R("name", "i"), names) == R("input", "i")
    assert bind(R("env", "zzz"), names) == R("env", "zzz")
    assert bind(R("name", "unheard"), Names()) == R("input", "unheard")
    with pytest.raises(ExpressionError, match="no step, variable or input field"):
        bind(R("name", "unheard"), names)


def test_words_with_another_meaning_are_reserved():
    assert {"steps", "item", "len", "default", "from", "class", "true", "null", "None"} <= RESERVED
    assert "fetch" not in RESERVED


def test_a_tree_beyond_the_bounds_is_an_error():
    tree = ["a"]
    for _ in range(30):
        tree = [tree, tree]
    with pytest.raises(ExpressionError, match="aliases"):
        references(tree)
