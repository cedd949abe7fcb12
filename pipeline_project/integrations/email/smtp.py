"""Mail through an SMTP server: STARTTLS or TLS with verified certificates, and a login.

A mail goes to all of its recipients or to none: one refused recipient ends the exchange before the text is
sent. Refuses a password in clear text to another machine. Repeats nothing: once the text has begun to flow,
only the server's answer tells whether the mail is on its way.
"""

import asyncio
import re
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import structlog

from pipeline_project.errors import (
    AuthenticationFailed,
    NotConfigured,
    RequestRejected,
    ServiceError,
    ServiceUnavailable,
)
from pipeline_project.integrations.email.message import MailMessage, MailReceipt, address
from pipeline_project.integrations.email.mime import compose, needs_utf8
from pipeline_project.security.redaction import redact_text
from pipeline_project.security.tls import CERTIFICATE_REMEDY, client_context, is_loopback, is_untrusted

PASSWORD = "SMTP_PASSWORD"  # noqa: S105 - the secret's name

_LOG = structlog.get_logger(__name__)
_CREDENTIALS = frozenset({530, 534, 535, 538})  # RFC 4954, 6
_GOODBYE_SECONDS = 5
_LOGIN_REMEDY = f"Correct PIPELINE_SMTP_USER and PIPELINE_SECRET_{PASSWORD}."
_REMEDY = "Check PIPELINE_SMTP_HOST, PIPELINE_SMTP_PORT and PIPELINE_SMTP_SECURITY."

Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True)
class SmtpServer:
    """Where and how to hand mail over; without `user` there is no login. Raises NotConfigured."""

    host: str
    port: int
    security: Security = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    timeout_seconds: float = 30

    def __post_init__(self) -> None:
        if self.user and self.security == "none" and not is_loopback(self.host):
            remedy = "Set PIPELINE_SMTP_SECURITY to starttls or tls."
            raise NotConfigured("the password would travel in clear text", where=self.place, remedy=remedy)
        if not (self.user + self.password).isascii():
            raise NotConfigured("user and password must be ASCII", where=self.place, remedy=_LOGIN_REMEDY)
        try:
            self.host.encode("idna")
        except UnicodeError as error:
            remedy = "Correct PIPELINE_SMTP_HOST."
            raise NotConfigured(f"is no host name: {error}", where=self.place, remedy=remedy) from error

    @property
    def place(self) -> str:
        """The server in messages."""
        return f"mail server {self.host}:{self.port}"


