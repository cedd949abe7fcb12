"""What happens when a step goes wrong: retries, timeouts, on_error, branches that collect, and permanent errors."""

import socket

import pytest
from dagster import DagsterInstance

from pipeline_project import settings
from pipeline_project.workflows import launch

MAIL = """
  send:
    type: email_send
    config: {to: [ann@example.com], subject: s, body: b}
    retry_policy: {max_retries: 2, initial_delay_seconds: 0.01, jitter: false}
"""


@pytest.fixture
def no_mail_server(monkeypatch):
    """SMTP is configured, and nobody listens there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    mail = {"EMAIL_MODE": "smtp", "EMAIL_FROM": "me@example.com"}
    server = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(port), "SMTP_SECURITY": "none"}
    for name, value in {**mail, **server}.items():
        monkeypatch.setenv(f"PIPELINE_{name}", value)
    settings.load.cache_clear()


def events(launched, kind):
    with DagsterInstance.get() as instance:
        logs = instance.all_logs(launched.run_id)
    return [log for log in logs if log.dagster_event and log.dagster_event.event_type_value == kind]


def test_a_transient_error_is_retried_by_dagster_and_each_attempt_is_journaled(bench, no_mail_server):
    launched = bench.run("mail", f"steps:{MAIL}")
    assert launched.status == "failed"
    assert bench.attempts(launched)["send"] == ["failed"] * 3
    assert len(events(launched, "STEP_UP_FOR_RETRY")) == 2
    assert bench.context(launched).error["class"] == "ServiceUnavailable"


def test_a_permanent_error_is_tried_once_and_marked_so_for_run_retries(bench):
    launched = bench.run("read", "steps:\n  read: {type: invoice_processing, config: {path: nowhere.xml}}\n")
    assert launched.status == "failed"
    assert bench.attempts(launched)["read"] == ["failed"]
    assert events(launched, "STEP_UP_FOR_RETRY") == []
    with DagsterInstance.get() as instance:
        assert instance.get_run_by_id(launched.run_id).tags["dagster/max_retries"] == "0"


def test_a_missing_smtp_host_names_the_variable_to_set(bench, monkeypatch):
    monkeypatch.setenv("PIPELINE_EMAIL_MODE", "smtp")
    settings.load.cache_clear()
    launched = bench.run("mail", f"steps:{MAIL}")
    assert launched.status == "failed"
    assert "PIPELINE_SMTP_HOST" in bench.context(launched).error["message"]


def test_a_step_that_takes_too_long_fails_with_its_limit(bench):
    launched = bench.run(
        "slow",
        "steps:\n  wait: {type: delay, config: {seconds: 20}, timeout_seconds: 0.05, retry_policy: {max_retries: 0}}\n",
    )
    assert launched.status == "failed"
    assert bench.context(launched).error["message"].startswith("steps.wait: took longer than 0.05 s")


def test_what_hangs_on_a_failed_step_does_not_run_and_an_independent_branch_does(bench):
    launched = bench.run(
        "branches",
        """
steps:
  both: {type: parallel_execution, config: {steps: [bad, good]}, next_steps: [after]}
  bad: {type: invoice_processing, config: {path: nowhere.xml}}
  good: {type: task_creation, config: {title: good}}
  after: {type: task_creation, config: {title: after}}
""",
    )
    assert launched.status == "failed"
    assert bench.attempts(launched)["good"] == ["success"]
    assert "after" not in bench.attempts(launched)


def test_on_error_continue_goes_on_with_a_failed_value_and_ends_partial(bench):
    launched = bench.run(
        "going",
        """
steps:
  bad: {type: invoice_processing, config: {path: nowhere.xml}, on_error: continue, next_steps: [after]}
  after: {type: task_creation, config: {title: "${bad.status}: ${bad.error.code}"}}
output: {title: "${after.task.title}"}
""",
    )
    assert launched.status == "partial"
    assert bench.context(launched).snapshot_data["output"] == {"title": "failed: not_found"}


def test_on_error_goto_takes_the_error_branch_and_skips_the_other(bench):
    launched = bench.run(
        "leading",
        """
