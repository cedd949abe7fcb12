"""Taking a run up again: by one process at a time, after a person's yes or no, with what the rules had said."""

import multiprocessing
import os
import signal

import pytest

from pipeline_project import settings
from pipeline_project.agents import journal
from pipeline_project.agents.hold import is_held, only_runner
from pipeline_project.errors import ApprovalNeeded, Conflict
from pipeline_project.governance import requests
from pipeline_project_tests.agents.scripted import CALCULATOR

CONTEXT = multiprocessing.get_context("forkserver")
ASKING = {"allow": ["Read", "Glob", "Write", "Task"], "ask": ["Edit(sums.py)"]}


def hold_and_die(environment: dict[str, str], run_id: str) -> None:
    """Hold a run, then be killed."""
    os.environ.clear()
    os.environ.update(environment)
    settings.load.cache_clear()
    with only_runner(run_id):
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_run_that_is_going_on_is_not_begun_a_second_time(bench):
    bench.script(CALCULATOR)
    with only_runner("run1"):
        assert is_held("run1")
        assert is_held("run1/turn/2/tool/1")
        with pytest.raises(Conflict, match="is being run by another process"):
            bench.run()
        assert not is_held("run2")
        assert bench.run(run_id="run2").turns == 4
    assert bench.run().turns == 4


def test_a_killed_holder_holds_nothing(bench):
    process = CONTEXT.Process(target=hold_and_die, args=(dict(os.environ), "run1"))
    process.start()
    process.join(timeout=60)
    assert process.exitcode == -9
    assert not is_held("run1")
    bench.script(CALCULATOR)
    assert bench.run().turns == 4
    assert not list((settings.load().home / "agents").iterdir())


def test_what_a_person_rejects_is_told_to_the_model_which_goes_on_without_it(bench, workspace):
    bench.script(CALCULATOR)
    with pytest.raises(ApprovalNeeded):
        bench.run(policy=ASKING)
    (asked,) = requests.pending(bench.database)
    requests.answer(bench.database, asked.id, "reject", actor="user:anna", via="cli", comment="not in sums.py")
    result = bench.run(policy=ASKING)
    assert [call.is_error for call in result.calls if call.tool == "Edit"] == [True]
    assert "a - b" in (workspace / "sums.py").read_text(encoding="utf-8")
    _, entries = journal.run(bench.database, "run1")
    edit = next(entry for entry in entries if entry.scope == "turn/2/tool/1")
    assert "user:anna was asked and does not permit it: not in sums.py" in edit.output["content"][0]["text"]
    assert not requests.pending(bench.database)


def test_a_question_of_a_sub_agent_is_answered_in_its_own_run(bench, workspace):
    child = {"type": "tool_use", "name": "Task", "input": {"description": "d", "prompt": "childscript"}}
    bench.script([[child], "Mended by another."])
    edit = {"file_path": "sums.py", "old_string": "a - b", "new_string": "a + b"}
    read = {"type": "tool_use", "name": "Read", "input": {"file_path": "sums.py"}}
    bench.script([[read], [{"type": "tool_use", "name": "Edit", "input": edit}], "Mended."], "childscript")
    with pytest.raises(ApprovalNeeded):
        bench.run(policy=ASKING)
    assert journal.run(bench.database, "run1/turn/1/tool/1")[0]["status"] == "waiting"
    (asked,) = requests.pending(bench.database)
    requests.answer(bench.database, asked.id, "approve", actor="user:anna", via="cli")
    assert bench.run(policy=ASKING).text == "Mended by another."
    assert "a + b" in (workspace / "sums.py").read_text(encoding="utf-8")


def test_the_rule_that_decided_is_kept_with_each_call(bench):
    bench.script(CALCULATOR)
    first = bench.run()
    assert {call.rule for call in first.calls} == {"Read", "Edit"}
    assert [call.rule for call in bench.run().calls] == [call.rule for call in first.calls]
