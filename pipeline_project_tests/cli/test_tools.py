"""`tools` lists, describes and calls the tools, and its exit code says how it went."""

import json

import pytest
from typer.testing import CliRunner

from pipeline_project.cli.tools import app
from pipeline_project.errors import InvalidInput, NotFound
from pipeline_project.observability import logs


def call(*arguments, **more):
    return CliRunner().invoke(app, list(arguments), **more)


@pytest.fixture
def folder(data_dir, tmp_path):
    logs.configure()  # as the command line does: remarks go to standard error
    (tmp_path / "a.txt").write_text("one\n", encoding="utf-8")
    return tmp_path


def test_list_names_every_tool(data_dir):
    text = call("list").output
    assert "Grep" in text
    assert "notebooks" in text
    found = json.loads(call("list", "--json").output)
    assert {"name": "Read", "complexity": 1, "family": "files"}.items() <= found[0].items()


def test_schema_is_json_schema(data_dir):
    assert "-A" in json.loads(call("schema", "Grep").output)["properties"]
    assert isinstance(call("schema", "Gerp").exception, NotFound)


def test_run_calls_a_tool_in_the_current_folder(folder):
    result = call("run", "Read", "--input", '{"file_path": "a.txt"}')
    assert result.exit_code == 0
    assert "one" in result.output


def test_run_writes_as_the_person_at_the_keyboard(folder):
    given = folder / "input.json"
    given.write_text(json.dumps({"file_path": "new.txt", "content": "two"}), encoding="utf-8")
    result = call("run", "Write", "--input", f"@{given}", "--json")
    assert result.exit_code == 0
    assert json.loads(result.output)["written"] == [str((folder / "new.txt").resolve())]
    assert call("run", "Read", "--input", "@-", input='{"file_path": "new.txt"}').exit_code == 0


def test_a_failed_call_exits_with_1(folder):
    result = call("run", "Read", "--input", '{"file_path": "/etc/passwd"}')
    assert result.exit_code == 1
    assert "outside the workspace" in result.output


def test_rules_of_a_file_hold(folder):
    (folder / "rules.yaml").write_text("deny: [Read]\n", encoding="utf-8")
    result = call("run", "Read", "--input", '{"file_path": "a.txt"}', "--policy", "rules.yaml")
    assert result.exit_code == 1
    assert "one" not in result.output


@pytest.mark.parametrize(
    ("given", "said"), [("{", "is no JSON"), ("[]", "is no JSON object"), ("@nowhere", "cannot be read")]
)
def test_an_input_that_is_none_is_refused(folder, given, said):
    error = call("run", "Read", "--input", given).exception
    assert isinstance(error, InvalidInput)
    assert said in str(error)


def batch(folder, *calls):
    path = folder / "calls.json"
    path.write_text(json.dumps([{"name": name, "input": values} for name, values in calls]), encoding="utf-8")
    return str(path)


def test_a_dry_run_prints_the_plan_and_runs_nothing(folder):
    path = batch(folder, ("Write", {"file_path": "b", "content": "x"}), ("Read", {"file_path": "b"}))
    result = call("batch", path, "--dry-run")
    assert result.exit_code == 0
    assert "lane 1:" in result.output
    assert "after 1" in result.output
    assert not (folder / "b").exists()
    assert json.loads(call("batch", path, "--dry-run", "--json").output)["lanes"] == [[0, 1]]


def test_a_batch_shows_each_call_and_exits_with_1_when_one_failed(folder):
    path = batch(folder, ("Read", {"file_path": "a.txt"}), ("Read", {"file_path": "nowhere"}))
    result = call("batch", path)
    assert result.exit_code == 1
    assert "1. Read done" in result.output
    assert "2. Read failed" in result.output
    assert [each["is_error"] for each in json.loads(call("batch", path, "--json").output)] == [False, True]


def test_an_atomic_batch_leaves_nothing_behind(folder):
    path = batch(folder, ("Write", {"file_path": "b", "content": "x"}), ("Edit", {"file_path": "a.txt"}))
    assert call("batch", path, "--atomic").exit_code == 1
    assert not (folder / "b").exists()
