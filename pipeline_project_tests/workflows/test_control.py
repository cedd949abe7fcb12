"""Cancel, forks, and two who want to run the same execution at once."""

import threading
import time

import pytest

from pipeline_project.errors import Conflict, InvalidInput, LeaseHeld, NotFound
from pipeline_project.persistence import engine
from pipeline_project.workflows import executions, inspection, launch
from pipeline_project_tests.workflows import crash

SLOW = """
steps:
  one: {type: task_creation, config: {title: one}, next_steps: [wait]}
  wait: {type: delay, config: {seconds: 25}, next_steps: [last]}
  last: {type: task_creation, config: {title: last}}
"""
BRANCHES = """
variables: {limit: 100}
input_schema: {type: object, properties: {amount: {type: number}}}
steps:
  note: {type: task_creation, config: {title: "amount ${input.amount}"}, next_steps: [route]}
  route:
    type: conditional_logic
    config: {conditions: [{if: input.amount > vars.limit, then: [large]}], else: [small]}
  large: {type: task_creation, config: {title: large}, next_steps: [end_task]}
  small: {type: task_creation, config: {title: small}, next_steps: [end_task]}
  end_task: {type: task_creation, config: {title: end}}
"""


def run_it(workflow_id):
    launch.execute_workflow(workflow_id, {})


def wait_until_running(step_id):
    """The execution whose step is running in another process."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with engine.default().read() as connection:
            found = executions.listed(connection)
        if found:
            rows = inspection.entries(engine.default(), found[0].id)
            if any(row.step_id == step_id and row.status == "running" for row in rows):
                return found[0].id
        time.sleep(0.05)  # the other process has no way to tell but the store
    raise AssertionError(f"{step_id} did not begin")


@pytest.fixture
def elsewhere(bench):
    """An execution that another process is in the middle of."""
    bench.write("slow", SLOW)
    thread = threading.Thread(target=crash.in_process, args=(run_it, "slow"))
    thread.start()
    yield wait_until_running("wait")
    with engine.default().write() as connection:
        (execution,) = executions.listed(connection)
        executions.request_cancel(connection, execution.id, by="user:cleanup")
    thread.join(timeout=60)
    assert not thread.is_alive()


def test_a_cancel_stops_a_running_step_and_what_follows(bench, elsewhere):
    assert launch.cancel_execution(elsewhere) == "running"
    deadline = time.monotonic() + 20
    while bench.context(elsewhere).status != "cancelled":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert bench.attempts(elsewhere)["wait"] == ["cancelled"]
    assert "last" not in bench.attempts(elsewhere)


def test_a_second_resume_is_told_who_runs_the_execution(bench, elsewhere):
    with pytest.raises(LeaseHeld, match=f"execution {elsewhere} is being run by run .* \\(process \\d+ on "):
        launch.resume_workflow(elsewhere)
    assert bench.context(elsewhere).status == "running"


def test_a_cancel_of_a_waiting_execution_releases_what_waits(bench):
    launched = bench.run("asking", "steps:\n  ask: {type: approval_required, config: {message: m}}\n")
    assert launch.cancel_execution(launched.execution_id) == "cancelled"
    assert bench.context(launched).status == "cancelled"
    with pytest.raises(Conflict, match="has ended"):
        launch.resume_workflow(launched.execution_id)
    with pytest.raises(Conflict, match="has ended"):
        launch.cancel_execution(launched.execution_id)


def test_a_fork_takes_over_what_is_upstream_and_runs_the_rest_with_new_values(bench):
    launched = bench.run("branching", BRANCHES, amount=50)
    fork = launch.fork_execution(launched.execution_id, "route", {"limit": 10})
    assert fork.execution_id != launched.execution_id
    assert fork.status == "completed"
    assert bench.attempts(fork)["large"] == ["success"]
    assert bench.context(fork).metadata["parent_id"] == launched.execution_id
    entries = {entry.step_id: entry for entry in inspection.entries(engine.default(), fork.execution_id)}
    parents = {entry.step_id: entry for entry in inspection.entries(engine.default(), launched.execution_id)}
    assert entries["note"].run_id == parents["note"].run_id
    assert entries["route"].run_id == fork.run_id


def test_a_fork_at_a_skipped_step_moves_up_to_the_decision_and_says_so(bench):
    launched = bench.run("branching", BRANCHES, amount=50)
    fork = launch.fork_execution(launched.execution_id, "large", {"amount": 500})
    assert fork.note == "large was skipped; forked at route, the decision that skipped it"
    assert bench.attempts(fork)["large"] == ["success"]


def test_a_fork_refuses_what_it_does_not_know(bench):
    launched = bench.run("branching", BRANCHES, amount=50)
    with pytest.raises(NotFound, match="has no step 'nowhere'"):
        launch.fork_execution(launched.execution_id, "nowhere")
    with pytest.raises(InvalidInput, match="'foo' is neither a variable nor an input field"):
        launch.fork_execution(launched.execution_id, "route", {"foo": 1})
    with pytest.raises(NotFound, match="no execution begins with"):
        launch.fork_execution("nope", "route")
