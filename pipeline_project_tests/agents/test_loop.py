"""The loop between model and tools: what it does, what bounds it, what it asks, what it takes from the journal."""

import asyncio
from decimal import Decimal

import pytest

from pipeline_project.agents import journal
from pipeline_project.agents.models import Bounds
from pipeline_project.errors import ApprovalNeeded, BudgetExceeded, Conflict, InvalidInput, RequestRejected
from pipeline_project.governance import requests
from pipeline_project.llm.responses import Usage
from pipeline_project_tests.agents.scripted import CALCULATOR


def test_an_agent_reads_edits_and_writes_and_says_so(bench, workspace):
    bench.script(CALCULATOR)
    result = bench.run()
    assert (workspace / "sums.py").read_text(encoding="utf-8") == "def add(a, b):\n    return a + b\n"
    assert (workspace / "note.txt").read_text(encoding="utf-8") == "add adds now\n"
    assert result.text == "Mended: add subtracted."
    assert [(call.turn, call.tool, call.is_error) for call in result.calls] == [
        (1, "Read", False),
        (1, "Glob", False),
        (2, "Edit", False),
        (3, "Write", False),
    ]
    assert result.turns == 4
    assert result.cost == Decimal(0)
    assert result.usage.input > 0
    assert result.provider == "offline"
    assert sorted(path.rsplit("/", 1)[1] for path in result.written) == ["note.txt", "sums.py"]


def test_the_same_run_id_again_restores_everything_and_calls_nothing(bench, workspace):
    bench.script(CALCULATOR)
    first = bench.run()
    (workspace / "note.txt").unlink()
    again = bench.run()
    assert again.text == first.text
    assert again.restored == len(first.calls) + first.turns
    assert again.usage == first.usage
    assert not (workspace / "note.txt").exists()


def test_a_run_id_of_another_task_is_refused(bench):
    bench.script(CALCULATOR)
    bench.run()
    with pytest.raises(Conflict, match="belongs to another agent or task"):
        bench.run(task="something else")


def test_a_tool_that_refuses_is_told_to_the_model_and_the_run_goes_on(bench, workspace):
    bench.script(
        [
            {"type": "tool_use", "name": "Read", "input": {"file_path": "/etc/passwd"}},
            {"type": "tool_use", "name": "Nonsense", "input": {}},
            "Neither worked.",
        ]
    )
    result = bench.run()
    assert [call.is_error for call in result.calls] == [True, True]
    _, entries = journal.run(bench.database, "run1")
    told = next(entry for entry in entries if entry.scope == "turn/1/tool/1").output["content"][0]["text"]
    assert str(workspace) in told


def test_the_bound_on_turns_ends_the_run_and_more_turns_go_on_from_there(bench):
    bench.script(CALCULATOR)
    with pytest.raises(BudgetExceeded, match=r"used up its 2 turns; 3 tool calls were made"):
        bench.run(agent=bench.agent(bounds=Bounds(turns=2)))
    found, _ = journal.run(bench.database, "run1")
    assert found["status"] == "failed"
    result = bench.run(agent=bench.agent(bounds=Bounds(turns=9)))
    assert result.restored == 5
    assert result.turns == 4


def test_a_cost_limit_stops_before_the_next_call(bench, monkeypatch):
    bench.script(CALCULATOR)
    monkeypatch.setattr("pipeline_project.llm.ledger.Ledger.close", lambda *_: Decimal("0.30"))
    with pytest.raises(BudgetExceeded, match=r"used up its 0\.50 USD"):
        bench.run(agent=bench.agent(bounds=Bounds(cost=Decimal("0.50"))))


def test_a_cost_limit_with_a_model_of_unknown_price_is_refused_after_the_first_call(bench, monkeypatch):
    bench.script(CALCULATOR)
    monkeypatch.setattr("pipeline_project.llm.ledger.Ledger.close", lambda *_: None)
    with pytest.raises(BudgetExceeded, match="price of a call it made is not known"):
        bench.run(agent=bench.agent(bounds=Bounds(cost=Decimal(1))))


def test_what_a_person_has_to_permit_stops_the_run_until_it_is_permitted(bench, workspace):
    bench.script(CALCULATOR)
    rules = {"allow": ["Read", "Glob", "Write"], "ask": ["Edit(sums.py)"]}
    with pytest.raises(ApprovalNeeded, match="approve"):
        bench.run(policy=rules)
    assert journal.run(bench.database, "run1")[0]["status"] == "waiting"
    assert "a - b" in (workspace / "sums.py").read_text(encoding="utf-8")
    assert not (workspace / "note.txt").exists()
    (asked,) = requests.pending(bench.database)
    with pytest.raises(ApprovalNeeded):
        bench.run(policy=rules)
    assert [item.id for item in requests.pending(bench.database)] == [asked.id]
    requests.answer(bench.database, asked.id, "approve", actor="user:anna", via="cli")
    result = bench.run(policy=rules)
    assert "a + b" in (workspace / "sums.py").read_text(encoding="utf-8")
    assert result.text == "Mended: add subtracted."


def test_a_granted_digest_lets_a_step_go_on_without_the_store(bench, workspace):
    bench.script(CALCULATOR)
    rules = {"allow": ["Read", "Glob", "Write"], "ask": ["Edit(sums.py)"]}
    with pytest.raises(ApprovalNeeded) as asked:
        bench.run(policy=rules)
    assert bench.run(policy=rules, granted=frozenset({asked.value.digest})).turns == 4


