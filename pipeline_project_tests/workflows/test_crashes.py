"""kill -9 at every journal write, and in the middle of a step: nothing is lost and nothing journaled runs twice."""

import pytest

from pipeline_project.integrations.outbox import Outbox
from pipeline_project.persistence import engine
from pipeline_project.workflows import executions, launch
from pipeline_project.workflows.steps.task_creation import TaskCreation
from pipeline_project_tests.workflows import crash

CHAIN = """
steps:
  one: {type: task_creation, config: {title: one}, next_steps: [both]}
  both:
    type: parallel_execution
    config: {steps: [left, right]}
    next_steps: [last]
  left: {type: slack_notification, config: {channel: "#c", message: left}}
  right: {type: task_creation, config: {title: "${one.task.title} and right"}}
  last: {type: task_creation, config: {title: last}}
output: {title: "${last.task.title}"}
"""
# start, one, both, left, right, the join, last, finish
WRITES = 8


def only_execution() -> str:
    with engine.default().read() as connection:
        (execution,) = executions.listed(connection)
    return execution.id


# before a begin is the state after the end before it, so that moment needs no case of its own
@pytest.mark.parametrize("moment", ["after_begin", "before_end", "after_end"])
@pytest.mark.parametrize("count", range(1, WRITES + 1))
def test_a_kill_at_any_journal_write_loses_nothing_and_repeats_nothing(bench, data_dir, counted, moment, count):
    bench.write("chain", CHAIN)
    assert crash.in_process(crash.run_and_die, "chain", {}, moment, count) == -9
    if moment == "after_end" and count == WRITES:
        assert bench.context(only_execution()).status == "completed"
        return
    before = bench.attempts(only_execution())
    resumed = bench.ended_well(launch.resume_workflow(only_execution()))
    assert resumed.status == "completed"
    after = bench.attempts(resumed)
    assert {step: statuses.count("success") for step, statuses in after.items()} == dict.fromkeys(after, 1)
    assert all(after[step] == ["success"] for step, statuses in before.items() if statuses == ["success"])
    assert counted() == 3
    assert len(Outbox(data_dir / "outbox").list()) == 1
    assert bench.context(resumed).snapshot_data["output"] == {"title": "last"}


def die_inside_task_creation(workflow_id: str) -> None:
    real = TaskCreation.execute

    async def execute(self, config, context):
        result = await real(self, config, context)
        if config.title == "last":
            crash.die()
        return result

    TaskCreation.execute = execute
    launch.execute_workflow(workflow_id, {})


def test_a_kill_in_the_middle_of_a_repeatable_side_effect_ends_with_one_effect(bench, counted):
    bench.write("chain", CHAIN)
    assert crash.in_process(die_inside_task_creation, "chain") == -9
    assert bench.context(only_execution()).status == "failed"
    resumed = bench.ended_well(launch.resume_workflow(only_execution()))
    assert resumed.status == "completed"
    assert bench.attempts(resumed)["last"] == ["failed", "success"]
    assert counted() == 3


def test_a_resume_that_is_killed_can_be_resumed(bench, counted):
    bench.write("chain", CHAIN)
    assert crash.in_process(crash.run_and_die, "chain", {}, "after_end", 2) == -9
    assert crash.in_process(crash.resume_and_die, only_execution(), "after_begin", 2) == -9
    assert crash.in_process(crash.resume_and_die, only_execution(), "before_end", 2) == -9
    assert launch.resume_workflow(only_execution()).status == "completed"
    assert counted() == 3
