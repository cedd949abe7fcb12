"""Proves what the slack_notification step posts, what it returns, and how it guards the posting."""

import asyncio
from contextlib import asynccontextmanager

import pytest
import structlog
from pydantic import ValidationError

from pipeline_project.errors import InvalidInput, RequestRejected, ServiceUnavailable
from pipeline_project.integrations.factory import SlackConnection
from pipeline_project.integrations.outbox import Outbox
from pipeline_project.persistence.engine import Database
from pipeline_project.workflows.steps.base import StepContext
from pipeline_project.workflows.steps.slack_notification import SlackNotification
from pipeline_project_tests.servers.slack import TOKEN, Fault, SlackServer

CONFIG = {"channel": "#finance", "message": "Invoice **7** is paid"}


@pytest.fixture
def run(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'pipeline.db'}")
    entered = []

    @asynccontextmanager
    async def effect(*, repeatable, name=""):
        entered.append(repeatable)
        yield f"run/notify/{name}"

    def run(connection, **config):
        async def execute():
            async with connection.open() as slack:
                context = StepContext(
                    execution_id="run",
                    workflow_id="w",
                    step_id="notify",
                    attempt=1,
                    idempotency_key="run/notify/",
                    requested_by="user:ada",
                    log=structlog.get_logger(),
                    database=database,
                    effect=effect,
                    clients={"slack": slack},
                )
                step = SlackNotification()
                return await step.execute(step.config.model_validate({**CONFIG, **config}), context)

        return asyncio.run(execute())

    run.entered = entered
    yield run
    database.dispose()


@pytest.fixture
def outbox(tmp_path):
    return SlackConnection("outbox", "https://slack.com/api/", str(tmp_path / "outbox"))


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("PIPELINE_SECRET_SLACK_BOT_TOKEN", TOKEN)
    with SlackServer() as server:
        yield server


def api(server):
    return SlackConnection("api", server.base_url, "unused")


def test_a_message_to_the_outbox_says_that_it_was_not_delivered_and_where_it_is(run, outbox, tmp_path):
    result = run(outbox, mention="here")
    (entry,) = Outbox(tmp_path / "outbox").list()
    assert result.delivered is False
    assert result.path == str(entry.path)
    assert result.permalink is None
    assert entry.content == {"channel": "#finance", "text": "<!here> Invoice *7* is paid"}
    assert run.entered == [True]
    assert SlackNotification.summarize(result.model_dump()) == "not delivered, written to the outbox"


def test_a_reply_can_name_a_message_that_is_in_the_outbox(run, outbox, tmp_path):
    first = run(outbox)
    run(outbox, thread_ts=first.ts)
    assert Outbox(tmp_path / "outbox").list()[0].content["thread_ts"] == first.ts


def test_a_posted_message_is_delivered_with_its_link_and_guarded(run, server):
    result = run(api(server), blocks=[{"type": "divider"}])
    assert result.model_dump() == {
        "ts": "1503435956.000000",
        "channel": "C0FINANCE",
        "delivered": True,
        "path": None,
        "permalink": "https://acme.slack.com/archives/C0FINANCE/p1503435956000000",
    }
    assert server.posted[0]["blocks"] == [{"type": "divider"}]
    assert run.entered == [False]
    assert SlackNotification.summarize(result.model_dump()) == f"posted to {result.permalink}"


def test_a_posted_message_succeeds_without_its_link(run, server):
    posted = server.answer

    def answer(request):
        return Fault(500) if "getPermalink" in request.path else posted(request)

    server.answer = answer
    result = run(api(server))
    assert result.delivered is True
    assert result.permalink is None
    assert len(server.posted) == 1
    assert SlackNotification.summarize(result.model_dump()) == "posted to C0FINANCE"


def test_slack_s_refusal_fails_the_step_with_its_code(run, server):
    with pytest.raises(RequestRejected, match="channel_not_found"):
        run(api(server), channel="#nowhere")


def test_a_lost_answer_reaches_the_guard_as_unknown(run, server):
    server.faults.append(Fault(reset=True))
    with pytest.raises(ServiceUnavailable) as caught:
        run(api(server))
    assert caught.value.outcome_unknown


@pytest.mark.parametrize("changes", [{"channel": "a b"}, {"mention": "ada"}, {"message": "x" * 40_001}])
def test_what_slack_would_misread_is_refused_before_the_effect_begins(run, outbox, changes):
    with pytest.raises(InvalidInput):
        run(outbox, **changes)
    assert run.entered == []


@pytest.mark.parametrize("changes", [{"message": ""}, {"channel": ""}, {"text": "x"}, {"blocks": ["x"]}])
def test_a_config_of_another_shape_is_refused(changes):
    with pytest.raises(ValidationError):
        SlackNotification.config.model_validate({**CONFIG, **changes})
