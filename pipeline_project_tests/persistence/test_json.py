"""The codec: what goes in comes out, money exactly; what has no JSON form is refused with its place."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_project.errors import InvalidInput
from pipeline_project.persistence import json

numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_values_come_back_equal(value):
    assert json.loads(json.dumps(value)) == value


@given(values)
def test_canonical_text_does_not_depend_on_the_order_of_keys(value):
    assert json.digest({"a": 1, "b": value}) == json.digest({"b": value, "a": 1})


def test_money_keeps_its_digits():
    assert json.dumps({"amount": Decimal("10.50")}) == '{"amount": 10.50}'
    assert json.loads('{"amount": 10.50}') == {"amount": Decimal("10.50")}
    assert json.to_json(0.1) == Decimal("0.1")


def test_moments_and_days_are_iso():
    assert json.to_json({"at": datetime(2026, 1, 2, tzinfo=UTC), "on": date(2026, 1, 2)}) == {
        "at": "2026-01-02T00:00:00+00:00",
        "on": "2026-01-02",
    }


@pytest.mark.parametrize("text", ["", "{", "NaN", "[1,]", '{"a": Infinity}', "1e99999999999999999999", "[" * 100_000])
def test_what_is_no_json_is_one_error_of_ours(text):
    with pytest.raises(InvalidInput, match="not valid JSON"):
        json.loads(text)


def test_what_has_no_json_form_is_named_by_its_path():
    with pytest.raises(InvalidInput, match=r"value\.a\[1\]\.b: a object has no JSON form"):
        json.to_json({"a": [1, {"b": object()}]})
    with pytest.raises(InvalidInput, match=r"value\.x: NaN has no JSON form"):
        json.to_json({"x": Decimal("NaN")})
