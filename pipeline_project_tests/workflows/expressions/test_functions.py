"""Every function does what its line in the reference says."""

import inspect
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_project import clock
from pipeline_project.errors import ExpressionError
from pipeline_project.persistence.json import dumps
from pipeline_project.workflows.expressions import FUNCTIONS, Scope, evaluate

PROMISED = (
    "len lower upper trim contains starts_with ends_with matches round min max sum any all join split now date "
    "days_between json from_json default money"
)


def test_the_registry_is_the_promised_set_and_each_function_is_documented():
    assert set(FUNCTIONS) == set(PROMISED.split())
    for name, function in FUNCTIONS.items():
        assert function.name == name
        assert function.signature.startswith(f"{name}(")
        assert " -> " in function.signature
        assert function.summary.endswith(".")
        assert function.call is None or not inspect.iscoroutinefunction(function.call)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("len('äö')", 2),
        ("len([1, 2])", 2),
        ("len({'a': 1})", 1),
        ("lower('ÄB')", "äb"),
        ("upper('straße')", "STRASSE"),
        ("trim('  a \\n')", "a"),
        ("contains('invoice', 'voi')", True),
        ("contains([1, 2.50], 2.5)", True),
        ("contains({'a': 1}, 'b')", False),
        ("starts_with('invoice', 'in')", True),
        ("ends_with('invoice', 'in')", False),
        ("matches('INV-12', '^INV-\\d+$')", True),
        ("matches('the bar', '\\bbar\\b')", True),
        ("matches('foobar', '\\bbar')", False),
        ("matches('Straße', '(?i)^STRA.E$')", True),
        ("matches('', '')", True),
        ("round(2.5)", 3),
        ("round(3.5)", 4),
        ("round(-2.5)", -3),
        ("round(2.345, 2)", Decimal("2.35")),
        ("round(2, 2)", Decimal("2.00")),
        ("round(1250, -2)", 1300),
        ("round(7)", 7),
        ("min([3, 1.5, 2])", Decimal("1.5")),
        ("max(3, 1.5)", 3),
        ("max('2025-01-31', '2024-12-31')", "2025-01-31"),
        ("min(5, 5)", 5),
        ("sum([0.1, 0.2, 1])", Decimal("1.3")),
        ("sum([])", 0),
        ("any([false, true])", True),
        ("any([])", False),
        ("all([])", True),
        ("all([true, false])", False),
        ("join(['a', 1, 2.50, true], '-')", "a-1-2.50-true"),
        ("join(['a', 'b'])", "a, b"),
        ("join([], ',')", ""),
        ("split('a,b,,c', ',')", ["a", "b", "", "c"]),
        ("split(' a  b ')", ["a", "b"]),
        ("date('2025-01-31')", "2025-01-31"),
        ("date('20250131')", "2025-01-31"),
        ("date('2025-01-31T23:30:00-05:00')", "2025-02-01T04:30:00+00:00"),
        ("date('2025-01-31T23:30')", "2025-01-31T23:30:00+00:00"),
        ("date('2025-01-31T23:30:00Z')", "2025-01-31T23:30:00+00:00"),
        ("days_between('2025-01-31', '2025-02-01')", 1),
        ("days_between('2025-02-01', '2025-01-31')", -1),
        ("days_between('2024-02-28', '2024-03-01')", 2),
        ("days_between('2025-01-31T23:59:00Z', '2025-02-01T00:01:00Z')", 1),
        ("days_between('2025-01-31', '2025-01-31T23:00:00-05:00')", 1),
        ("date('2025-01-31') < date('2025-01-31T00:00:01Z')", True),
        ("json({'a': [1.50, null, true, 'ä']})", '{"a": [1.50, null, true, "ä"]}'),
        ("from_json('{\"a\": [1.50, null]}').a[0]", Decimal("1.50")),
        ("money(1234.5, 'EUR')", "1234.50 EUR"),
        ("money(0.005, 'USD')", "0.01 USD"),
        ("money(-0.005, 'USD')", "-0.01 USD"),
        ("money(-0.001, 'USD')", "0.00 USD"),
        ("money(99.5, 'JPY')", "100 JPY"),
        ("money(1.2345, 'KWD')", "1.235 KWD"),
        ("money(1000000, 'CLF')", "1000000.0000 CLF"),
    ],
)
def test_a_function_gives_the_value(source, value):
    found = evaluate(source, Scope())
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("len(5)", "a number has no length"),
        ("len(null)", "null has no length"),
        ("lower(null)", "null and must be text"),
        ("starts_with('a', 1)", "must be text"),
        ("matches('a', 1)", "pattern of matches"),
        ("matches('a', '(' + '')", "not RE2"),
        ("matches('a', 'x' + '{1001}')", "not RE2"),
        ("round('2')", "must be a number"),
        ("round(2, 0.5)", "whole number"),
        ("round(2, true)", "whole number"),
        ("round(true)", "must be a number"),
        ("min([])", "len(list) > 0"),
        ("max(5)", "must be a list"),
        ("max([true])", "no order"),
        ("max(1, 'a')", "no order"),
        ("sum(['1'])", "needs a number and got text"),
        ("sum([true])", "needs a number"),
        ("sum(1, 2)", "does not take 2"),
        ("any([1])", "item 0 of any is a number"),
        ("all('a')", "must be a list"),
        ("join('abc', ',')", "must be a list"),
        ("join([null], ',')", "null inside"),
        ("split('a', '')", "separator of split is empty"),
        ("date('31.01.2025')", "ISO 8601"),
        ("date('2025-02-30')", "ISO 8601"),
        ("date('٢٠٢٥-01-31')", "ISO 8601"),
        ("date('0001-01-01T00:00:00+14:00')", "ISO 8601"),
        ("date(20250131)", "must be text"),
        ("from_json('{')", "not JSON"),
        ("from_json('NaN')", "not JSON"),
        ("from_json('1e99999999999999999999')", "not JSON"),
        ("from_json(null)", "must be text"),
        ("money(5, '€')", "ISO 4217"),
        ("money(5, 'eur')", "ISO 4217"),
        ("money('5', 'EUR')", "must be a number"),
    ],
)
def test_a_function_refuses_what_does_not_suit_it(source, words):
    with pytest.raises(ExpressionError) as caught:
        evaluate(source, Scope())
    assert words in str(caught.value)


