"""select, rename and cast work on every row's fields and name the row and the field they refuse."""

from decimal import Decimal

import pytest

from pipeline_project.errors import InvalidInput
from pipeline_project.workflows.transform import apply, read

ROWS = [{"id": 1, "name": "Bo", "net": "9.90"}, {"id": 2, "name": None, "net": "1e2"}]


def run(operation, data=ROWS):
    return apply(read([operation]), data)


@pytest.mark.parametrize(
    ("operation", "result"),
    [
        ({"op": "select", "fields": ["name", "id"]}, [{"name": "Bo", "id": 1}, {"name": None, "id": 2}]),
        ({"op": "select", "fields": ["id", "x"], "missing": "null"}, [{"id": 1, "x": None}, {"id": 2, "x": None}]),
        (
            {"op": "rename", "fields": {"id": "number", "name": "id"}},
            [{"number": 1, "id": "Bo", "net": "9.90"}, {"number": 2, "id": None, "net": "1e2"}],
        ),
    ],
)
def test_fields_are_selected_and_renamed_in_order(operation, result):
    assert run(operation) == result
    assert [list(row) for row in run(operation)] == [list(row) for row in result]


@pytest.mark.parametrize(
    ("value", "wanted", "cast"),
    [
        ("9.90", "number", Decimal("9.90")),
        (" +7 ", "number", 7),
        ("-0.5e3", "number", Decimal("-5E+2")),
        (Decimal("1.5"), "number", Decimal("1.5")),
        (None, "number", None),
        ("7", "integer", 7),
        ("7.00", "integer", 7),
        (7.0, "integer", 7),
        ("TRUE", "boolean", True),
        (False, "boolean", False),
        ("2025-01-31T10:00:00+01:00", "date", "2025-01-31T09:00:00+00:00"),
        ("2025-01-31 ", "date", "2025-01-31"),
        (1.50, "text", "1.5"),
        (True, "text", "true"),
        ([1], "text", "[1]"),
        (None, "text", None),
    ],
)
def test_a_value_is_cast(value, wanted, cast):
    found = run({"op": "cast", "fields": {"v": wanted}}, [{"v": value}])[0]["v"]
    assert found == cast
    assert type(found) is type(cast)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("1,50", "number"),
        ("1.234,50", "number"),
        ("€ 5", "number"),
        ("", "number"),
        ("NaN", "number"),
        ("1e9999", "number"),
        ("٣", "number"),
        (True, "number"),
        ([], "number"),
        ("7.5", "integer"),
        ("1e999", "integer"),
        (7.5, "integer"),
        ("yes", "boolean"),
        (1, "boolean"),
        ("31.01.2025", "date"),
        (20250131, "date"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_row_and_field(value, wanted):
    with pytest.raises(InvalidInput, match=r"operations\[0\] \(cast\), row \[1\], field 'v'"):
        run({"op": "cast", "fields": {"v": wanted}}, [{"v": None}, {"v": value}])


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (
            {"op": "select", "fields": ["x"]},
            r"\(select\), row \[0\], field 'x': the row has no such field, only: id, name",
        ),
        ({"op": "rename", "fields": {"x": "y"}}, r"\(rename\), row \[0\], field 'x'"),
        ({"op": "rename", "fields": {"id": "name"}}, "field 'name': two fields would have this name"),
        ({"op": "cast", "fields": {"x": "text"}}, "field 'x'"),
    ],
)
def test_a_missing_field_or_a_collision_is_refused(operation, words):
    with pytest.raises(InvalidInput, match=words):
        run(operation)


def test_one_mapping_counts_as_one_row():
    assert run({"op": "select", "fields": ["a"]}, {"a": 1, "b": 2}) == {"a": 1}
    with pytest.raises(InvalidInput, match="must be a list"):
        run({"op": "select", "fields": ["a"]}, "text")
    with pytest.raises(InvalidInput, match=r"row \[1\]: the row is a number"):
        run({"op": "select", "fields": ["a"]}, [{"a": 1}, 2])
