"""The jobs of tools run end to end in one process, show every call, and fail when a call did."""

import json
import shutil
from pathlib import Path

import pytest
import yaml
from dagster import DagsterInstance

from pipeline_project import settings
from pipeline_project.errors import NotConfigured
from pipeline_project.security import redaction
from pipeline_project.security.sandbox import choose
from pipeline_project.tools import jobs
from pipeline_project.tools.defs import definitions
from pipeline_project.tools.families import JOBS
from pipeline_project_tests.conftest import ROOT


def run(job, **config):
    with DagsterInstance.get() as instance:
        run_config = {"ops": {"plan_tool_batch": {"config": config}}}
        return job.execute_in_process(run_config, instance=instance, raise_on_error=False)


def shown(result, step):
    for event in result.all_events:
        if event.step_key != step:
            continue
        if event.is_successful_output and event.event_specific_data.metadata:
            return {name: value.value for name, value in event.event_specific_data.metadata.items()}
        if event.is_step_failure:
            return {n: v.value for n, v in event.event_specific_data.user_failure_data.metadata.items()}
    return None


def failure(result):
    (text,) = [
        event.event_specific_data.user_failure_data.description for event in result.all_events if event.is_step_failure
    ]
    return text


@pytest.fixture
def workspace(tmp_path, data_dir):
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "a").write_text("one", encoding="utf-8")
    (folder / "b").write_text("two", encoding="utf-8")
    return str(folder)


def read(path):
    return {"name": "Read", "input": {"file_path": path}}


def edit(path, old, new):
    return {"name": "Edit", "input": {"file_path": path, "old_string": old, "new_string": new}}


def test_independent_calls_are_lanes_and_results_come_in_call_order(workspace):
    calls = [read("a"), read("b"), edit("a", "one", "three"), read("a")]
    result = run(jobs.tool_batch(), workspace=workspace, calls=calls)
    assert result.success
    value = result.output_value()
    assert (value["calls"], value["errors"]) == (4, 0)
    texts = [each["content"][0]["text"] for each in value["results"]]
    assert "one" in texts[0]
    assert "two" in texts[1]
    assert "three" in texts[3]
    lane = shown(result, "run_tool_lane[lane_1]")
    assert [call["call"] for call in lane["calls"]] == [1, 3, 4]
    assert {"tool", "is_error", "duration_ms", "sandbox", "rule", "text"} <= set(lane["calls"][0])
    assert shown(result, "run_tool_lane[lane_2]")["calls"][0]["call"] == 2
    assert shown(result, "plan_tool_batch")["lanes"] == 2


def test_a_failed_call_fails_the_run_after_all_results_are_shown(workspace):
    calls = [read("nowhere"), read("b")]
    result = run(jobs.tool_batch(), workspace=workspace, calls=calls)
    assert not result.success
    assert failure(result).startswith("1 of 2 calls failed, first call 1 (Read): ")
    told = shown(result, "collect_tool_results")
    assert [call["is_error"] for call in told["results"]] == [True, False]
    tolerant = run(jobs.tool_batch(), workspace=workspace, calls=calls, fail_on_error=False)
    assert tolerant.success
    assert tolerant.output_value()["errors"] == 1


def test_an_atomic_batch_runs_in_one_op_and_undoes_itself(workspace, tmp_path):
    calls = [read("a"), edit("a", "one", "three"), read("nowhere")]
    result = run(jobs.tool_batch(), workspace=workspace, calls=calls, atomic=True)
    assert not result.success
    assert (tmp_path / "work" / "a").read_text(encoding="utf-8") == "one"
    assert shown(result, "run_tool_lane[lane_1]")["errors"] >= 1


def test_a_job_of_a_family_names_the_job_that_takes_a_foreign_call(workspace):
    result = run(jobs.of_family("search"), workspace=workspace, calls=[{"name": "Glob", "input": {}}, read("a")])
    assert failure(result) == (
        "call 2: Read is no call of search_operations. Use the job file_operations or tool_batch."
    )


