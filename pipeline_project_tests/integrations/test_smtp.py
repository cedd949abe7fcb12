import asyncio
import socket

import pytest

from pipeline_project.errors import (
    AuthenticationFailed,
    InvalidInput,
    NotConfigured,
    RequestRejected,
    ServiceError,
    ServiceUnavailable,
)
from pipeline_project.integrations.email import MailMessage, SmtpMailer, SmtpServer
from pipeline_project_tests.servers.smtp import HANG_UP, SILENCE, Certificate, MailServer

MESSAGE = MailMessage(to=("ada@example.com", "bob@x.test"), subject="Hi", body="text\n.\n..\n.end")


@pytest.fixture
def server():
    with MailServer() as server:
        yield server


@pytest.fixture
def certificate(tmp_path):
    return Certificate.create(tmp_path)


def send(server, message=MESSAGE, *, security="none", user="", password="", timeout=5, host=None):
    where = SmtpServer(host or server.host, server.port, security, user, password, timeout)
    mailer = SmtpMailer(where, sender="Finance <finance@example.com>")
    return asyncio.run(mailer.send(message, idempotency_key="run/mail/"))


def failure(server, **kwargs) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        send(server, **kwargs)
    assert str(server.port) in str(caught.value), "the server is named"
    return caught.value


@pytest.mark.parametrize("point", ["MAIL", "bob@x.test", "DATA", "END"])
@pytest.mark.parametrize(
    ("reply", "kind"),
    [("451 4.7.1 greylisted", ServiceUnavailable), ("550 5.1.1 no such user", RequestRejected)],
)
def test_a_reply_tells_whether_it_may_pass_later_and_nothing_is_unknown(server, point, reply, kind):
    server.replies[point] = reply
    error = failure(server)
    assert type(error) is kind
    assert reply in str(error)
    assert not error.outcome_unknown
    assert server.taken == []


def test_one_refused_recipient_is_named_and_nobody_gets_the_mail(server):
    server.replies["bob@x.test"] = "550 no such user"
    assert "recipient bob@x.test: 550 no such user" in str(failure(server))
    assert server.taken == []


@pytest.mark.parametrize("trouble", [HANG_UP, SILENCE])
@pytest.mark.parametrize(
    ("point", "unknown"), [("MAIL", False), ("ada@example.com", False), ("DATA", False), ("END", True)]
)
def test_a_lost_connection_leaves_the_outcome_unknown_only_after_the_text(server, trouble, point, unknown):
    server.replies[point] = trouble
    error = failure(server, timeout=0.5)
    assert type(error) is ServiceUnavailable
    assert error.outcome_unknown is unknown


@pytest.mark.parametrize("reply", ["what?", "2", "xyz ok"])
def test_an_answer_to_the_text_that_is_none_leaves_the_outcome_unknown(server, reply):
    server.replies["END"] = reply
    error = failure(server)
    assert type(error) is ServiceUnavailable
    assert error.outcome_unknown


def test_lines_that_begin_with_a_dot_arrive_as_they_are(server):
    send(server)
    plain = server.taken[0].mail.get_body(("plain",)).get_content()
    assert plain.split() == ["text", ".", "..", ".end"]


def test_the_server_is_greeted_with_the_sender_s_domain(server):
    send(server)
    assert server.taken[0].client == "example.com"


@pytest.mark.parametrize("trouble", [HANG_UP, SILENCE])
def test_a_goodbye_that_does_not_come_changes_nothing(server, trouble):
    server.replies["QUIT"] = trouble
    assert send(server, timeout=0.5).delivered
    assert len(server.taken) == 1


def test_a_server_that_is_not_there_is_an_outage_with_the_settings_to_check():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        where = SmtpServer("127.0.0.1", closed.getsockname()[1], "none")
        with pytest.raises(ServiceUnavailable, match="PIPELINE_SMTP_HOST") as caught:
            asyncio.run(SmtpMailer(where, sender="a@example.com").check())
    assert not caught.value.outcome_unknown


@pytest.mark.parametrize("tls", [True, False])
def test_a_certificate_nobody_vouches_for_is_permanent(certificate, tls):
    with MailServer(certificate=certificate, tls=tls) as server:
        error = failure(server, security="tls" if tls else "starttls")
    assert type(error) is ServiceError
    assert "certificate is not trusted" in str(error)
    assert "SSL_CERT_FILE" in str(error)


def test_a_certificate_for_another_name_is_refused(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    with MailServer(certificate=certificate) as server:
        assert send(server, security="starttls").delivered
        error = failure(server, security="starttls", host="127.0.0.1")
    assert type(error) is ServiceError


def test_a_server_without_starttls_never_sees_the_mail(server):
    error = failure(server, security="starttls")
    assert type(error) is RequestRejected
    assert "PIPELINE_SMTP_SECURITY" in str(error)
    assert server.taken == []


def test_a_wrong_password_names_what_to_correct_and_shows_nothing(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    with MailServer(certificate=certificate, user="finance", password="right") as server:
        error = failure(server, security="starttls", user="finance", password="wrong-password")
        assert type(error) is AuthenticationFailed
        assert "PIPELINE_SECRET_SMTP_PASSWORD" in str(error)
        assert "wrong-password" not in str(error)
        assert type(failure(server, security="starttls")) is AuthenticationFailed, "no login where one is needed"


def test_a_login_where_there_is_none_is_permanent(server):
    error = failure(server, user="finance", password="x")
    assert type(error) is RequestRejected
    assert "AUTH" in str(error)


def test_a_server_that_cannot_take_the_address_is_told_apart():
    with MailServer(smtputf8=False) as server:
        error = failure(server, message=MailMessage(to=("用户@例え.jp",), subject="Hi", body="text"))
    assert type(error) is RequestRejected
    assert "letters beyond ASCII" in str(error)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("mail.test", 25, "none", "user", "pw"), "clear text.*PIPELINE_SMTP_SECURITY"),
        (("mail.test", 587, "starttls", "user", "pässword"), "must be ASCII.*PIPELINE_SECRET_SMTP_PASSWORD"),
        (("mail..test", 25, "none"), "no host name.*PIPELINE_SMTP_HOST"),
    ],
)
def test_a_server_that_cannot_be_used_safely_is_refused_with_the_setting(arguments, problem):
    with pytest.raises(NotConfigured, match=problem) as caught:
        SmtpServer(*arguments)
    assert "pässword" not in str(caught.value)


def test_a_password_is_not_shown_with_its_server():
    assert "hidden-pw" not in repr(SmtpServer("localhost", 25, "none", "user", "hidden-pw"))


def test_a_sender_that_is_no_address_names_its_setting():
    with pytest.raises(InvalidInput, match=r"^PIPELINE_EMAIL_FROM: "):
        SmtpMailer(SmtpServer("localhost", 25), sender="finance")