def test_now_is_the_clock_in_utc():
    found = datetime.fromisoformat(evaluate("now()", Scope()))
    assert found.utcoffset() == timedelta(0)
    assert abs(clock.now() - found) < timedelta(seconds=60)
    assert evaluate("date(now()) == date(now()) or now() < now()", Scope()) is True


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(max_size=10)
        | st.decimals(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
        max_leaves=10,
    )
)
def test_json_and_from_json_are_inverse(value):
    scope = Scope(input={"v": value})
    assert evaluate("json(v)", scope) == dumps(value)
    assert evaluate("from_json(json(v))", scope) == value


@settings(max_examples=100, deadline=None)
@given(st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False), st.integers(0, 6))
def test_rounding_is_within_half_a_unit_and_never_towards_zero_on_a_tie(value, digits):
    found = Decimal(evaluate("round(v, d)", Scope(input={"v": value, "d": digits})))
    unit = Decimal(1).scaleb(-digits)
    assert abs(found - value) <= unit / 2
    if abs(found - value) == unit / 2:
        assert abs(found) > abs(value)


def test_a_large_pattern_on_a_large_text_is_refused_and_a_small_one_is_not():
    scope = Scope(input={"text": "ab" * 500_000})
    assert evaluate("matches(text, 'ba')", scope) is True
    with pytest.raises(ExpressionError, match="too many steps"):
        evaluate("matches(text, '((a|b){0,100}){0,10}c')", scope)