class SmtpMailer:
    """Sends through `server` in the name of `sender`. Raises InvalidInput for a sender that is no address."""

    repeatable = False

    def __init__(self, server: SmtpServer, *, sender: str) -> None:
        self._server = server
        self._sender = address(sender, where="PIPELINE_EMAIL_FROM")

    async def send(self, message: MailMessage, *, idempotency_key: str) -> MailReceipt:
        """Hand one mail over.

        Raises RequestRejected (5xx), AuthenticationFailed, ServiceUnavailable (4xx, no connection) and
        ServiceError (certificate). `outcome_unknown` is set when the connection is lost between the text and
        its confirmation.
        """
        return await asyncio.to_thread(self._send, message, idempotency_key)

    async def check(self) -> str:
        """Connect and log in, and send nothing. Raises as `send`."""
        await asyncio.to_thread(self._look)
        return f"sends through {self._server.host}:{self._server.port} as {self._sender.addr_spec}"

    def _look(self) -> None:
        with self._session() as smtp:
            self._expect(smtp.noop(), {250}, "NOOP")

    def _send(self, message: MailMessage, idempotency_key: str) -> MailReceipt:
        mail = compose(message, sender=self._sender, idempotency_key=idempotency_key)
        text = mail.as_bytes()
        with self._session() as smtp:
            self._open_envelope(smtp, message, size=len(text))
            self._hand_over(smtp, text)
        _LOG.info("mail handed over", place=self._server.place, message_id=mail["Message-ID"])
        return MailReceipt(message_id=mail["Message-ID"], delivered=True)

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        """A connection, encrypted and logged in as configured; every error in it is mapped."""
        with self._mapped():
            smtp = self._connect()
            try:
                if self._server.security == "starttls":
                    smtp.starttls(context=client_context())
                smtp.ehlo_or_helo_if_needed()  # anew after STARTTLS: what was said in clear text does not count
                if self._server.user:
                    smtp.login(self._server.user, self._server.password)
                yield smtp
                _take_leave(smtp)
            finally:
                smtp.close()

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        # the sender's domain as our name: the default asks the DNS for it, which can take many seconds
        name, seconds = self._sender.domain, server.timeout_seconds
        if server.security == "tls":
            context = client_context()
            return smtplib.SMTP_SSL(server.host, server.port, name, timeout=seconds, context=context)
        return smtplib.SMTP(server.host, server.port, name, timeout=seconds)

    def _open_envelope(self, smtp: smtplib.SMTP, message: MailMessage, *, size: int) -> None:
        options = [f"SIZE={size}"] if smtp.has_extn("size") else []
        if needs_utf8(message, self._sender):
            if not smtp.has_extn("smtputf8"):
                problem = "cannot handle an address with letters beyond ASCII before its @"
                raise RequestRejected(problem, where=self._server.place)
            options.append("SMTPUTF8")
        self._expect(smtp.mail(self._sender.addr_spec, options), {250}, f"sender {self._sender.addr_spec}")
        for recipient in message.recipients:
            self._expect(smtp.rcpt(recipient), {250, 251}, f"recipient {recipient}")

    def _hand_over(self, smtp: smtplib.SMTP, text: bytes) -> None:
        self._expect(smtp.docmd("DATA"), {354}, "DATA")
        stuffed = re.sub(rb"(?m)^\.", b"..", text)  # RFC 5321, 4.5.2
        with self._mapped(sending=True):
            smtp.send(stuffed + b".\r\n")
            reply = smtp.getreply()
        self._expect(reply, {250}, "the mail", sending=True)

    @contextmanager
    def _mapped(self, *, sending: bool = False) -> Iterator[None]:
        """`sending`: the server may take the mail, whatever we see of it."""
        place = self._server.place
        try:
            yield
        except smtplib.SMTPResponseException as error:
            code = -1 if sending else error.smtp_code  # while sending it stands for a reply that could not be read
            raise self._refusal(code, error.smtp_error, "the greeting or login", sending=sending) from error
        except OSError as error:  # smtplib's own errors are among them
            if is_untrusted(error):
                problem = f"its certificate is not trusted: {error}"
                raise ServiceError(problem, where=place, remedy=CERTIFICATE_REMEDY) from error
            if isinstance(error, smtplib.SMTPException) and not isinstance(error, smtplib.SMTPServerDisconnected):
                raise RequestRejected(f"cannot be used as configured: {error}", where=place, remedy=_REMEDY) from error
            problem = f"the connection failed: {error or type(error).__name__}"
            raise ServiceUnavailable(problem, where=place, remedy=_REMEDY, outcome_unknown=sending) from error

    def _expect(self, reply: tuple[int, bytes], codes: set[int], what: str, *, sending: bool = False) -> None:
        code, text = reply
        if code not in codes:
            raise self._refusal(code, text, what, sending=sending)

    def _refusal(self, code: int, text: bytes | str, what: str, *, sending: bool = False) -> ServiceError:
        """The error of a reply (RFC 5321, 4.2.1): 4yz may pass later, 5yz will not, anything else is none."""
        words = text.decode(errors="replace") if isinstance(text, bytes) else text
        problem = f"refused {what}: {code} {redact_text(' '.join(words.split()))[:300]}"
        place = self._server.place
        if code in _CREDENTIALS:
            return AuthenticationFailed(problem, where=place, remedy=_LOGIN_REMEDY)
        if 500 <= code < 600:
            return RequestRejected(problem, where=place)
        understood = 400 <= code < 500
        return ServiceUnavailable(problem, where=place, outcome_unknown=sending and not understood)


def _take_leave(smtp: smtplib.SMTP) -> None:
    if smtp.sock is not None:
        smtp.sock.settimeout(_GOODBYE_SECONDS)
    try:
        smtp.quit()
    except smtplib.SMTPException as error:  # the mail is handed over, whatever the goodbye
        _LOG.info("the mail server hung up without a goodbye", error=str(error))
