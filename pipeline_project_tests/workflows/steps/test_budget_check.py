"""Proves what the budget_check step decides, holds, replaces and gives back, and what it refuses to guess."""

import asyncio
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest
import structlog
from pydantic import ValidationError

from pipeline_project.errors import InvalidInput, NotFound
from pipeline_project.persistence import json
from pipeline_project.persistence.engine import Database
from pipeline_project.workflows.steps.base import StepContext
from pipeline_project.workflows.steps.budget_check import BudgetCheck, Config

LIMITS = [{"category": "travel", "period": "month", "limit": 1000, "currency": "EUR"}]
ASK = {"category": "travel", "amount": "850.00", "currency": "eur", "date": "2025-03-15", "limits": LIMITS}


@pytest.fixture
def database(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'pipeline.db'}")
    yield database
    database.dispose()


@asynccontextmanager
async def effect(*, repeatable, name=""):
    yield "key"


def run(database, config, execution="run", step="check"):
    context = StepContext(
        execution_id=execution,
        workflow_id="invoices",
        step_id=step,
        attempt=1,
        idempotency_key=f"{execution}/{step}/",
        requested_by="user:ada",
        log=structlog.get_logger(),
        database=database,
        effect=effect,
    )
    return asyncio.run(BudgetCheck().execute(Config.model_validate(config), context))


def test_the_result_says_what_was_decided_why_and_what_is_left(database):
    result = run(database, ASK)
    assert (result.decision, result.warning, result.currency, result.holder) == ("approved", True, "EUR", "run/check/")
    assert (result.limit, result.used, result.remaining, result.percent) == (1000, 850, 150, 85)
    assert result.reason == (
        "850.00 EUR for travel brings it to 850.00 of 1000 EUR (85 %), 2025-03: "
        "within the limit, but past the warning at 80 %."
    )
    assert BudgetCheck.summarize(json.loads(json.dumps(result))) == result.reason


def test_a_rejected_request_leaves_what_was_left_before(database):
    run(database, ASK, "other")
    result = run(database, ASK)
    assert (result.decision, result.committed, result.used, result.remaining) == ("rejected", 850, 850, 150)
    assert result.reservation_id is None


def test_ten_runs_of_one_invoice_hold_its_money_once(database):
    config = {**ASK, "holder": "invoice/vat:DE1/42"}
    results = [run(database, config, f"run{number}") for number in range(10)]
    assert {(each.decision, each.used) for each in results} == {("approved", Decimal("850.00"))}


def test_a_re_run_of_a_step_replaces_what_it_held_without_any_holder(database):
    assert [run(database, ASK).used for _ in range(3)] == [850, 850, 850]


def test_release_gives_back_what_the_execution_holds(database):
    run(database, {**ASK, "holder": "h"})
    released = run(database, {"action": "release", "holder": "h"}, step="give_back")
    assert (released.decision, released.amount, released.reason) == (
        "released",
        850,
        "Given back: 850.00 EUR for travel.",
    )
    run(database, ASK)
    run(database, {**ASK, "category": "office"}, step="second")
    everything = run(database, {"action": "release"}, step="give_back")
    assert "for travel" in everything.reason
    assert "for office" in everything.reason
    nothing = run(database, {"action": "release"}, step="give_back")
    assert nothing.reason == "Given back: nothing, as nothing was held."


def test_limits_may_come_from_a_file_shared_by_workflows(database, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "budgets.yaml").write_text(
        "limits:\n  - {category: Travel, period: month, limit: 1000.50, currency: EUR}\nrates: {EUR: 1, USD: 0.9}\n"
    )
    asked = {key: value for key, value in ASK.items() if key != "limits"} | {"limits_file": "budgets.yaml"}
    assert run(database, {**asked, "currency": "USD"}).remaining == Decimal("1000.50") - Decimal("765.00")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("limits: [", "not valid YAML"),
        ("limits: [{category: travel}]", "limits.0.period"),
        ("limits: [{category: a, period: day, limit: 1, currency: EUR}]", "limits.0.period"),
        ("limits: [{category: a, period: year, limit: -1, currency: EUR}]", "limits.0.limit"),
        ("budgets: []", "budgets: Extra"),
        ("- 1", "file: "),
    ],
)
def test_a_file_that_is_not_limits_is_refused_naming_the_place(database, tmp_path, content, says):
    path = tmp_path / "budgets.yaml"
    path.write_text(content)
    asked = {key: value for key, value in ASK.items() if key != "limits"}
    with pytest.raises(InvalidInput, match=says) as caught:
        run(database, {**asked, "limits_file": str(path)})
    assert str(path) in str(caught.value)


def test_a_missing_file_is_named_with_its_neighbours(database, tmp_path):
    (tmp_path / "budgets.yaml").write_text("limits: []")
    asked = {key: value for key, value in ASK.items() if key != "limits"}
    with pytest.raises(NotFound, match=r"budget\.yaml.*budgets\.yaml"):
        run(database, {**asked, "limits_file": str(tmp_path / "budget.yaml")})


def test_no_limit_asks_a_person_unless_the_policy_says_otherwise(database):
    asked = {**ASK, "category": "gifts"}
    result = run(database, asked)
    assert (result.decision, result.limit, result.remaining) == ("needs_approval", None, None)
    assert run(database, {**asked, "policy_without_limit": "reject"}).decision == "rejected"


@pytest.mark.parametrize(
    "change",
    [
        {"amount": None},
        {"amount": "NaN"},
        {"amount": "1e999"},
        {"currency": "EURO"},
        {"category": " "},
        {"period": "week"},
        {"limits": LIMITS * 2},
        {"limits_file": "budgets.yaml"},
        {"rates": {"USD": 0}},
        {"budget": 1},
    ],
)
def test_a_request_that_does_not_make_sense_is_refused(change):
    with pytest.raises(ValidationError):
        Config.model_validate({**ASK, **change})