steps:
  bad: {type: invoice_processing, config: {path: nowhere.xml}, on_error: "goto:rescue", next_steps: [after]}
  after: {type: task_creation, config: {title: after}}
  rescue: {type: task_creation, config: {title: rescue}}
""",
    )
    assert launched.status == "partial"
    assert bench.attempts(launched)["rescue"] == ["success"]
    assert bench.attempts(launched)["after"] == ["skipped"]


def test_on_error_goto_is_skipped_when_nothing_goes_wrong(bench):
    launched = bench.run(
        "calm",
        """
steps:
  fine: {type: task_creation, config: {title: fine}, on_error: "goto:rescue", next_steps: [after]}
  after: {type: task_creation, config: {title: after}}
  rescue: {type: task_creation, config: {title: rescue}}
""",
    )
    assert launched.status == "completed"
    assert bench.attempts(launched)["rescue"] == ["skipped"]


def test_a_parallel_step_can_collect_failed_branches(bench):
    launched = bench.run(
        "collecting",
        """
steps:
  both:
    type: parallel_execution
    config: {steps: [bad, good], on_branch_error: collect}
    next_steps: [after]
  bad: {type: invoice_processing, config: {path: nowhere.xml}, next_steps: [below]}
  below: {type: task_creation, config: {title: below}}
  good: {type: task_creation, config: {title: good}}
  after: {type: task_creation, config: {title: "${both.branches.bad.status} ${both.branches.good.status}"}}
output: {title: "${after.task.title}"}
""",
    )
    assert launched.status == "partial"
    assert bench.attempts(launched)["below"] == ["skipped"]
    assert bench.context(launched).snapshot_data["output"] == {"title": "failed success"}


def test_a_failed_execution_resumes_where_it_failed(bench, tmp_path):
    launched = bench.run(
        "resuming",
        """
steps:
  first: {type: task_creation, config: {title: first}, next_steps: [read]}
  read: {type: invoice_processing, config: {path: later.txt}, next_steps: [last]}
  last: {type: task_creation, config: {title: last}}
""",
    )
    assert launched.status == "failed"
    (tmp_path / "later.txt").write_text("Invoice number 4711\nTotal 10.00 EUR\n")
    assert bench.resume(launched).status == "completed"
    assert bench.attempts(launched) == {
        "start": ["success"],
        "first": ["success"],
        "read": ["failed", "success"],
        "last": ["success"],
        "finish": ["success"],
    }


def test_no_condition_that_holds_and_no_else_is_an_error_unless_it_may_end(bench):
    text = """
steps:
  route: {type: conditional_logic, config: {conditions: [{if: "1 > 2", then: [after]}]%s}}
  after: {type: task_creation, config: {title: after}}
"""
    assert bench.run("strict", text % "").status == "failed"
    assert bench.run("easy", text % ", otherwise: end").status == "completed"


def test_a_false_condition_skips_the_step_and_what_hangs_only_on_it(bench):
    launched = bench.run(
        "conditions",
        """
steps:
  maybe: {type: task_creation, condition: "input.go", config: {title: maybe}, next_steps: [after]}
  after: {type: task_creation, config: {title: after}}
input_schema: {type: object, properties: {go: {type: boolean}}}
""",
        go=False,
    )
    assert launched.status == "completed"
    assert bench.attempts(launched)["maybe"] == ["skipped"]
    assert bench.attempts(launched)["after"] == ["skipped"]


def test_running_a_step_anew_makes_what_lies_below_it_run_anew(bench):
    launched = bench.run(
        "anew",
        """
steps:
  one: {type: task_creation, config: {title: one}, next_steps: [two]}
  two: {type: task_creation, config: {title: two}, next_steps: [three]}
  three: {type: task_creation, config: {title: three}}
""",
    )
    again = launch.resume_workflow(launched.execution_id, "two")
    assert again.status == "completed"
    assert bench.attempts(again)["one"] == ["success"]
    assert bench.attempts(again)["two"] == ["success", "success"]
    assert bench.attempts(again)["three"] == ["success", "success"]
