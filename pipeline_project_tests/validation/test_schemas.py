import http.server
import inspect
import sys
import threading
from decimal import Decimal

import pytest

from pipeline_project.validation.schemas import MAX_PROBLEMS, Budget, mismatches, read_schema


def _check(value, schema, budget=None):
    budget = budget or Budget()
    return mismatches(value, read_schema(schema, budget), budget)


def test_a_mismatch_says_where_and_what():
    schema = {"type": "object", "properties": {"at": {"type": "array", "items": {"type": "string"}}}}
    (found,) = _check({"at": ["x", 1]}, schema)
    assert found.path == ("at", 1)
    assert found.message == "1 is not of type 'string'"


@pytest.mark.parametrize(
    ("value", "schema", "wrong"),
    [
        ({"a": 1}, {"additionalProperties": False}, True),
        ({"a": 1}, {"additionalProperties": False, "properties": {"a": {}}}, False),
        ({"a1": 1}, {"additionalProperties": False, "patternProperties": {"^a": {}}}, False),
        ({"a": 1}, {"additionalProperties": {"type": "string"}}, True),
        ({"a": 1}, {"patternProperties": {"^a": {"type": "string"}}}, True),
        ({"a": "xyz"}, {"properties": {"a": {"pattern": "^y"}}}, True),
        ({"a": "xyz"}, {"properties": {"a": {"pattern": "y"}}}, False),
        ({"a": [1, {"b": 2}, {"b": 2}]}, {"properties": {"a": {"uniqueItems": True}}}, True),
        ({"a": [1, "1", True]}, {"properties": {"a": {"uniqueItems": True}}}, False),
        ({"a": 1}, {"unevaluatedProperties": False}, True),
        ({"a": 3}, {"$defs": {"n": {"type": "string"}}, "properties": {"a": {"$ref": "#/$defs/n"}}}, True),
        ({"a": Decimal("1.5")}, {"properties": {"a": {"type": "number", "maximum": 1}}}, True),
    ],
)
def test_keywords_that_are_checked_in_linear_time_mean_what_the_standard_says(value, schema, wrong):
    assert bool(_check(value, schema)) is wrong


def test_an_invalid_schema_is_named_with_its_place_and_checks_nothing():
    schema = read_schema({"properties": {"a": {"type": "strin"}}}, Budget())
    assert schema.problem is not None
    assert schema.problem.path == ("properties", "a", "type")
    assert mismatches({"a": 1}, schema, Budget()) == []


def test_the_null_keywords_that_the_api_allows_count_as_absent():
    assert read_schema({"type": "object", "properties": None, "required": None}, Budget()).problem is None


def test_no_reference_is_fetched():
    asked = []

    class Trap(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Trap)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        assert _check({"a": 1}, {"$ref": f"http://127.0.0.1:{server.server_port}/schema"}) == []
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert asked == []


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        ({"a": 1}, {"$ref": "#"}),
        ({"a": "x"}, {"properties": {"a": {"pattern": "(?=x)x"}}}),
        ({"a": 10**400}, {"properties": {"a": {"multipleOf": 0.5}}}),
        ({"a": 1}, {"patternProperties": {"^a": {}}, "unevaluatedProperties": False}),
    ],
)
def test_what_cannot_be_decided_is_not_called_wrong(value, schema):
    assert _check(value, schema) == []


def test_a_pattern_that_explodes_elsewhere_is_matched_in_linear_time():
    assert _check({"a": "a" * 100_000 + "!"}, {"properties": {"a": {"pattern": "^(a+)+$"}}})


def test_a_subschema_cannot_name_another_schema_of_schemas_to_get_round_this():
    inner = {"$schema": "https://json-schema.org/draft/2020-12/schema", "pattern": "^(a+)+$"}
    assert _check({"a": "a" * 100_000 + "!"}, {"properties": {"a": inner}})
    assert _check({"a": 1}, {**inner, "$ref": "#"}) == []


def test_a_schema_that_doubles_its_work_at_every_level_is_given_up():
    levels = {f"n{depth}": {"allOf": [{"$ref": f"#/$defs/n{depth + 1}"}] * 2} for depth in range(25)}
    budget = Budget()
    assert _check({"a": 1}, {"$defs": {**levels, "n25": {}}, "$ref": "#/$defs/n0"}, budget) == []
    assert budget.references < 0


def test_a_schema_or_value_beyond_the_budget_is_not_looked_at():
    assert (
        _check({"a": [1] * 3_000}, {"properties": {"a": {"items": {"type": "string"}}}}, Budget(comparisons=9_000))
        == []
    )
    large = {"properties": {str(number): {"type": "strin"} for number in range(50)}}
    assert read_schema(large, Budget(schema_nodes=90))[:2] == (None, None)
    assert read_schema(large, Budget()).problem is not None


def _nested(depth):
    schema, value = {"type": "string"}, 1
    for _ in range(depth):
        schema, value = {"properties": {"a": schema}}, {"a": value}
    return value, schema


@pytest.mark.parametrize("depth", [25, 300, 100_000])
def test_nesting_without_bounds_is_undecided_and_no_error(depth):
    assert _check(*_nested(depth), Budget(schema_nodes=10**9, comparisons=10**12)) == []


def test_nesting_that_people_write_is_decided():
    assert len(_check(*_nested(15))) == 1


def test_the_end_of_the_stack_is_not_met_with_half_of_it_left():
    """Near it the library's Rust part panics with what no `except Exception` catches."""

    def sink(levels):
        return sink(levels - 1) if levels else _check(*_nested(18))

    used = len(inspect.stack())
    assert len(sink(sys.getrecursionlimit() // 2 - used)) == 1


def test_the_problems_of_one_value_are_bounded_and_all_different():
    schema = {"properties": {"a": {"items": {"type": "string"}}}}
    found = _check({"a": list(range(100))}, schema)
    assert len(found) == len(set(found)) == MAX_PROBLEMS
