"""A crash in the middle of a side effect that cannot be repeated safely: a person is asked, nothing is sent twice."""

import pytest

from pipeline_project import settings
from pipeline_project.persistence import engine
from pipeline_project.workflows import executions, launch, waits
from pipeline_project_tests.servers.slack import TOKEN, SlackServer
from pipeline_project_tests.workflows import crash

POST = """
steps:
  post: {type: slack_notification, config: {channel: "#general", message: hello}, next_steps: [after]}
  after: {type: task_creation, config: {title: after}}
"""


@pytest.fixture
def slack(bench, monkeypatch):
    with SlackServer() as server:
        monkeypatch.setenv("PIPELINE_SLACK_MODE", "api")
        monkeypatch.setenv("PIPELINE_SLACK_BASE_URL", server.base_url)
        monkeypatch.setenv("PIPELINE_SECRET_SLACK_BOT_TOKEN", TOKEN)
        settings.load.cache_clear()
        yield server


def die_after_posting(workflow_id):
    from pipeline_project.integrations.slack.api import SlackApi

    real = SlackApi.post

    async def post(self, message, *, idempotency_key):
        await real(self, message, idempotency_key=idempotency_key)
        crash.die()

    SlackApi.post = post
    launch.execute_workflow(workflow_id, {})


@pytest.fixture
def cut_off(bench, slack):
    """An execution whose message was posted, by a process that was killed before it could say so."""
    bench.write("posting", POST)
    assert crash.in_process(die_after_posting, "posting") == -9
    with engine.default().read() as connection:
        (execution,) = executions.listed(connection)
    assert len(slack.posted) == 1
    return execution.id


def question_of(execution_id):
    with engine.default().read() as connection:
        return waits.of_step(connection, execution_id, "post")


def answer(execution_id, choice):
    with engine.default().write() as connection:
        waits.decide(connection, question_of(execution_id).id, choice, actor="user:tester", via="cli", comment="")


def test_the_step_waits_for_a_person_and_sends_nothing(bench, slack, cut_off):
    resumed = launch.resume_workflow(cut_off)
    assert resumed.status == "waiting_approval"
    assert "it is not known whether the side effect happened" in question_of(cut_off).message
    assert len(slack.posted) == 1
    assert "after" not in bench.attempts(cut_off)


def test_approved_it_is_sent_once_more_and_goes_on(bench, slack, cut_off):
    launch.resume_workflow(cut_off)
    answer(cut_off, "approve")
    assert launch.resume_workflow(cut_off).status == "completed"
    assert len(slack.posted) == 2


def test_rejected_the_step_fails_and_sends_nothing(bench, slack, cut_off):
    launch.resume_workflow(cut_off)
    answer(cut_off, "reject")
    assert launch.resume_workflow(cut_off).status == "failed"
    assert len(slack.posted) == 1


@pytest.mark.parametrize(("setting", "status", "posts"), [("retry", "completed", 2), ("fail", "failed", 1)])
def test_the_setting_can_decide_instead(bench, slack, cut_off, monkeypatch, setting, status, posts):
    monkeypatch.setenv("PIPELINE_UNKNOWN_OUTCOME", setting)
    settings.load.cache_clear()
    assert launch.resume_workflow(cut_off).status == status
    assert len(slack.posted) == posts
