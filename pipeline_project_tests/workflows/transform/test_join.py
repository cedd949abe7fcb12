"""join adds the fields of matching rows."""

import pytest

from pipeline_project.errors import ExpressionError, InvalidConfig, InvalidInput
from pipeline_project.workflows.expressions import Scope
from pipeline_project.workflows.transform import apply, read, sources

ORDERS = [{"nr": 1, "who": "a"}, {"nr": 2, "who": "z"}, {"nr": 3, "who": None}, {"nr": 4, "who": "a"}]
PEOPLE = [{"id": "a", "name": "Al"}, {"id": "b", "name": "Bo"}, {"id": None, "name": "No"}]


def join(data=ORDERS, **options):
    return apply(read([{"op": "join", "with": PEOPLE, "on": {"who": "id"}, **options}]), data)


def test_an_inner_join_keeps_matches_and_null_matches_nothing():
    assert join() == [{"nr": 1, "who": "a", "name": "Al"}, {"nr": 4, "who": "a", "name": "Al"}]


def test_a_left_join_keeps_every_row_with_nulls():
    assert [(row["nr"], row["name"]) for row in join(how="left")] == [(1, "Al"), (2, None), (3, None), (4, "Al")]


def test_several_matches_make_several_rows_in_order():
    twice = [{"k": 1, "v": "x"}, {"k": 1.0, "v": "y", "w": 0}]
    found = apply(read([{"op": "join", "with": twice, "on": ["k"]}]), [{"k": 1}])
    assert found == [{"k": 1, "v": "x", "w": None}, {"k": 1, "v": "y", "w": 0}]


def test_a_prefix_keeps_names_apart():
    with pytest.raises(InvalidInput, match=r"both sides have: name\. Give the join a `prefix`"):
        join([{"who": "a", "name": "mine"}])
    assert join([{"who": "a", "name": "mine"}], prefix="their_") == [{"who": "a", "name": "mine", "their_name": "Al"}]


def test_a_missing_field_on_either_side_is_refused_at_its_row():
    with pytest.raises(InvalidInput, match=r"\(join\), row \[0\], field 'who'"):
        join([{"nr": 1}])
    with pytest.raises(InvalidInput, match=r"\(join\), with, row \[1\], field 'id'"):
        join(**{"with": [{"id": 1}, {"x": 1}]})
    with pytest.raises(InvalidInput, match=r"\(join\), with: the data is text"):
        join(**{"with": "'rows'"})


def test_the_other_rows_may_be_an_expression_over_the_scope():
    operations = read([{"op": "join", "with": "steps.people.data", "on": {"who": "id"}}])
    assert list(sources(operations)) == [("operations[0].with", "steps.people.data")]
    found = apply(operations, ORDERS, scope=Scope(steps={"people": {"data": PEOPLE}}))
    assert found == join()
    with pytest.raises(ExpressionError, match=r"\(join\), with: .*no step 'people'"):
        apply(operations, ORDERS)
    for malformed in ("${steps.people.data}", {"rows": []}, None):
        with pytest.raises(InvalidConfig, match=r"operations\[0\]\.with: "):
            read([{"op": "join", "with": malformed, "on": ["id"]}])


def test_a_join_that_multiplies_its_rows_without_end_is_refused():
    many = [{"k": 1}] * 3_000
    with pytest.raises(InvalidInput, match="too many items"):
        apply(read([{"op": "join", "with": many, "on": ["k"]}]), many)
