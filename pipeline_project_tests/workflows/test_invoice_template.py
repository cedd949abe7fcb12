"""The shipped invoice workflow, end to end on the shipped example."""

from pathlib import Path

import pytest
from dagster import DagsterInstance
from sqlalchemy import func, select

from pipeline_project.integrations.outbox import Outbox
from pipeline_project.persistence import engine
from pipeline_project.persistence.tables import budget_reservations, posted_invoices
from pipeline_project.workflows import inspection, launch, waits

ROOT = Path(__file__).resolve().parents[2]
INPUT = {
    "path": str(ROOT / "examples" / "invoices" / "office-supplies.xml"),
    "order": str(ROOT / "examples" / "orders" / "office-supplies-order.xml"),
}


def story(launched):
    """What a person is told, without ids and times."""
    context = inspection.context(engine.default(), launched.execution_id)
    read = context.step_results["read"]
    statuses = {entry.step_id: entry.status for entry in context.metadata["journal"]}
    return context.status, statuses, read["payable"], [f["rule"] for f in read["findings"]], read["approval_reasons"]


def approve(launched, answer="approve"):
    with engine.default().write() as connection:
        question = waits.of_step(connection, launched.execution_id, "approve")
        waits.decide(connection, question.id, answer, actor="user:tester", via="cli", comment="")
    return launch.resume_workflow(launched.execution_id)


def count(table, *conditions):
    with engine.default().read() as connection:
        return connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one()


def test_the_example_is_a_valid_invoice_that_matches_its_order_and_waits_for_its_amount(data_dir):
    launched = launch.execute_workflow("invoice_processing", INPUT)
    read = inspection.context(engine.default(), launched.execution_id).step_results["read"]
    assert launched.status == "waiting_approval"
    assert read["valid"] is True
    assert read["findings"] == []
    assert read["line_count"] == 12
    assert read["match"]["exceptions"] == []
    assert len(read["approval_reasons"]) == 1


def test_ten_runs_tell_the_same_story_until_one_is_approved(data_dir):
    runs = [launch.execute_workflow("invoice_processing", INPUT) for _ in range(10)]
    assert all(story(run) == story(runs[0]) for run in runs)
    assert count(budget_reservations) == 1
    assert approve(runs[4]).status == "completed"
    assert count(posted_invoices) == 1
    eleventh = launch.execute_workflow("invoice_processing", INPUT)
    assert story(eleventh) != story(runs[0])
    read = inspection.context(engine.default(), eleventh.execution_id).step_results["read"]
    assert read["duplicate_of"]["kind"] == "same_document"


def test_approved_it_is_posted_and_everybody_is_told_once(data_dir):
    launched = launch.execute_workflow("invoice_processing", INPUT)
    done = approve(launched)
    context = inspection.context(engine.default(), done.execution_id)
    assert context.snapshot_data["output"]["posted"] is True
    assert context.snapshot_data["output"]["decision"] == "approve"
    entries = Outbox(data_dir / "outbox").list()
    assert sorted(entry.integration for entry in entries) == ["email", "slack", "slack"]
    assert count(budget_reservations, budget_reservations.c.state == "spent") == 1


def test_rejected_the_money_is_given_back_and_nothing_is_posted(data_dir):
    launched = launch.execute_workflow("invoice_processing", INPUT)
    assert approve(launched, "reject").status == "completed"
    assert count(posted_invoices) == 0
    assert count(budget_reservations, budget_reservations.c.state == "released") == 1


def test_cancelled_the_money_is_given_back(data_dir):
    launched = launch.execute_workflow("invoice_processing", INPUT)
    launch.cancel_execution(launched.execution_id)
    assert count(budget_reservations, budget_reservations.c.state == "released") == 1


def test_a_duplicate_is_not_posted_by_an_approval_that_did_not_show_it(data_dir):
    first = launch.execute_workflow("invoice_processing", INPUT)
    second = launch.execute_workflow("invoice_processing", INPUT)
    assert approve(first).status == "completed"
    refused = approve(second)
    assert refused.status == "failed"
    assert "posted" in inspection.context(engine.default(), second.execution_id).error["message"]
    assert count(posted_invoices) == 1


@pytest.mark.parametrize("kind", ["ubl", "cii"])
def test_invoices_from_elsewhere_are_read_and_judged(data_dir, outside_fixtures, kind):
    for path in sorted((outside_fixtures / "invoices" / kind).iterdir()):
        launched = launch.execute_workflow("invoice_processing", {"path": str(path)})
        assert launched.status in ("waiting_approval", "completed"), path.name
        with DagsterInstance.get() as instance:
            assert instance.get_run_by_id(launched.run_id).is_success
