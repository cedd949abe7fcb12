"""What an expression may cost is bounded by size, and the clock only stands behind it."""

import time

import pytest

from pipeline_project.errors import ExpressionError
from pipeline_project.workflows.expressions import Scope, evaluate
from pipeline_project.workflows.expressions.failure import Failure
from pipeline_project.workflows.expressions.limits import MAX_CHARACTERS, MAX_ITEMS, Budget


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("t + t + t + t + t + t", "too much text"),
        ("[" + "t + t, " * 10 + "]", "too much text"),
        ("join([t, t, t, t, t, t], '')", "too much text"),
        ("upper(t) + upper(t) + upper(t)", "too much text"),
        ("join(r, t)", "too much text"),
        ("r + r + r + r", "too many items"),
        ("[" + "r, " * 10 + "]", "too many items"),
        ("split(t, 'x')", "too many items"),
        ("from_json('[' + j + '1]')", "too many items"),
        ("len(split(t + t, 'x'))", "too many items"),
        ("{'a': [r, r, r, r, r]}.a", "too many items"),
    ],
)
def test_a_result_that_grows_beyond_the_bounds_is_refused(source, words):
    scope = Scope(input={"t": "x" * 2_000_000, "r": [0] * 300_000, "j": "1," * 1_500_000})
    with pytest.raises(ExpressionError, match=words):
        evaluate(source, scope)


def test_existing_data_may_be_larger_than_what_an_expression_may_make():
    rows = [{"a": 1}] * (MAX_ITEMS // 2)
    assert len(evaluate("rows", Scope(input={"rows": rows}))) == len(rows)


def test_large_texts_of_few_parts_are_taken_apart():
    scope = Scope(input={"words": ("x" * 99 + " ") * 30_000, "j": '["' + "," * 500_000 + '", 1]'})
    assert evaluate("len(split(words))", scope) == 30_000
    assert evaluate("from_json(j)[1]", scope) == 1


def test_each_allowance_runs_out():
    budget = Budget()
    for charge, amount in ((budget.characters, MAX_CHARACTERS), (budget.items, MAX_ITEMS)):
        charge(amount)
        with pytest.raises(Failure):
            charge(1)
    with pytest.raises(Failure, match="too many steps"):
        budget.work(10**9)


def test_the_clock_stops_what_the_sizes_let_through(monkeypatch):
    budget = Budget()
    budget.work()
    later = time.monotonic() + 60
    monkeypatch.setattr(time, "monotonic", lambda: later)
    with pytest.raises(Failure, match="longer than 5 seconds"):
        budget.work()
    budget.restart_clock()
    budget.work()


def test_a_missing_key_among_very_many_is_found_missing_quickly():
    scope = Scope(input={"m": {f"key_{number}": number for number in range(200_000)}, "k": "x" * 1_000_000})
    started = time.process_time()
    for source in ("m.keey", "m[k]"):
        with pytest.raises(ExpressionError) as caught:
            evaluate(source, scope)
        assert len(str(caught.value)) < 1_000
    assert time.process_time() - started < 2