def test_an_answer_cut_off_at_the_limit_is_an_error_and_not_an_end(bench):
    bench.script(["word " * 400])
    with pytest.raises(RequestRejected, match="cut off at the limit of tokens"):
        bench.run(agent=bench.agent(bounds=Bounds(tokens_per_turn=20)))


def test_the_time_limit_ends_the_run(bench):
    bench.script([{"type": "tool_use", "name": "Bash", "input": {"command": "sleep 30"}}, "done"])
    with pytest.raises(BudgetExceeded, match=r"used up its 0\.5 seconds"):
        bench.run(policy="allow_all", agent=bench.agent(bounds=Bounds(seconds=0.5)))
    assert journal.run(bench.database, "run1")[0]["status"] == "failed"


def test_a_call_that_a_crash_cut_off_is_not_made_again_and_the_model_is_told(bench, workspace):
    bench.script(CALCULATOR)
    with pytest.raises(BudgetExceeded):
        bench.run(agent=bench.agent(bounds=Bounds(turns=2)))
    kept = journal.AgentJournal(bench.database, "run1")
    _, entries = journal.run(bench.database, "run1")
    edit = next(entry for entry in entries if entry.scope == "turn/2/tool/1")
    kept.begin(edit.scope, edit.digest)  # as a crash in the middle of it leaves it
    bench.run()
    _, entries = journal.run(bench.database, "run1")
    call = next(entry for entry in entries if entry.scope == "turn/2/tool/1")
    assert call.status == "running"
    assert "a + b" in (workspace / "sums.py").read_text(encoding="utf-8")


def test_a_sub_agent_has_a_run_of_its_own_and_its_use_counts(bench):
    bench.script(
        [
            [
                {
                    "type": "tool_use",
                    "name": "Task",
                    "input": {"description": "look", "prompt": "childscript: look at it"},
                }
            ],
            "Done: 1",
        ]
    )
    bench.script(
        [{"type": "tool_use", "name": "Read", "input": {"file_path": "sums.py"}}, "It subtracts."], "childscript"
    )
    result = bench.run()
    child, entries = journal.run(bench.database, "run1/turn/1/tool/1")
    assert child["parent_id"] == "run1"
    assert child["depth"] == 1
    assert [entry.scope for entry in entries] == ["turn/1/model", "turn/1/tool/1", "turn/2/model"]
    own = [entry.usage for entry in journal.run(bench.database, "run1")[1] if entry.usage]
    both = [*own, *(entry.usage for entry in entries if entry.usage)]
    assert result.usage == sum((Usage(**each) for each in both), Usage())


def test_sub_agents_go_only_as_deep_as_the_session_allows(bench):
    bench.script([[{"type": "tool_use", "name": "Task", "input": {"description": "d", "prompt": "main again"}}], "end"])
    result = bench.run()
    _, entries = journal.run(bench.database, "run1/turn/1/tool/1/turn/1/tool/1/turn/1/tool/1")
    refused = next(entry for entry in entries if "tool" in entry.scope)
    assert "3 deep already" in refused.output["content"][0]["text"]
    assert result.text == "end"


def test_an_unknown_sub_agent_is_told_with_those_there_are(bench):
    call = {"description": "d", "prompt": "p", "subagent_type": "wizard"}
    bench.script([[{"type": "tool_use", "name": "Task", "input": call}], "end"])
    bench.run()
    _, entries = journal.run(bench.database, "run1")
    assert "explore" in str(entries[1].output)


def test_a_sub_agent_of_a_file_is_refused_and_the_file_is_not_read(bench, tmp_path):
    (tmp_path / "keys.yaml").write_text("key: [hunter2\n", encoding="utf-8")
    call = {"description": "d", "prompt": "p", "subagent_type": str(tmp_path / "keys.yaml")}
    bench.script([[{"type": "tool_use", "name": "Task", "input": call}], "end"])
    bench.run()
    _, entries = journal.run(bench.database, "run1")
    told = entries[1].output["content"][0]["text"]
    assert "There are explore, general-purpose, plan." in told
    assert "hunter2" not in told


def test_a_script_that_ends_early_fails_the_run_and_is_journaled(bench):
    bench.script(CALCULATOR[:1])
    with pytest.raises(InvalidInput, match="turn 2"):
        bench.run()
    assert journal.run(bench.database, "run1")[0]["status"] == "failed"


def test_a_cancelled_run_is_journaled_as_such_and_goes_on(bench):
    bench.script([[{"type": "tool_use", "name": "Bash", "input": {"command": "sleep 30"}}], "done"])

    with pytest.raises(asyncio.TimeoutError):
        asyncio.run(asyncio.wait_for(_run(bench), 1))
    assert journal.run(bench.database, "run1")[0]["status"] == "cancelled"


async def _run(bench):
    from pipeline_project.agents.journal import AgentJournal
    from pipeline_project.agents.loop import run_agent
    from pipeline_project.tools import Session

    async with Session(bench.workspace, "allow_all", session_id="run1") as session, bench.client() as client:
        return await run_agent(
            bench.agent(), "mend it", client=client, session=session, journal=AgentJournal(bench.database, "run1")
        )
