"""What every way of sending mail promises, run on each: SMTP in clear text, STARTTLS and TLS, and the outbox."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from pipeline_project.errors import InvalidInput
from pipeline_project.integrations.email import Mailer, MailMessage, MailReceipt
from pipeline_project.integrations.factory import EmailConnection
from pipeline_project.integrations.outbox import Outbox
from pipeline_project_tests.servers.smtp import Certificate, MailServer

MESSAGE = MailMessage(
    to=("Ädä <ada@example.com>",),
    cc=("bob@x.test",),
    bcc=("eve@x.test",),
    subject="Rechnung 日本 🎉",
    body="**Grüße**\n.\n\nZeile",
    reply_to="desk@example.com",
)


@dataclass(frozen=True)
class Way:
    """A way of sending, and the mails and envelopes that arrived through it."""

    connection: EmailConnection
    arrived: Callable[[], list[tuple[EmailMessage, list[str]]]]
    delivers: bool

    def use(self, work: Callable[[Mailer], Awaitable[Any]]) -> Any:
        async def run():
            async with self.connection.open() as mailer:
                return await work(mailer)

        return asyncio.run(run())

    def send(self, message: MailMessage = MESSAGE, key: str = "run/mail/") -> MailReceipt:
        return self.use(lambda mailer: mailer.send(message, idempotency_key=key))


def connection(tmp_path: Path, mode, security="none", port=25, user="") -> EmailConnection:
    folder = str(tmp_path / "outbox")
    return EmailConnection(mode, "Finance <finance@example.com>", "localhost", port, security, user, folder)


def in_outbox(tmp_path: Path):
    for entry in Outbox(tmp_path / "outbox").list("email"):
        (eml,) = [preview for preview in entry.previews if preview.suffix == ".eml"]
        content = entry.content
        yield message_from_bytes(eml.read_bytes(), policy=default), [*content["to"], *content["cc"], *content["bcc"]]


@pytest.fixture(params=["none", "starttls", "tls", "outbox"])
def way(request, tmp_path, monkeypatch):
    if request.param == "outbox":
        yield Way(connection(tmp_path, "outbox"), lambda: list(in_outbox(tmp_path)), False)
        return
    certificate = Certificate.create(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    monkeypatch.setenv("PIPELINE_SECRET_SMTP_PASSWORD", "a mail password")
    with MailServer(
        certificate=None if request.param == "none" else certificate,
        tls=request.param == "tls",
        user="finance",
        password="a mail password",
    ) as server:
        yield Way(
            connection(tmp_path, "smtp", request.param, server.port, "finance"),
            lambda: [(taken.mail, list(taken.recipients)) for taken in server.taken],
            True,
        )
        assert {taken.login for taken in server.taken} <= {b"finance", "finance"}
        assert {taken.encrypted for taken in server.taken} <= {request.param != "none"}


def test_a_receipt_says_what_happened(way):
    receipt = way.send()
    assert receipt.message_id.endswith("@example.com>")
    assert receipt.delivered is way.delivers
    if way.delivers:
        assert receipt.path is None
    else:
        assert json.loads(receipt.path.read_text())["delivered"] is False


def test_what_arrives_is_what_was_written(way):
    receipt = way.send()
    ((mail, recipients),) = way.arrived()
    assert mail["Message-ID"] == receipt.message_id
    assert mail["From"] == "Finance <finance@example.com>"
    assert mail["To"] == "Ädä <ada@example.com>"
    assert mail["Cc"] == "bob@x.test"
    assert mail["Bcc"] is None
    assert mail["Reply-To"] == "desk@example.com"
    assert mail["Subject"] == "Rechnung 日本 🎉"
    plain, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert page is not None
    assert plain.get_content().split() == MESSAGE.body.split()
    assert "<strong>Grüße</strong>" in page.get_content()
    assert [recipient.rpartition("<")[2].rstrip(">") for recipient in recipients] == [
        "ada@example.com",
        "bob@x.test",
        "eve@x.test",
    ]


def test_sending_again_under_one_key_does_no_harm_exactly_where_it_says_so(way):
    receipts = [way.send(), way.send()]
    repeatable = way.use(lambda mailer: asyncio.sleep(0, mailer.repeatable))
    assert repeatable is (len(way.arrived()) == 1)
    assert len({receipt.message_id for receipt in receipts}) == 1, "a mail sent twice can be told"


def test_another_key_is_another_mail(way):
    receipts = [way.send(key="run/mail/0"), way.send(key="run/mail/1")]
    assert len(way.arrived()) == 2
    assert receipts[0].message_id != receipts[1].message_id


def test_a_bad_address_is_refused_before_anything_happens(way):
    with pytest.raises(InvalidInput):
        way.send(MailMessage(to=("not an address",), subject="Hi", body="text"))
    assert way.arrived() == []


def test_letters_beyond_ascii_before_the_at_sign_arrive(way):
    way.send(MailMessage(to=("用户@例え.jp",), subject="Hi", body="text"))
    ((_, recipients),) = way.arrived()
    assert recipients[0].startswith("用户@")


def test_a_check_says_in_a_sentence_where_mail_goes(way):
    sentence = way.use(lambda mailer: mailer.check())
    assert ("nothing is delivered" in sentence) is not way.delivers
    assert way.arrived() == []
