"""filter, map, flatten, sort, distinct and limit work on the list of rows."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_project.errors import ExpressionError, InvalidConfig, InvalidInput
from pipeline_project.workflows.expressions import Scope
from pipeline_project.workflows.transform import apply, read

ROWS = [
    {"id": 1, "qty": 2, "price": 0.1, "tags": ["a", "b"], "who": "Cy"},
    {"id": 2, "qty": 3, "price": Decimal("9.90"), "tags": [], "who": "Al"},
    {"id": 3, "qty": 1, "price": 5, "tags": None, "who": None},
]


def run(*operations, data=ROWS, **options):
    return apply(read(list(operations)), data, **options)


def ids(*operations, data=ROWS, **options):
    return run(*operations, {"op": "map", "to": "item.id"}, data=data, **options)


def test_filter_keeps_what_is_true_in_order():
    assert ids({"op": "filter", "where": "item.price > 1 and index > 0"}) == [2, 3]
    assert run({"op": "filter", "where": "item % 2 == 1"}, data=[1, 2, 3]) == [1, 3]
    assert ids({"op": "filter", "where": "item.price > vars.least"}, scope=Scope(vars={"least": 6})) == [2]


def test_map_sets_fields_exactly_from_the_row_as_it_was():
    made = run({"op": "map", "set": {"total": "item.qty * item.price", "qty": "item.qty + 1", "old": "item.qty"}})
    assert [row["total"] for row in made] == [Decimal("0.2"), Decimal("29.70"), 5]
    assert [(row["qty"], row["old"]) for row in made] == [(3, 2), (4, 3), (2, 1)]
    assert list(made[0]) == [*ROWS[0], "total", "old"]


def test_map_replaces_items():
    assert run({"op": "map", "to": "{'n': index, 'id': item.id}"})[2] == {"n": 2, "id": 3}
    assert run({"op": "map", "to": "item.a"}, data={"a": 1}) == 1


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ({"op": "filter", "where": "item.price"}, r"operations\[0\] \(filter\), row \[0\]: .* a number, not true"),
        ({"op": "filter", "where": "item.nope > 1"}, r"row \[0\]: .*no key 'nope', only: id, qty"),
        ({"op": "map", "set": {"x": "upper(item.who)"}}, r"\(map\), row \[2\], field 'x': .*null"),
    ],
)
def test_an_expression_that_fails_names_row_and_field(operation, words):
    with pytest.raises(ExpressionError, match=words):
        run(operation)


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ({"op": "filter", "where": "${item.price > 1}"}, "no \\$\\{ \\} is written"),
        ({"op": "filter", "where": "item.price >"}, "operations\\[0\\].where: it is no expression"),
        ({"op": "filter", "where": "foo(item)"}, "no function 'foo'"),
        ({"op": "map"}, "either `set` or `to`"),
        ({"op": "map", "set": {"a": "1"}, "to": "1"}, "either `set` or `to`"),
        ({"op": "map", "set": {"a": "1 +"}}, "operations\\[0\\].set.a"),
        ({"op": "sort", "by": []}, "operations\\[0\\].by"),
        ({"op": "limit", "count": -1}, "operations\\[0\\].count"),
        ({"op": "explode"}, "explode"),
        ({"op": "limit", "count": 1, "skip": 2}, "operations\\[0\\].skip"),
    ],
)
def test_a_malformed_operation_is_refused_before_any_data(operation, words):
    with pytest.raises(InvalidConfig, match=words):
        read([operation])


def test_all_malformed_operations_are_named_at_once():
    with pytest.raises(InvalidConfig, match=r"config\.ops\[0\].*config\.ops\[1\]\.where"):
        read([{"op": "map"}, {"op": "filter", "where": "("}], where="config.ops")


def test_flatten_makes_a_row_of_every_item():
    lines = [{"id": 1, "lines": [{"sku": "a"}, {"sku": "b"}]}, {"id": 2, "lines": []}, {"id": 3, "lines": None}]
    assert run({"op": "flatten", "field": "lines"}, data=lines) == [{"id": 1, "sku": "a"}, {"id": 1, "sku": "b"}]
    kept = run({"op": "flatten", "field": "lines", "keep_empty": True}, data=lines)
    assert kept[2:] == [{"id": 2, "lines": None}, {"id": 3, "lines": None}]
    assert run({"op": "flatten", "field": "tags"})[1] == {**ROWS[0], "price": Decimal("0.1"), "tags": "b"}
    assert run({"op": "flatten"}, data=[[1, [2]], [], [3]]) == [1, [2], 3]


def test_flatten_refuses_what_is_no_list_and_names_that_collide():
    with pytest.raises(InvalidInput, match=r"row \[0\], field 'id': the field is a number"):
        run({"op": "flatten", "field": "id"})
    with pytest.raises(InvalidInput, match=r"row \[1\]: the item is a number"):
        run({"op": "flatten"}, data=[[1], 2])
    with pytest.raises(InvalidInput, match="both have: id"):
        run({"op": "flatten", "field": "l"}, data=[{"id": 1, "l": [{"id": 2}]}])


def test_sort_is_stable_and_puts_null_last_in_both_directions():
    assert ids({"op": "sort", "by": ["who"]}) == [2, 1, 3]
    assert ids({"op": "sort", "by": [{"field": "who", "descending": True}]}) == [1, 2, 3]
    assert ids({"op": "sort", "by": ["price"]}) == [1, 3, 2]
    tied = [{"id": number, "g": number % 2} for number in range(6)]
    assert ids({"op": "sort", "by": ["g"]}, data=tied) == [0, 2, 4, 1, 3, 5]
    assert ids({"op": "sort", "by": [{"field": "g", "descending": True}, {"field": "id"}]}, data=tied) == [
        1,
        3,
        5,
        0,
        2,
        4,
    ]


@pytest.mark.parametrize("values", [[1, "a"], [True, False], [[1], [2]]])
def test_sort_refuses_values_without_an_order(values):
    with pytest.raises(InvalidInput, match=r"field 'v': .*no order"):
        run({"op": "sort", "by": ["v"]}, data=[{"v": value} for value in values])


def test_distinct_keeps_the_first_of_equal_items():
    assert run({"op": "distinct"}, data=[1, 1.0, True, "1", None, None, [1], [1]]) == [1, True, "1", None, [1]]
    assert ids(
        {"op": "distinct", "by": ["g"]}, data=[{"id": 1, "g": 1}, {"id": 2, "g": 1.0}, {"id": 3, "g": None}]
    ) == [1, 3]


def test_limit_cuts():
    assert run({"op": "limit", "count": 2, "offset": 1}, data=[1, 2, 3, 4]) == [2, 3]
    assert run({"op": "limit", "count": 0}, data=[1]) == []


@settings(max_examples=100, deadline=None)
@given(st.lists(st.fixed_dictionaries({"id": st.integers(0, 5), "v": st.none() | st.integers(0, 3)}), max_size=8))
def test_sorting_keeps_every_row_and_orders_those_with_a_value(rows):
    done = run({"op": "sort", "by": [{"field": "v", "descending": True}]}, data=rows)
    there = [row["v"] for row in done if row["v"] is not None]
    assert there == sorted(there, reverse=True)
    assert [row["v"] for row in done[len(there) :]] == [None] * (len(rows) - len(there))
    assert sorted(map(str, done)) == sorted(map(str, rows))
