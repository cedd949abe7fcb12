"""The commands of agents, as a person types them."""

import json
import shutil

import pytest
import yaml
from typer.testing import CliRunner

from pipeline_project import settings
from pipeline_project.agents import journal
from pipeline_project.agents.hold import only_runner
from pipeline_project.cli.root import app
from pipeline_project.errors import ApprovalNeeded, InvalidInput, NotFound, PipelineError
from pipeline_project.persistence import engine
from pipeline_project_tests.conftest import ROOT

TURNS = [
    [{"type": "tool_use", "name": "Read", "input": {"file_path": "sums.py"}}],
    [{"type": "tool_use", "name": "Edit", "input": {"file_path": "sums.py", "old_string": "-", "new_string": "+"}}],
    "Mended.",
]


@pytest.fixture
def workspace(data_dir, tmp_path, monkeypatch):
    script = tmp_path / "script.yaml"
    script.write_text(yaml.safe_dump(TURNS), encoding="utf-8")
    monkeypatch.setenv("PIPELINE_OFFLINE_SCRIPT", str(script))
    settings.load.cache_clear()
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "sums.py").write_text("1 - 1\n", encoding="utf-8")
    return folder


def run(*arguments: str, fails: type[PipelineError] | None = None) -> str:
    result = CliRunner().invoke(app, list(arguments))
    if fails is not None:
        assert isinstance(result.exception, fails), result.output
        return str(result.exception)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


def test_an_agent_is_run_asks_is_permitted_and_goes_on(workspace):
    asked = run("agent", "run", "mend it", "--workspace", str(workspace), "--run-id", "r1", fails=ApprovalNeeded)
    assert "approval approve" in asked
    assert "run it again with the run id r1" in asked
    (waiting,) = json.loads(run("approval", "list", "--json"))
    assert waiting["action"] == "Edit"
    assert "sums.py" in run("approval", "show", waiting["id"])
    assert "Permitted by user:tester" in run("approval", "approve", waiting["id"])
    told = run("agent", "run", "mend it", "--workspace", str(workspace), "--run-id", "r1")
    assert "Mended." in told
    assert "cost 0 USD" in told
    assert (workspace / "sums.py").read_text(encoding="utf-8") == "1 + 1\n"
    assert "turn/2/tool/1" in run("agent", "show", "r1")
    assert [row["status"] for row in json.loads(run("agent", "list", "--json"))] == ["success"]


def test_a_rejected_request_keeps_the_agent_from_it(workspace):
    run("agent", "run", "mend it", "--workspace", str(workspace), "--run-id", "r1", fails=ApprovalNeeded)
    (waiting,) = json.loads(run("approval", "list", "--json"))
    assert "Rejected" in run("approval", "reject", waiting["id"])
    assert "Edit (error)" in run("agent", "run", "mend it", "--workspace", str(workspace), "--run-id", "r1")
    assert (workspace / "sums.py").read_text(encoding="utf-8") == "1 - 1\n"
    assert "turn/2/tool/1    error    Edit: user:tester was asked" in run("agent", "show", "r1")


def test_a_rule_on_the_command_line_allows_it_and_leaves_reading_as_it_was(workspace):
    told = run("agent", "run", "mend it", "--workspace", str(workspace), "--allow", "Edit(*.py)", "--json")
    result = json.loads(told)
    assert result["text"] == "Mended."
    assert [call["tool"] for call in result["calls"]] == ["Read", "Edit"]
    assert (workspace / "sums.py").read_text(encoding="utf-8") == "1 + 1\n"


def test_the_profiles_are_listed_and_an_unknown_one_is_named(workspace):
    assert "explore" in run("agent", "profiles")
    assert "explore" in run("agent", "run", "x", "--agent", "wizard", fails=NotFound)
    assert "Read" in run("agent", "run", "x", "--tool", "Reed", fails=NotFound)
    for amount in ("cheap", "nan", "-1", "Infinity"):
        assert "--max-cost" in run("agent", "run", "x", "--max-cost", amount, fails=InvalidInput)
    assert "begins with" in run("agent", "show", "nothing", fails=NotFound)


def test_a_profile_of_ones_own_is_a_file(workspace, tmp_path):
    own = tmp_path / "mender.yaml"
    own.write_text("name: mender\ninstructions: Mend.\ntools: [Read, Edit]\n", encoding="utf-8")
    told = run("agent", "run", "x", "--agent", str(own), "--workspace", str(workspace), "--allow", "Edit", "--json")
    assert json.loads(told)["text"] == "Mended."
    own.write_text("name: mender\ninstruction: Mend.\n", encoding="utf-8")
    refused = run("agent", "run", "x", "--agent", str(own), fails=InvalidInput)
    assert "instructions" in refused
    assert "instruction:" in refused


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("name: a\nname: b\ninstructions: x\n", "has name twice"),
        ("- a\n", "is no mapping of fields"),
        ("", "is no mapping of fields"),
        (f"name: {'[' * 3000}", "is not YAML text"),
        ("name: a\ninstructions: x\ntools: [Reed]\n", "own.yaml, tools: there is no tool 'Reed'"),
    ],
    ids=["twice", "list", "empty", "deep", "tool"],
)
def test_a_profile_that_cannot_be_read_is_refused_in_a_sentence(workspace, tmp_path, content, said):
    own = tmp_path / "own.yaml"
    own.write_text(content, encoding="utf-8")
    assert said in run("agent", "run", "x", "--agent", str(own), fails=PipelineError)


def test_a_run_whose_process_is_gone_is_shown_as_interrupted(workspace):
    kept = journal.AgentJournal(engine.default(), "r1")
    kept.open(agent="a", task="t", digest="d", parent_id=None, depth=0)
    kept.begin("turn/1/tool/1", "d")
    assert "interrupted" in run("agent", "list")
    assert "turn/1/tool/1    unknown" in run("agent", "show", "r1")
    assert "r1  a  interrupted" in run("agent", "show", "r1")
    with only_runner("r1"):
        assert "running" in run("agent", "list")
        assert "turn/1/tool/1    running" in run("agent", "show", "r1")


def test_the_example_of_a_script_mends_a_copy_of_its_folder(data_dir, tmp_path, monkeypatch):
    shutil.copytree(ROOT / "examples/offline/mend", tmp_path / "mend")
    monkeypatch.setenv("PIPELINE_OFFLINE_SCRIPT", str(ROOT / "examples/offline/mend-until-green.yaml"))
    settings.load.cache_clear()
    rules = ("--allow", "Edit", "--allow", "Bash(python3 -B check.py)")
    assert "The test passes." in run("agent", "run", "Mend it", "--workspace", str(tmp_path / "mend"), *rules)
    assert "return a + b" in (tmp_path / "mend/sums.py").read_text(encoding="utf-8")
