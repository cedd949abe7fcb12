"""Waiting is right: nothing below an open question runs, and a join runs once, whatever the order of the answers."""

import itertools

import pytest

from pipeline_project.errors import Conflict, PermissionDenied
from pipeline_project.persistence import engine
from pipeline_project.workflows import waits

TWO_GATES = """
steps:
  both:
    type: parallel_execution
    config: {steps: [ask_a, ask_b]}
    next_steps: [after]
  ask_a: {type: approval_required, config: {message: "A?"}}
  ask_b: {type: approval_required, config: {message: "B?"}, next_steps: [below_b]}
  below_b: {type: task_creation, config: {title: below b}}
  after: {type: task_creation, config: {title: after}}
output: {a: "${both.branches.ask_a.value.decision}"}
"""

ONE_GATE_ANY = """
steps:
  both:
    type: parallel_execution
    config: {steps: [ask, quick], join: any}
    next_steps: [after]
  ask: {type: approval_required, config: {message: "A?"}}
  quick: {type: task_creation, config: {title: quick}}
  after: {type: task_creation, config: {title: after}}
"""


def test_a_run_that_waits_ends_without_running_what_is_below(bench):
    launched = bench.run("gates", TWO_GATES)
    assert launched.status == "waiting_approval"
    assert set(bench.attempts(launched)) == {"start", "both", "ask_a", "ask_b"}


@pytest.mark.parametrize("order", list(itertools.permutations(["ask_a", "ask_b"])))
def test_two_gates_in_parallel_answered_in_either_order_run_the_join_once(bench, order):
    launched = bench.run("gates", TWO_GATES)
    for index, step in enumerate(order):
        bench.decide(launched, step)
        resumed = bench.resume(launched)
        assert resumed.status == ("waiting_approval" if index == 0 else "completed")
    assert bench.attempts(launched)["both__join"] == ["success"]
    assert bench.attempts(launched)["after"] == ["success"]
    assert bench.context(launched).snapshot_data["output"] == {"a": "approve"}


def test_a_join_any_waits_for_the_open_branch_as_well(bench):
    launched = bench.run("gates", ONE_GATE_ANY)
    assert bench.attempts(launched)["quick"] == ["success"]
    assert "after" not in bench.attempts(launched)


def test_a_decision_that_is_recorded_but_not_consumed_leaves_the_gate_open(bench):
    launched = bench.run("gates", ONE_GATE_ANY)
    bench.decide(launched, "ask")
    assert bench.context(launched).status == "pending"
    assert "after" not in bench.attempts(launched)
    assert bench.resume(launched).status == "completed"


def test_a_rejection_skips_what_follows_and_the_execution_still_completes(bench):
    launched = bench.run(
        "gates",
        """
steps:
  ask: {type: approval_required, config: {message: "A?"}, next_steps: [after]}
  after: {type: task_creation, config: {title: after}}
""",
    )
    bench.decide(launched, "ask", "reject")
    assert bench.resume(launched).status == "completed"
    assert bench.attempts(launched)["after"] == ["skipped"]


def test_a_rejection_can_fail_or_lead_elsewhere(bench):
    text = """
steps:
  ask: {type: approval_required, config: {message: "A?", on_reject: %s}, next_steps: [after]}
  after: {type: task_creation, config: {title: after}}
  other: {type: task_creation, config: {title: other}}
"""
    failing = bench.run(
        "failing", (text % "fail").replace("  other: {type: task_creation, config: {title: other}}\n", "")
    )
    bench.decide(failing, "ask", "reject")
    assert bench.resume(failing).status == "failed"
    going = bench.run("going", text % '"goto:other"')
    bench.decide(going, "ask", "reject")
    assert bench.resume(going).status == "completed"
    assert bench.attempts(going)["other"] == ["success"]
    assert bench.attempts(going)["after"] == ["skipped"]


def test_the_requester_decides_only_where_that_is_allowed(bench):
    launched = bench.run("gates", TWO_GATES)
    with pytest.raises(PermissionDenied, match="user:tester started this execution"):
        bench.decide(launched, "ask_a", by="user:tester")


def test_only_those_asked_decide(bench):
    launched = bench.run(
        "asked", "steps:\n  ask: {type: approval_required, config: {message: ask, approvers: [ann]}}\n"
    )
    with pytest.raises(PermissionDenied, match="not among those asked"):
        bench.decide(launched, "ask", by="user:bob")
    bench.decide(launched, "ask", by="user:ann")


def test_the_same_answer_twice_is_fine_and_another_one_is_a_conflict(bench):
    launched = bench.run("gates", TWO_GATES)
    question = bench.question(launched, "ask_a")
    bench.decide(launched, "ask_a")
    with engine.default().write() as connection:
        again = waits.decide(connection, question.id, "approve", actor="user:eve", via="cli", comment="")
        assert again.decided_by == "user:boss"
        with pytest.raises(Conflict, match="already decided: approve by user:boss"):
            waits.decide(connection, question.id, "reject", actor="user:eve", via="cli", comment="")


def test_an_edit_of_the_file_does_not_change_what_a_waiting_execution_ends_on(bench):
    text = """
steps:
  ask: {type: approval_required, config: {message: "A?"}, next_steps: [after]}
  after: {type: task_creation, config: {title: %s}}
"""
    launched = bench.run("versions", text % "old")
    bench.write("versions", text % "new")
    bench.decide(launched, "ask")
    assert bench.resume(launched).status == "completed"
    assert bench.context(launched).step_results["after"]["task"]["title"] == "old"
    newer = bench.run("versions")
    assert bench.context(newer).workflow_version == 2