def test_rules_and_actor_of_the_config_hold(workspace):
    calls = [edit("a", "one", "three")]
    denied = run(jobs.tool_batch(), workspace=workspace, calls=calls, policy={"deny": ["Edit"]})
    assert not denied.success
    assert shown(denied, "run_tool_lane[lane_1]")["calls"][0]["code"] == "permission_denied"
    asked = run(jobs.tool_batch(), workspace=workspace, calls=calls, actor="agent:one", fail_on_error=False)
    assert asked.output_value()["results"][0]["code"] == "approval_needed"


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"calls": [{"input": {}}]}, "call 1: has no name"),
        ({"path": "nowhere.json"}, "nowhere.json: there is no such file"),
        ({"path": "nowhere.json", "calls": [read("a")]}, "give `calls` or `path`"),
        ({"calls": [read("a")], "workspace": "/nowhere"}, "/nowhere: cannot be used"),
        ({"calls": [read("a")], "policy": {"alow": ["Read"]}}, "alow"),
    ],
)
def test_what_cannot_be_begun_is_one_sentence(workspace, config, said):
    result = run(jobs.tool_batch(), **{"workspace": workspace, **config})
    assert said in failure(result)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("calls.json", json.dumps([read("a"), read("b")])),
        ("calls.json", json.dumps({"calls": [read("a"), read("b")]})),
        ("calls.yaml", yaml.safe_dump([read("a"), read("b")])),
        ("calls.jsonl", f"{json.dumps(read('a'))}\n\n{json.dumps(read('b'))}\n"),
    ],
)
def test_calls_come_from_a_file(workspace, tmp_path, name, content):
    (tmp_path / name).write_text(content, encoding="utf-8")
    result = run(jobs.tool_batch(), workspace=workspace, path=str(tmp_path / name))
    assert result.output_value()["calls"] == 2


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("calls.json", b"{", "is neither JSON nor YAML"),
        ("calls.json", b"3", "holds no list of calls"),
        ("calls.jsonl", b"{}\n{", "line 2: is no JSON"),
        ("calls.yaml", b"\xff", "is not UTF-8 text"),
        ("calls.yaml", b"- {name: Read, inptu: {}}", "inptu"),
    ],
)
def test_a_file_that_holds_no_calls_is_refused(workspace, tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    assert said in failure(run(jobs.tool_batch(), workspace=workspace, path=str(tmp_path / name)))


def test_a_file_without_calls_is_an_empty_success(workspace, tmp_path):
    (tmp_path / "none.jsonl").write_text("", encoding="utf-8")
    result = run(jobs.tool_batch(), workspace=workspace, path=str(tmp_path / "none.jsonl"))
    assert result.output_value() == {"results": [], "calls": 0, "errors": 0}


@pytest.mark.parametrize("name", [None, *JOBS], ids=str)
def test_a_launch_as_the_launchpad_proposes_it_says_what_is_missing(workspace, name):
    result = run(jobs.tool_batch() if name is None else jobs.of_family(name))
    assert failure(result).startswith("plan_tool_batch: there is no call to make. Write `calls`")


def test_how_long_a_call_took_is_a_number(workspace):
    result = run(jobs.tool_batch(), workspace=workspace, calls=[read("a")])
    (told,) = shown(result, "collect_tool_results")["results"]
    assert isinstance(told["duration_ms"], float)


def test_a_secret_in_a_file_is_shown_nowhere(workspace, tmp_path, dagster_home):
    redaction.register("hunter2-marked")
    (tmp_path / "work" / "a").write_text("the word is hunter2-marked", encoding="utf-8")
    result = run(jobs.tool_batch(), workspace=workspace, calls=[read("a")])
    assert "hunter2-marked" not in str(result.output_value())
    for path in dagster_home.rglob("*"):
        assert not path.is_file() or b"hunter2-marked" not in path.read_bytes()


def test_every_job_is_there(data_dir):
    assert {job.name for job in definitions().jobs or []} == {"tool_batch", *JOBS.values()}


def test_a_secret_typed_into_a_call_is_in_the_run_config_alone(workspace, dagster_home):
    """Dagster keeps run config as it is given, which docs say; events, logs and results must not repeat it."""
    redaction.register("hunter3-marked")
    calls = [
        {"name": "Grep", "input": {"pattern": "hunter3-marked", "path": "nowhere"}},
        {"name": "Write", "input": {"file_path": "new", "content": "Authorization: Bearer abcdefghijklmnop1234"}},
        {"name": "Read", "input": {"file_path": "hunter3-marked"}},
        {"name": "Bash", "input": {"command": "echo hunter3-marked; exit 3"}},
    ]
    result = run(jobs.tool_batch(), workspace=workspace, calls=calls, fail_on_error=False)
    told = "".join(str(event) for event in result.all_events)
    with DagsterInstance.get() as instance:
        told += "".join(
            entry.event_log_entry.to_json() for entry in instance.get_records_for_run(result.run_id).records
        )
    assert "hunter3-marked" not in told + str(result.output_value())
    assert "abcdefghijklmnop1234" not in told  # unregistered, known by its form; what was written stands in the value


JOB_NAMES = ["tool_batch", *JOBS.values()]


@pytest.mark.parametrize("job", JOB_NAMES)
def test_the_examples_run(data_dir, monkeypatch, tmp_path, job):
    if job == "system_operations" and not _sandboxed():
        pytest.skip("there is no sandbox here (bubblewrap or landlock), and commands do not run without")
    shutil.copytree(ROOT / "examples" / "tools", tmp_path / "examples" / "tools")
    monkeypatch.chdir(tmp_path)
    config = yaml.safe_load(Path(f"examples/tools/{job}.yaml").read_text(encoding="utf-8"))
    (found,) = [each for each in jobs.all_jobs() if each.name == job]
    result = run(found, **config["ops"]["plan_tool_batch"]["config"])
    assert result.success


def _sandboxed():
    try:
        return choose(settings.load()).name != "rlimits"
    except NotConfigured:
        return False
