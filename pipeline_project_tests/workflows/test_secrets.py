"""Planted secrets are found nowhere: not in the store, Dagster's events and run config, the outbox, logs or output."""

import base64
import logging
from pathlib import Path

from dagster import DagsterInstance

from pipeline_project.workflows import launch

SECRET = "s3cr3t-Zq8vK2-planted"

FLOW = """
input_schema: {type: object, properties: {name: {type: string}}}
steps:
  tell:
    type: slack_notification
    config: {channel: "#c", message: "the key is ${secrets.PLANTED}"}
    next_steps: [note]
  note:
    type: task_creation
    config: {title: "key ${secrets.PLANTED}", description: "${tell.channel}"}
    next_steps: [ask]
  ask:
    type: approval_required
    config: {message: "use ${secrets.PLANTED}?", show: {key: "${secrets.PLANTED}"}}
    next_steps: [fail]
  fail: {type: invoice_processing, config: {path: "/nowhere/${secrets.PLANTED}.xml"}}
"""


def test_a_secret_that_workflows_use_is_written_nowhere(bench, data_dir, dagster_home, monkeypatch, caplog, capfd):
    monkeypatch.setenv("PIPELINE_SECRET_PLANTED", SECRET)
    monkeypatch.setenv("PIPELINE_LOG_LEVEL", "DEBUG")
    caplog.set_level(logging.DEBUG)
    launched = bench.run("leaky", FLOW)
    bench.decide(launched, "ask")
    assert launch.resume_workflow(launched.execution_id).status == "failed"
    forms = [SECRET.encode(), base64.b64encode(SECRET.encode())]
    for folder in (data_dir, dagster_home):
        for path in (item for item in Path(folder).rglob("*") if item.is_file()):
            assert not any(form in path.read_bytes() for form in forms), path
    printed = "".join(capfd.readouterr())
    assert SECRET not in printed + caplog.text
    with DagsterInstance.get() as instance:
        for record in instance.get_run_records(limit=5):
            assert SECRET not in str(record.dagster_run.run_config) + str(record.dagster_run.tags)


def test_a_missing_secret_names_its_variable(bench):
    launched = bench.run("leaky", FLOW)
    assert launched.status == "failed"
    assert "PIPELINE_SECRET_PLANTED" in bench.context(launched).error["message"]
