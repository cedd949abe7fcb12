"""Records and their sums: every dimension, unknown prices apart, no secret in an error."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from pipeline_project.errors import InvalidInput
from pipeline_project.llm import costs, records
from pipeline_project.llm.requests import Caller
from pipeline_project.llm.responses import Usage
from pipeline_project.persistence import engine
from pipeline_project.security import redaction
from pipeline_project_tests.llm import clients

AT = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)


def add(number, *, cost="1", at=AT, usage=Usage(input=10, output=5), error=None, outcome="success", **caller):  # noqa: B008 - a frozen value
    amount = None if cost is None else Decimal(cost)
    record = records.Record(
        str(number), at, "big", "p", f"m{number % 2}", outcome, usage, amount, 0.5, Caller(**caller), error=error
    )
    with engine.default().write() as connection:
        records.add(connection, record)


@pytest.mark.parametrize("by", costs.DIMENSIONS)
def test_every_dimension_sums_up_all_calls(data_dir, by):
    for number in range(4):
        add(number, user="ann", workflow_id="w")
    found = costs.costs(engine.default(), by=by, since=AT - timedelta(days=1))
    assert sum(each.calls for each in found) == 4
    assert sum(each.cost for each in found) == 4


def test_a_call_without_a_known_price_is_counted_apart(data_dir):
    add(0, cost="0.1")
    add(2, cost="0.2")
    add(4, cost=None)
    add(6, cost=None, usage=None, outcome="overloaded")
    [found] = costs.costs(engine.default(), by="model", since=AT - timedelta(days=1))
    assert (found.cost, found.unpriced, found.calls, found.failed) == (Decimal("0.3"), 1, 4, 1)


def test_days_come_in_order_and_what_is_older_is_left_out(data_dir):
    for days in (0, 1, 5):
        add(days, at=AT - timedelta(days=days))
    found = costs.costs(engine.default(), by="day", since=AT - timedelta(days=2))
    assert [each.subject for each in found] == ["2026-11-21", "2026-11-22"]


def test_an_unknown_dimension_is_refused(data_dir):
    with pytest.raises(InvalidInput, match="provider"):
        costs.costs(engine.default(), by="colour", since=AT)


def test_an_error_is_kept_redacted_and_cut(data_dir):
    redaction.register("sk-very-secret-value")
    add(1, error="bad key sk-very-secret-value " + "x" * 5000, outcome="authentication_failed", cost=None, usage=None)
    [row] = clients.records()
    assert "sk-very-secret-value" not in row.error
    assert len(row.error) == 1000
    assert row.cost is None
    assert row.input_tokens is None
