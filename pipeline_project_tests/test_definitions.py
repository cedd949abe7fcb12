"""Dagster's door: the location loads, a broken file leaves the others, jobs run by Dagster's own command line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from dagster import DagsterInstance, build_sensor_context

from pipeline_project import settings
from pipeline_project.persistence import engine
from pipeline_project.workflows import defs, executions, inspection, launch, waits

ROOT = Path(__file__).resolve().parents[1]
DAGSTER = Path(sys.executable).parent / "dagster"

ASK = """
id: asking
steps:
  ask: {{type: approval_required, config: {{message: "{message}"}}, next_steps: [after]}}
  after: {{type: task_creation, config: {{title: after}}}}
"""


@pytest.fixture
def folder(data_dir, tmp_path, monkeypatch):
    folder = tmp_path / "workflows"
    folder.mkdir()
    monkeypatch.setenv("PIPELINE_WORKFLOWS_DIR", str(folder))
    settings.load.cache_clear()
    return folder


def dagster(*arguments, cwd=None):
    return subprocess.run([str(DAGSTER), *arguments], capture_output=True, text=True, env=dict(os.environ), cwd=cwd)


def jobs(found):
    return {job.name for job in found.jobs or []}


def test_the_workspace_validates(data_dir):
    result = dagster("definitions", "validate", "-w", str(ROOT / "workspace.yaml"), cwd=ROOT)
    assert result.returncode == 0, result.stderr


def test_the_jobs_of_messages_and_workflows_stand_in_one_location(data_dir):
    from pipeline_project.definitions import defs as merged

    names = {job.name for job in merged.resolve_all_job_defs()}
    assert {"invoice_processing", "message", "message_batch", "decide_approval"} <= names


def test_every_template_is_a_job_and_a_broken_file_leaves_them(folder):
    (folder / "broken.yaml").write_text("id: [")
    (folder / "asking.yaml").write_text(ASK.format(message="ok?"))
    found = defs.definitions()
    assert {"asking", "invoice_processing", "decide_approval", "check_workflows"} <= jobs(found)


def test_the_broken_file_fails_its_asset_check(folder):
    (folder / "broken.yaml").write_text("id: [")
    with DagsterInstance.get() as instance:
        result = defs.definitions().resolve_job_def("check_workflows").execute_in_process(instance=instance)
    (check,) = result.get_asset_check_evaluations()
    assert check.passed is False
    assert "broken.yaml" in (check.description or "")


def test_a_changed_file_is_checked_once(folder):
    (folder / "asking.yaml").write_text(ASK.format(message="ok?"))
    sensor = next(sensor for sensor in defs.definitions().sensors if sensor.name == "workflow_files_sensor")
    with DagsterInstance.get() as instance:
        first = sensor.evaluate_tick(build_sensor_context(instance=instance))
        again = sensor.evaluate_tick(build_sensor_context(instance=instance, cursor=first.cursor))
        (folder / "asking.yaml").write_text("id: [")
        changed = sensor.evaluate_tick(build_sensor_context(instance=instance, cursor=first.cursor))
    assert len(first.run_requests) == 1
    assert (list(again.run_requests), again.skip_message) == ([], "no workflow file has changed")
    assert len(changed.run_requests) == 1


def test_an_older_version_that_is_still_needed_keeps_a_job_of_its_own(folder):
    (folder / "asking.yaml").write_text(ASK.format(message="old?"))
    launched = launch.execute_workflow("asking", {})
    (folder / "asking.yaml").write_text(ASK.format(message="new?"))
    assert {"asking", "asking__v1"} <= jobs(defs.definitions())
    launch.cancel_execution(launched.execution_id)
    assert "asking__v1" not in jobs(defs.definitions())


def sensor_requests(found, instance):
    sensor = next(sensor for sensor in found.sensors if sensor.name == "resume_sensor")
    result = sensor.evaluate_tick(build_sensor_context(instance=instance))
    return list(result.run_requests), result.skip_message


def test_the_sensor_asks_for_one_run_of_the_right_version_and_says_why_it_skips(folder):
    (folder / "asking.yaml").write_text(ASK.format(message="old?"))
    launched = launch.execute_workflow("asking", {})
    (folder / "asking.yaml").write_text(ASK.format(message="new?"))
    found = defs.definitions()
    with DagsterInstance.get() as instance:
        requests, why = sensor_requests(found, instance)
        assert (requests, why) == ([], "no decided approval waits to be consumed")
        with engine.default().write() as connection:
            question = waits.of_step(connection, launched.execution_id, "ask")
            waits.decide(connection, question.id, "approve", actor="user:boss", via="ui", comment="")
        (request,), _ = sensor_requests(found, instance)
        assert request.job_name == "asking__v1"
        assert request.run_key == f"{launched.execution_id}:{question.id}:1"
        result = found.resolve_job_def("asking__v1").execute_in_process(
            run_config=request.run_config, tags=request.tags, instance=instance
        )
        assert result.success
        assert sensor_requests(found, instance)[0] == []
    assert inspection.status(engine.default(), launched.execution_id) == "completed"


def test_a_decision_in_the_ui_is_recorded_by_the_job_with_who_and_how(folder):
    (folder / "asking.yaml").write_text(ASK.format(message="ok?"))
    launched = launch.execute_workflow("asking", {}, user_id="somebody")
    with engine.default().read() as connection:
        question = waits.of_step(connection, launched.execution_id, "ask")
    config = {
        "ops": {"record_decision": {"config": {"approval_id": question.id, "decision": "reject", "comment": "no"}}}
    }
    with DagsterInstance.get() as instance:
        job = defs.definitions().resolve_job_def("decide_approval")
        assert job.execute_in_process(run_config=config, instance=instance).success
        wrong = {"ops": {"record_decision": {"config": {"approval_id": question.id, "decision": "maybe"}}}}
        assert not job.execute_in_process(run_config=wrong, instance=instance, raise_on_error=False).success
    with engine.default().read() as connection:
        decided = waits.find(connection, question.id)
    assert (decided.decision, decided.decided_by, decided.via, decided.comment) == ("reject", "user:tester", "ui", "no")


def test_dagsters_own_command_line_runs_the_job_and_the_run_is_kept(data_dir, tmp_path):
    config = tmp_path / "run.yaml"
    invoice = ROOT / "examples" / "invoices" / "office-supplies.xml"
    config.write_text(f"ops: {{start: {{config: {{path: {invoice}}}}}}}")
    command = ("job", "execute", "-m", "pipeline_project.definitions", "-j", "invoice_processing", "-c", str(config))
    result = dagster(*command, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    with engine.default().read() as connection:
        (execution,) = executions.listed(connection)
    assert inspection.status(engine.default(), execution.id) == "waiting_approval"
    with DagsterInstance.get() as instance:
        run = instance.get_run_by_id(execution.last_run_id)
    assert run is not None
    assert run.is_success


def test_the_launchpad_knows_the_fields_of_the_input(data_dir):
    job = defs.definitions().resolve_job_def("invoice_processing")
    fields = job.get_node_named("start").definition.config_schema.as_field().config_type.fields
    assert fields["path"].is_required
    assert not fields["order"].is_required
    assert "relative to where Dagster runs" in (fields["path"].description or "")
