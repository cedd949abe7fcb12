"""Steps that use tools: what a person has to permit becomes an approval of the step; a grant is for one thing, once."""

from pathlib import Path

import pytest
import yaml

from pipeline_project import settings
from pipeline_project.errors import InvalidDefinition, StepFailed
from pipeline_project.persistence import engine
from pipeline_project.workflows import launch

WRITE = """
input_schema: {{type: object, properties: {{text: {{type: string}}}}}}
steps:
  write:
    type: tool_call
    config: {{tool: Write, workspace: "{folder}", input: {{file_path: note.txt, content: "${{input.text}}"}}}}
    next_steps: [read]
  read:
    type: tool_call
    config: {{tool: Read, workspace: "{folder}", input: {{file_path: note.txt}}}}
output: {{text: "${{read.text}}"}}
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    made = tmp_path / "work"
    made.mkdir()
    return made


@pytest.fixture
def rules(tmp_path, monkeypatch):
    def write(**policy) -> None:
        path = tmp_path / "policy.yaml"
        path.write_text(yaml.safe_dump(policy), encoding="utf-8")
        monkeypatch.setenv("PIPELINE_POLICY_FILE", str(path))
        settings.load.cache_clear()

    return write


def test_a_step_that_changes_something_waits_for_a_person_and_then_does_it(bench, folder):
    launched = bench.run("note", WRITE.format(folder=folder), text="hello")
    assert launched.status == "waiting_approval"
    question = bench.question(launched, "write")
    assert question.kind == "permission"
    assert question.shown["input"] == {"file_path": "note.txt", "content": "hello"}
    assert not (folder / "note.txt").exists()
    bench.decide(launched, "write", by="user:tester")
    resumed = bench.resume(launched)
    assert resumed.status == "completed"
    assert (folder / "note.txt").read_text(encoding="utf-8") == "hello"
    assert bench.context(resumed).snapshot_data["output"]["text"].endswith("hello")
    assert bench.attempts(resumed)["write"] == ["waiting", "success"]


def test_a_rejection_fails_the_step_and_nothing_is_written(bench, folder):
    launched = bench.run("note", WRITE.format(folder=folder), text="hello")
    bench.decide(launched, "write", "reject")
    resumed = launch.resume_workflow(launched.execution_id)
    assert resumed.status == "failed"
    assert "did not permit it" in str(bench.context(resumed).error)
    assert not (folder / "note.txt").exists()


def test_a_step_selected_to_run_anew_is_asked_again(bench, folder):
    launched = bench.run("note", WRITE.format(folder=folder), text="hello")
    bench.decide(launched, "write")
    assert bench.resume(launched).status == "completed"
    again = bench.ended_well(launch.resume_workflow(launched.execution_id, step_id="write"))
    assert again.status == "waiting_approval"


def test_a_rule_of_the_policy_file_allows_it_unasked(bench, folder, rules):
    rules(allow=["Read", "Edit(note.txt)"])
    launched = bench.run("note", WRITE.format(folder=folder), text="hello")
    assert launched.status == "completed"
    write = bench.context(launched).step_results["write"]
    assert write["rule"] == "Edit(note.txt)"
    assert write["written"] == [str(folder / "note.txt")]


def test_a_rule_of_the_policy_file_denies_it_for_good(bench, folder, rules):
    rules(deny=["Edit(*.txt)"])
    launched = bench.run("note", WRITE.format(folder=folder), text="hello")
    assert launched.status == "failed"
    assert "Edit(*.txt)" in str(bench.context(launched).error)


def test_a_tool_error_fails_the_step_or_goes_on_as_it_says(bench, folder):
    text = """
steps:
  read:
    type: tool_call
    config: {tool: Read, workspace: "%s", input: {file_path: nothing.txt}%s}
output: {failed: "${read.is_error}"}
"""
    failed = bench.run("reads", text % (folder, ""))
    assert failed.status == "failed"
    assert StepFailed.__name__ in str(bench.context(failed).error)
    goes_on = bench.run("reads_on", text % (folder, ", on_tool_error: continue"))
    assert goes_on.status == "completed"
    assert bench.context(goes_on).snapshot_data["output"] == {"failed": True}


def test_a_tool_that_there_is_not_is_named_before_anything_runs(bench, folder):
    with pytest.raises(InvalidDefinition, match=r"steps\.a\.config\.tool: there is no tool 'Reed'\. Near names: Read"):
        bench.run("reads", f'steps: {{a: {{type: tool_call, config: {{tool: Reed, workspace: "{folder}"}}}}}}')


def test_a_tool_that_an_expression_names_wrongly_fails_the_step_with_its_neighbours(bench, folder):
    config = {"tool": "${input.tool}", "workspace": str(folder)}
    schema = {"type": "object", "properties": {"tool": {"type": "string"}}}
    definition = yaml.safe_dump({"input_schema": schema, "steps": {"a": {"type": "tool_call", "config": config}}})
    launched = bench.run("reads", definition, tool="Reed")
    assert "Near names: Read" in str(bench.context(launched).error)


SCRIPT = [
    [{"type": "tool_use", "name": "Read", "input": {"file_path": "sums.py"}}],
    [{"type": "tool_use", "name": "Edit", "input": {"file_path": "sums.py", "old_string": "-", "new_string": "+"}}],
    "Mended.",
]


def test_an_agent_step_waits_in_the_middle_goes_on_there_and_reports_its_use(bench, folder, tmp_path, monkeypatch):
    script = tmp_path / "script.yaml"
    script.write_text(yaml.safe_dump(SCRIPT), encoding="utf-8")
    monkeypatch.setenv("PIPELINE_OFFLINE_SCRIPT", str(script))
    settings.load.cache_clear()
    (folder / "sums.py").write_text("1 - 1\n", encoding="utf-8")
    text = f"""
steps:
  mend:
    type: agent_execution
    config: {{task: mend it, workspace: "{folder}"}}
output: {{said: "${{mend.output}}", turns: "${{mend.turns}}", cost: "${{mend.cost}}"}}
"""
    launched = bench.run("mending", text)
    assert launched.status == "waiting_approval"
    assert bench.question(launched, "mend").shown["tool"] == "Edit"
    bench.decide(launched, "mend")
    resumed = bench.resume(launched)
    assert resumed.status == "completed"
    assert (folder / "sums.py").read_text(encoding="utf-8") == "1 + 1\n"
    output = bench.context(resumed).snapshot_data["output"]
    assert (output["said"], output["turns"], output["cost"]) == ("Mended.", 3, 0)
    from sqlalchemy import func, select

    from pipeline_project.persistence.tables import llm_calls

    with engine.default().read() as connection:
        calls = connection.execute(
            select(func.count()).select_from(llm_calls).where(llm_calls.c.execution_id == resumed.execution_id)
        ).scalar_one()
    # two before the question, one after it: none is made twice
    assert calls == 3
