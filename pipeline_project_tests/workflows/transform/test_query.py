"""jmespath queries run on exact numbers, and what does not suit them is refused."""

from decimal import Decimal

import jmespath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_project.errors import InvalidConfig, InvalidInput
from pipeline_project.workflows.transform import apply, read

DATA = {"rows": [{"id": 1, "net": Decimal("0.10")}, {"id": 2, "net": Decimal("9.90")}, {"id": 3, "net": 5}], "s": "a"}


def query(expression, data=DATA):
    return apply(read([{"op": "jmespath", "expression": expression}]), data)


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("rows[?net > `0.1`].id", [2, 3]),
        ("rows[?net == `0.1`].{nr: id}", [{"nr": 1}]),
        ("sum(rows[].net)", Decimal("15.00")),
        ("avg(rows[].net)", Decimal("5")),
        ("avg(`[]`)", None),
        ("max(rows[].net)", Decimal("9.90")),
        ("sort(rows[].net)[0]", Decimal("0.10")),
        ("max_by(rows, &net).id", 2),
        ("sort_by(rows, &net)[].id", [1, 3, 2]),
        ("[floor(`-1.5`), ceil(`-1.5`), abs(`-1.5`), floor(`2`)]", [-2, -1, Decimal("1.5"), 2]),
        ("[to_number('1.10'), to_number('7'), to_number('x'), to_number(`true`)]", [Decimal("1.10"), 7, None, None]),
        ("[type(rows[0].net), type(`null`), type(s), type(rows)]", ["number", "null", "string", "array"]),
        ("to_string(rows[0])", '{"id": 1, "net": 0.10}'),
        ("join(', ', ['a', s])", "a, a"),
        ("nope.deeper", None),
        ("rows[-1]", {"id": 3, "net": 5}),
    ],
)
def test_a_query_has_the_result(expression, result):
    found = query(expression)
    assert found == result
    assert type(found) is type(result)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("", "empty"),
        ("rows[", "Incomplete"),
        ("rows..id", "column"),
        ("flor(`1.5`)", "Did you mean 'floor'?"),
        ("rows[].foo(@)", "no function 'foo'"),
        ("sum()", "does not take 0"),
        ("abs(`1`, `2`)", "does not take 2"),
        ("a" * 5_000, "longer than"),
        ("[" * 3_000, "nested too deeply"),
    ],
)
def test_what_is_no_query_is_refused_before_any_data(expression, words):
    with pytest.raises(InvalidConfig, match=r"operations\[0\].expression") as caught:
        query(expression)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("sum(rows)", "sum() cannot take"),
        ("abs(s)", "abs() cannot take string"),
        ("rows[::0]", "does not suit"),
        ("contains(s, `1`)", "does not suit"),
        ("&s", "no JSON value"),
    ],
)
def test_data_that_does_not_suit_a_query_is_refused_without_repeating_it(expression, words):
    with pytest.raises(InvalidInput) as caught:
        query(expression)
    assert str(caught.value).startswith("operations[0] (jmespath): ")
    assert words in str(caught.value)
    assert "9.90" not in str(caught.value)


@pytest.mark.parametrize(
    ("piece", "length"), [("[@, @][]", 200), ("join('', [@, @])", 200), ("[@, @, @, @]", 60), ("[@, @, @, @]", 200)]
)
def test_a_query_that_multiplies_its_data_is_stopped(piece, length):
    with pytest.raises(InvalidInput, match=r"too many|too much|deeper"):
        query("|".join([piece] * length), "abc")


def test_results_do_not_share_the_querys_own_literals():
    found = query("`[1]`")
    found.append(2)
    assert query("`[1]`") == [1]


values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "a", "b"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=10,
)
QUERIES = [
    "a",
    "a.b",
    "[*].a",
    "[]",
    "*.a",
    "[?a > `1`]",
    "[?a]",
    "{x: a, y: @}",
    "[0]",
    "[1:]",
    "a || b",
    "a && !b",
    "a == b",
]


@settings(max_examples=200, deadline=None)
@given(values, st.sampled_from(QUERIES))
def test_on_whole_numbers_a_query_gives_what_the_library_gives(value, expression):
    try:
        wanted = jmespath.search(expression, value)
    except TypeError:  # the library compares text with numbers by Python's rules
        with pytest.raises(InvalidInput, match="does not suit"):
            query(expression, value)
        return
    assert query(expression, value) == wanted
