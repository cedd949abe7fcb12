"""The lease: one holder at a time, broken only when its holder is gone, and stale writers are refused."""

import multiprocessing
import os

import pytest
from sqlalchemy import update

from pipeline_project.errors import LeaseHeld, StaleLease
from pipeline_project.persistence import engine
from pipeline_project.persistence.tables import executions as table
from pipeline_project.workflows import executions, lease
from pipeline_project.workflows.journal import Journal
from pipeline_project.workflows.models import WorkflowDefinition
from pipeline_project.workflows.session import objects

DEFINITION = WorkflowDefinition.model_validate({"id": "w", "steps": {"a": {"type": "delay", "config": {"seconds": 1}}}})


def alive(_run_id: str) -> bool:
    return False


def ended(_run_id: str) -> bool:
    return True


@pytest.fixture
def execution(data_dir):
    with engine.default().write() as connection:
        return executions.create(
            connection, DEFINITION, execution_id="e1", input_data={}, variables={}, requested_by="user:t", via="cli"
        )


def take(run_id, run_is_over=alive):
    with engine.default().write() as connection:
        return lease.acquire(connection, "e1", run_id, run_is_over=run_is_over)


def change(**values):
    with engine.default().write() as connection:
        connection.execute(update(table).where(table.c.id == "e1").values(**values))


def test_a_second_run_is_refused_while_the_first_is_alive(execution):
    first = take("run-1")
    assert take("run-1") == first
    with pytest.raises(LeaseHeld, match=f"is being run by run run-1 \\(process {os.getpid()} on "):
        take("run-2")


def test_a_lease_is_broken_when_its_run_has_ended(execution):
    first = take("run-1")
    assert take("run-2", run_is_over=ended).fencing == first.fencing + 1


def test_a_lease_is_broken_when_its_process_is_gone_even_if_the_number_is_used_again(execution):
    take("run-1")
    change(lease_process_started="1.00")
    assert take("run-2").run_id == "run-2"
    change(lease_pid=2**22 + 1)
    assert take("run-3").run_id == "run-3"


def test_a_lease_of_another_host_is_broken_only_after_silence(execution):
    take("run-1")
    change(lease_host="elsewhere")
    with pytest.raises(LeaseHeld):
        take("run-2")
    change(lease_heartbeat_at=execution.created_at.replace(year=2020))
    assert take("run-2").run_id == "run-2"


def test_who_lost_the_lease_can_no_longer_write(execution):
    stale = Journal(engine.default(), "e1", objects=objects(), lease=take("run-1"))
    attempt = stale.begin("a")
    take("run-2", run_is_over=ended)
    with pytest.raises(StaleLease, match="run run-1 no longer holds execution e1"):
        stale.end("a", attempt, "success", details={"ports": ["done"]})
    with pytest.raises(StaleLease):
        stale.begin("b")
    assert stale.view()["a"].status == "running"


def test_of_many_processes_that_want_it_at_once_one_gets_it(execution):
    context = multiprocessing.get_context("spawn")
    barrier, lost = context.Barrier(4), context.Semaphore(0)
    processes = [context.Process(target=contend, args=(f"run-{n}", barrier, lost)) for n in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=60)
    assert sorted(process.exitcode for process in processes) == [0, 3, 3, 3]


def contend(run_id, barrier, lost):
    """Exit 3 for who comes too late; the winner stays alive until the three others have lost."""
    barrier.wait(timeout=30)
    try:
        take(run_id)
    except LeaseHeld:
        lost.release()
        os._exit(3)
    for _ in range(3):
        assert lost.acquire(timeout=30)
