"""Proves what the email_send step sends, what it returns, and how it guards the sending."""

import asyncio
from contextlib import asynccontextmanager

import pytest
import structlog
from pydantic import ValidationError

from pipeline_project.errors import InvalidInput, ServiceUnavailable
from pipeline_project.integrations.email import OutboxMailer, SmtpMailer, SmtpServer
from pipeline_project.integrations.outbox import Outbox
from pipeline_project.persistence.engine import Database
from pipeline_project.workflows.steps.base import StepContext
from pipeline_project.workflows.steps.email_send import EmailSend
from pipeline_project_tests.servers.smtp import HANG_UP, MailServer

CONFIG = {"to": "Ada <ada@example.com>", "cc": ["bob@x.test"], "subject": "Invoice 7", "body": "**Paid**, thanks"}


@pytest.fixture
def run(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'pipeline.db'}")
    entered = []

    @asynccontextmanager
    async def effect(*, repeatable, name=""):
        entered.append(repeatable)
        yield f"run/mail/{name}"

    def run(mailer, **changes):
        context = StepContext(
            execution_id="run",
            workflow_id="w",
            step_id="mail",
            attempt=1,
            idempotency_key="run/mail/",
            requested_by="user:ada",
            log=structlog.get_logger(),
            database=database,
            effect=effect,
            clients={"email": mailer},
        )
        return asyncio.run(EmailSend().execute(EmailSend.config.model_validate({**CONFIG, **changes}), context))

    run.entered = entered
    yield run
    database.dispose()


def test_a_mail_to_the_outbox_says_that_it_was_not_delivered_and_where_it_is(run, tmp_path):
    result = run(OutboxMailer(Outbox(tmp_path / "outbox")))
    (entry,) = Outbox(tmp_path / "outbox").list()
    assert result.delivered is False
    assert result.path == str(entry.path)
    assert entry.idempotency_key == "run/mail/"
    assert entry.content["to"] == ["Ada <ada@example.com>"]
    assert run.entered == [True], "the outbox may be written again"
    assert EmailSend.summarize(result.model_dump()) == "not delivered, written to the outbox"


def test_a_mail_over_smtp_is_delivered_once_and_guarded(run):
    with MailServer() as server:
        result = run(SmtpMailer(SmtpServer(server.host, server.port, "none"), sender="fin@example.com"))
        (taken,) = server.taken
    assert result.delivered is True
    assert result.path is None
    assert taken.mail["Message-ID"] == result.message_id
    assert taken.recipients == ("ada@example.com", "bob@x.test")
    assert run.entered == [False], "a second mail would be a second mail"
    assert EmailSend.summarize(result.model_dump()) == "sent"


def test_a_lost_confirmation_reaches_the_guard_as_unknown(run):
    with MailServer() as server:
        server.replies["END"] = HANG_UP
        with pytest.raises(ServiceUnavailable) as caught:
            run(SmtpMailer(SmtpServer(server.host, server.port, "none"), sender="fin@example.com"))
    assert caught.value.outcome_unknown


@pytest.mark.parametrize(
    "changes", [{"to": "nobody"}, {"subject": "a\nBcc: eve@x.test"}, {"bcc": ["x@"]}, {"body": " "}]
)
def test_what_cannot_be_mailed_is_refused_before_the_effect_begins(run, tmp_path, changes):
    with pytest.raises(InvalidInput):
        run(OutboxMailer(Outbox(tmp_path / "outbox")), **changes)
    assert run.entered == []


@pytest.mark.parametrize(
    "changes", [{"to": []}, {"subject": ""}, {"body": ""}, {"attachments": []}, {"template": "x"}, {"to": [1]}]
)
def test_a_config_of_another_shape_is_refused(changes):
    with pytest.raises(ValidationError):
        EmailSend.config.model_validate({**CONFIG, **changes})
