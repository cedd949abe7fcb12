"""group and aggregate collect rows that share fields."""

from decimal import Decimal

import pytest

from pipeline_project.errors import ExpressionError, InvalidConfig, InvalidInput
from pipeline_project.workflows.transform import apply, read

ROWS = [
    {"team": "a", "net": 0.1, "day": "2025-01-02"},
    {"team": "b", "net": None, "day": "2025-01-01"},
    {"team": "a", "net": Decimal("9.90"), "day": "2025-01-03"},
    {"team": None, "net": 1, "day": None},
    {"team": None, "net": 2, "day": None},
]


def run(operation, data=ROWS):
    return apply(read([operation]), data)


def measures(**measure):
    return {"op": "aggregate", "set": {name: {"fn": fn, "of": of} for name, (fn, of) in measure.items()}}


def test_groups_stand_in_the_order_of_their_first_rows_and_null_is_a_group():
    groups = run({"op": "group", "by": ["team"], "into": "rows"})
    assert [(group["team"], len(group["rows"])) for group in groups] == [("a", 2), ("b", 1), (None, 2)]
    assert groups[0]["rows"][1]["net"] == Decimal("9.90")


def test_measures_over_all_rows_are_one_mapping():
    operation = measures(
        total=("sum", "item.net"),
        mean=("average", "item.net"),
        known=("count", "item.net"),
        first=("first", "item.day"),
        last=("last", "item.day"),
        latest=("max", "item.day"),
        least=("min", "item.net"),
        teams=("list", "item.team"),
    )
    operation["set"]["rows"] = {"fn": "count"}
    assert run(operation) == {
        "total": Decimal("13.00"),
        "mean": Decimal("3.25"),
        "known": 4,
        "first": "2025-01-02",
        "last": "2025-01-03",
        "latest": "2025-01-03",
        "least": Decimal("0.1"),
        "teams": ["a", "b", "a"],
        "rows": 5,
    }


def test_measures_per_group_are_rows():
    operation = {
        "op": "aggregate",
        "by": ["team"],
        "set": {"net": {"fn": "sum", "of": "item.net"}, "n": {"fn": "count"}},
    }
    assert run(operation) == [
        {"team": "a", "net": Decimal("10.00"), "n": 2},
        {"team": "b", "net": 0, "n": 1},
        {"team": None, "net": 3, "n": 2},
    ]


def test_of_no_values_counts_and_sums_are_zero_and_the_rest_is_null():
    names = ("count", "sum", "average", "min", "max", "first", "last", "list")
    assert run(measures(**{name: (name, "item") for name in names}), []) == {
        **dict.fromkeys(names),
        "count": 0,
        "sum": 0,
        "list": [],
    }


@pytest.mark.parametrize(
    ("operation", "kind", "words"),
    [
        (measures(x=("sum", "item.day")), InvalidInput, r"row \[0\], field 'x': it needs a number and got text"),
        (
            measures(x=("max", "item.team if item.net == null else item.net")),
            InvalidInput,
            r"row \[1\], field 'x'.*no order",
        ),
        (
            measures(x=("min", "item.net == 1 if item.net != null else true")),
            InvalidInput,
            r"row \[0\], field 'x'.*no order",
        ),
        (measures(x=("sum", "item.gros")), ExpressionError, r"row \[0\], field 'x': .*no key 'gros'"),
        ({"op": "group", "by": ["nope"]}, InvalidInput, r"row \[0\], field 'nope'"),
    ],
)
def test_a_refusal_names_row_and_field(operation, kind, words):
    with pytest.raises(kind, match=words):
        run(operation)


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "aggregate", "set": {}},
        {"op": "aggregate", "set": {"x": {"fn": "sum"}}},
        {"op": "aggregate", "set": {"x": {"fn": "median", "of": "item"}}},
        {"op": "aggregate", "by": ["x"], "set": {"x": {"fn": "count"}}},
        {"op": "group", "by": ["items"]},
        {"op": "group", "by": []},
    ],
)
def test_a_malformed_operation_is_refused(operation):
    with pytest.raises(InvalidConfig):
        read([operation])
