"""A list of operations is a pure function of its data."""

import copy
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from pipeline_project.errors import InvalidInput
from pipeline_project.persistence.json import to_json
from pipeline_project.workflows.expressions import Names, condition_problems
from pipeline_project.workflows.transform import Operation, apply, read, sources

OPERATIONS = [
    {"op": "filter", "where": "item.v != null"},
    {"op": "map", "set": {"w": "item.v * 2"}},
    {"op": "sort", "by": ["w"]},
    {"op": "distinct", "by": ["w"]},
    {"op": "group", "by": ["w"]},
    {"op": "limit", "count": 3},
]
rows = st.lists(
    st.fixed_dictionaries({"v": st.none() | st.integers(-9, 9), "n": st.lists(st.integers(), max_size=2)}), max_size=6
)


@settings(max_examples=100, deadline=None)
@given(rows)
def test_the_data_is_never_changed_nor_shared(data):
    before = copy.deepcopy(data)
    result = apply(read(OPERATIONS), data)
    for group in result:
        group["items"][0]["n"].append("changed")
    assert data == before
    assert apply(read(OPERATIONS), data) == apply(read(OPERATIONS), data)


def test_no_operations_give_a_copy_with_exact_numbers():
    data = [{"a": 0.1}]
    result = apply([], data)
    assert result == [{"a": Decimal("0.1")}]
    assert result[0] is not data[0]


def test_operations_follow_one_another_and_the_failing_one_is_named():
    operations = read([{"op": "limit", "count": 1}, {"op": "select", "fields": ["b"]}])
    with pytest.raises(InvalidInput, match=r"^steps\.x\.config\.operations\[1\] \(select\), row \[0\], field 'b'"):
        apply(operations, [{"a": 1}], where="steps.x.config.operations")


@pytest.mark.parametrize("value", [float("nan"), object(), {1: {2}}])
def test_what_is_no_json_is_refused(value):
    with pytest.raises(InvalidInput, match="no JSON value"):
        apply([], [value])


def test_doubling_again_and_again_is_stopped():
    doubling = [{"op": "map", "set": {"a": "item", "b": "item"}}]
    with pytest.raises(InvalidInput, match="too"):
        apply(read(doubling * 40), [{"x": 1}])
    with pytest.raises(InvalidInput, match="too"):
        apply(read([{"op": "map", "to": "item + item"}] * 60), ["abc"])


def test_every_expression_can_be_checked_beforehand():
    operations = read(
        [
            {"op": "filter", "where": "item.a > vars.limit"},
            {"op": "map", "set": {"x": "1", "y": "index"}},
            {"op": "map", "to": "item"},
            {"op": "aggregate", "set": {"n": {"fn": "count"}, "s": {"fn": "sum", "of": "item.a"}}},
            {"op": "limit", "count": 1},
        ]
    )
    found = dict(sources(operations, where="ops"))
    assert found == {
        "ops[0].where": "item.a > vars.limit",
        "ops[1].set.x": "1",
        "ops[1].set.y": "index",
        "ops[2].to": "item",
        "ops[3].set.s.of": "item.a",
    }
    problems = [
        problem.path
        for path, source in found.items()
        for problem in condition_problems(source, Names(in_item=True), where=path)
    ]
    assert problems == ["ops[0].where"]


def test_every_operation_and_field_is_described_in_the_schema():
    schema = TypeAdapter(list[Operation]).json_schema()
    names = {model["properties"]["op"]["const"] for model in schema["$defs"].values() if "op" in model["properties"]}
    assert names == {
        *("select", "rename", "cast", "filter", "map", "flatten", "group"),
        *("aggregate", "sort", "distinct", "join", "limit", "jmespath"),
    }
    for model in schema["$defs"].values():
        assert model["description"]
        for name, field in model["properties"].items():
            assert name == "op" or field.get("description"), (model["title"], name)


odd = st.one_of(
    st.sampled_from([Decimal("1e999999"), Decimal("-1e-999999"), 10**4_000, "\ud800", "1e999"]),
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.lists(st.integers(), max_size=2),
    st.fixed_dictionaries({"a": st.integers()}),
)
tables = st.lists(st.dictionaries(st.sampled_from("abc"), odd, max_size=3) | odd, max_size=4) | odd
EACH = [
    {"op": "select", "fields": ["a", "b"], "missing": "null"},
    {"op": "rename", "fields": {"a": "b"}},
    *({"op": "cast", "fields": {"a": wanted}} for wanted in ("text", "number", "integer", "boolean", "date")),
    {"op": "filter", "where": "default(item.a, 0) == 0"},
    {"op": "map", "set": {"d": "item.a + 1"}},
    {"op": "map", "to": "[item, index]"},
    {"op": "flatten", "field": "a", "keep_empty": True},
    {"op": "flatten"},
    {"op": "group", "by": ["a"]},
    *(
        {"op": "aggregate", "by": by, "set": {"x": {"fn": fn, "of": "default(item.b, item.a)"}}}
        for fn in ("count", "sum", "min", "max", "average", "first", "last", "list")
        for by in ([], ["a"])
    ),
    {"op": "sort", "by": ["a", {"field": "b", "descending": True}]},
    {"op": "distinct"},
    {"op": "join", "with": [{"a": 1, "z": 2}, {"a": None}], "on": ["a"], "how": "left"},
    {"op": "limit", "count": 1},
    *(
        {"op": "jmespath", "expression": expression}
        for expression in (
            *(
                "[?a > `0.5`]",
                "sum([].a)",
                "avg([].a)",
                "max([].a)",
                "sort_by(@, &a)",
                "to_string(@)",
                "[].to_number(a)",
            ),
            *(
                "[].floor(a)",
                "[].ceil(a)",
                "[].abs(a)",
                "join('', [].a)",
                "*",
                "[].*",
                "keys(@)",
                "[].type(a)",
                "[::-1]",
            ),
            *("contains([].a, `1`)", "merge([0], [1])", "not_null(a, b)", "reverse(@)", "min_by(@, &a)", "length(@)"),
        )
    ),
]


@settings(max_examples=150, deadline=None)
@given(tables)
def test_any_data_is_transformed_or_refused(data):
    for operation in EACH:
        with suppress(InvalidInput):
            to_json(apply(read([operation]), data))
