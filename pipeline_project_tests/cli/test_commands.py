"""The command line as a person uses it: what it prints, how it fails, what it exits with."""

import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from pipeline_project import settings
from pipeline_project.cli import app
from pipeline_project.errors import PipelineError

FLOW = """
id: flow
input_schema:
  type: object
  required: [amount]
  properties: {amount: {type: number, minimum: 0}}
steps:
  note: {type: task_creation, config: {title: "amount ${input.amount}"}, next_steps: [ask]}
  ask: {type: approval_required, config: {message: "Pay ${input.amount}?", allow_requester: true}, next_steps: [tell]}
  tell: {type: slack_notification, config: {channel: "#c", message: paid}}
"""


@pytest.fixture
def run(data_dir, tmp_path, monkeypatch):
    """Runs a command in this process: (exit code, what it printed), with errors as `main` treats them."""
    folder = tmp_path / "workflows"
    folder.mkdir()
    (folder / "flow.yaml").write_text(FLOW)
    monkeypatch.setenv("PIPELINE_WORKFLOWS_DIR", str(folder))
    settings.load.cache_clear()

    def command(*arguments):
        result = CliRunner().invoke(app, list(arguments))
        if isinstance(result.exception, PipelineError):
            return 2, str(result.exception)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output

    return command


def test_a_run_tells_its_story_and_the_next_command(run):
    code, text = run("workflow", "run", "flow", "--set", "amount=12.50")
    assert code == 0
    assert "✓ note" in text
    assert "Pay 12.5" in text
    assert "Waiting for a person." in text
    assert "approval approve" in text


def test_an_approval_goes_on_in_the_same_process(run):
    run("workflow", "run", "flow", "--set", "amount=5")
    (question,) = json.loads(run("approval", "list", "--json")[1])
    code, text = run("approval", "approve", question["id"], "-m", "fine")
    assert code == 0
    assert "approved by user:tester (fine)" in text
    assert "Completed." in text
    assert "outbox/slack/" in text


def test_an_approval_can_be_recorded_only_and_resumed_later(run):
    execution = json.loads(run("workflow", "run", "flow", "--set", "amount=5", "--json")[1])["execution_id"]
    (question,) = json.loads(run("approval", "list", "--json")[1])
    code, text = run("approval", "reject", question["id"][:6], "--no-resume")
    assert (code, "Recorded only" in text) == (0, True)
    assert json.loads(run("execution", "list", "--json")[1])[0]["status"] == "pending"
    code, text = run("execution", "resume", execution[:8])
    assert (code, "rejected by user:tester" in text) == (0, True)


def test_the_outbox_lists_what_was_not_delivered(run):
    run("workflow", "run", "flow", "--set", "amount=5")
    (question,) = json.loads(run("approval", "list", "--json")[1])
    run("approval", "approve", question["id"])
    (entry,) = json.loads(run("outbox", "list", "--json")[1])
    assert entry["integration"] == "slack"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("workflow", "run", "nope"), "there is no workflow 'nope'. Known workflows: flow"),
        (("workflow", "run", "flow"), "'amount' is a required property"),
        (("workflow", "run", "flow", "-s", "amount=-1"), "input.amount: -1 is less than the minimum of 0"),
        (("workflow", "run", "flow", "-s", "amount=5", "-s", "amuont=6"), "'amuont' was unexpected"),
        (("workflow", "run", "flow", "-s", "amount=lots"), "input.amount: 'lots' is not of type 'number'"),
        (("workflow", "run", "flow", "-s", "amount"), "'amount' is not name=value"),
        (("workflow", "run", "flow", "--input", "gone.yaml"), "gone.yaml: cannot be read: No such file"),
        (("workflow", "run", "flow", "--config", "bad.yaml"), "bad.yaml: has no ops.start.config"),
        (("execution", "show", "abc"), "no execution begins with 'abc'"),
        (("execution", "resume", "abc"), "no execution begins with 'abc'"),
        (("approval", "approve", "abc"), "no approval begins with 'abc'. `approval list` shows what waits."),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_exit_2(run, tmp_path, arguments, says):
    (tmp_path / "bad.yaml").write_text("ops: {}")
    code, text = run(*arguments)
    assert code == 2
    assert says in text


def test_check_prints_every_problem_with_its_path_and_exits_1(run, tmp_path):
    (tmp_path / "bad.yaml").write_text("id: bad\nsteps:\n  a: {type: task_creation, next_steps: [b]}\n")
    code, text = run("workflow", "check", str(tmp_path / "bad.yaml"))
    assert code == 1
    assert "steps.a.config.title: is required" in text
    assert "steps.a.next_steps[0]: there is no step 'b'" in text
    assert run("workflow", "check", str(tmp_path / "workflows"))[0] == 0


def test_a_broken_file_is_named_and_leaves_the_others(run, tmp_path):
    (tmp_path / "workflows" / "broken.yaml").write_text("id: [")
    code, text = run("workflow", "list")
    assert code == 0
    assert "flow" in text
    assert "broken.yaml" in text


def test_the_schema_is_a_json_schema_that_accepts_what_check_accepts(run):
    import yaml
    from jsonschema import Draft202012Validator

    schema = json.loads(run("workflow", "schema")[1])
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    assert list(validator.iter_errors(yaml.safe_load(FLOW))) == []
    wrong = yaml.safe_load(FLOW.replace("title:", "titel:"))
    assert list(validator.iter_errors(wrong))


def test_a_failed_step_fails_the_command_and_names_the_remedy(run, tmp_path):
    (tmp_path / "workflows" / "read.yaml").write_text(
        "id: reader\nsteps:\n  read: {type: invoice_processing, config: {path: gone.xml}}\n"
    )
    code, text = run("workflow", "run", "reader")
    assert code == 1
    assert "gone.xml" in text
    assert "execution resume" in text


def test_doctor_looks_at_everything_and_finds_a_half_configured_service(run, monkeypatch):
    code, text = run("doctor")
    assert code == 0
    for about in ("versions", "store", "workflows", "email", "slack", "Dagster UI"):
        assert about in text
    monkeypatch.setenv("PIPELINE_EMAIL_MODE", "smtp")
    settings.load.cache_clear()
    code, text = run("doctor")
    assert code == 1
    assert "PIPELINE_SMTP_HOST" in text


def test_a_variable_that_no_setting_reads_is_warned_of(run, monkeypatch):
    monkeypatch.setenv("PIPELINE_SLACK_MOD", "api")
    assert "no setting reads PIPELINE_SLACK_MOD; did you mean PIPELINE_SLACK_MODE?" in run("workflow", "list")[1]


def test_a_setting_that_does_not_fit_is_named(run, monkeypatch):
    monkeypatch.setenv("PIPELINE_SLACK_MODE", "pigeon")
    settings.load.cache_clear()
    assert "PIPELINE_SLACK_MODE" in run("workflow", "list")[1]
    monkeypatch.delenv("PIPELINE_SLACK_MODE")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<Invoice", "line 1"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><Invoice>&b;</Invoice>', "DTD|DOCTYPE|entit"),
        (b'<?xml version="1.0" encoding="UTF-8"?><Invoice>\xff</Invoice>', "UTF-8|encod"),
        (b"", "empty"),
        (None, "gone|No such|there is no"),
    ],
)
def test_a_bad_invoice_is_one_sentence_with_place_and_remedy(run, tmp_path, content, says):
    import re

    path = tmp_path / "invoice.xml"
    if content is not None:
        path.write_bytes(content)
    (tmp_path / "workflows" / "reader.yaml").write_text(
        f"id: reader\nsteps:\n  read: {{type: invoice_processing, config: {{path: {path}}}}}\n"
    )
    code, text = run("workflow", "run", "reader")
    assert code == 1
    (line,) = [line for line in text.splitlines() if "✗" in line]
    assert "invoice.xml" in line
    assert re.search(says, line, re.IGNORECASE), line


def test_an_enormous_invoice_is_refused_without_being_read(run, tmp_path):
    path = tmp_path / "huge.xml"
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)  # sparse: takes no room
    (tmp_path / "workflows" / "reader.yaml").write_text(
        f"id: reader\nsteps:\n  read: {{type: invoice_processing, config: {{path: {path}}}}}\n"
    )
    code, text = run("workflow", "run", "reader")
    assert code == 1
    assert "huge.xml" in text
    assert "104,857,600 bytes" in text


def test_the_module_can_be_run_and_reports_an_error_without_a_traceback(data_dir):
    command = [sys.executable, "-m", "pipeline_project", "workflow", "run", "nope"]
    result = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ))
    assert result.returncode == 2
    assert result.stderr.startswith("error: there is no workflow 'nope'")
    assert "Traceback" not in result.stderr
