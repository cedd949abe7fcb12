"""A mail server on loopback (aiosmtpd): clear text, STARTTLS or TLS, with a login when it is given a user.

What it took is in `taken`. `replies` overrides what it says at a point: MAIL, a recipient's address, DATA (before
the text), END (after it) or QUIT. The reply HANG_UP closes the connection instead, SILENCE says nothing for ever.
"""

import asyncio
import ssl
import threading
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pipeline_project import clock

HANG_UP = "hang up"
SILENCE = "silence"


@dataclass(frozen=True)
class Taken:
    """One mail as it arrived."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    login: str | None
    encrypted: bool
    client: str

    @property
    def mail(self) -> EmailMessage:
        mail = message_from_bytes(self.content, policy=default)
        assert isinstance(mail, EmailMessage)
        return mail


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate for localhost, not for 127.0.0.1; it is trusted when SSL_CERT_FILE names `path`."""

    path: Path

    @classmethod
    def create(cls, folder: Path) -> "Certificate":
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        names = [x509.DNSName("localhost")]
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(clock.now() - timedelta(days=1))
            .not_valid_after(clock.now() + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path = folder / "localhost.pem"
        path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        return cls(path)

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path)
        return context


class MailServer:
    """Use as a context manager; `host` and `port` say where it listens."""

    host = "localhost"

    def __init__(self, *, certificate=None, tls=False, user="", password="", smtputf8=True):
        self.taken: list[Taken] = []
        self.replies: dict[str, str] = {}
        self.port = 0
        self.user, self.password = user, password
        context = None if certificate is None else certificate.context()
        self._tls = context if tls else None
        self._starttls = None if tls else context
        self._smtputf8 = smtputf8
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self):
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _serve(self):
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._open: set[_Session] = set()
        server = await self._loop.create_server(lambda: _Session(self), "127.0.0.1", 0, ssl=self._tls)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for session in self._open:
            if session.transport is not None:
                session.transport.abort()


class _Session(SMTP):
    def __init__(self, server: MailServer):
        server._open.add(self)
        self._mail_server = server
        super().__init__(
            _Handler(server),
            hostname="localhost",
            enable_SMTPUTF8=server._smtputf8,
            tls_context=server._starttls,
            authenticator=self._check_login if server.user else None,
            auth_require_tls=server._starttls is not None or not server.user,  # offered only to be used
            loop=server._loop,
        )

    async def smtp_DATA(self, arg):  # noqa: N802 - the library's name
        if reply := self._mail_server.replies.get("DATA"):
            await self.push(await _said(self, reply))
        else:
            await super().smtp_DATA(arg)

    async def smtp_QUIT(self, arg):  # noqa: N802 - the library's name
        await _said(self, self._mail_server.replies.get("QUIT", "221 Bye"))
        await super().smtp_QUIT(arg)

    def _check_login(self, _server, _session, _envelope, _mechanism, data):
        good = (data.login.decode(), data.password.decode()) == (self._mail_server.user, self._mail_server.password)
        return AuthResult(success=good, handled=False, auth_data=data.login.decode())


class _Handler:
    def __init__(self, server: MailServer):
        self.server = server

    async def handle_MAIL(self, session, state, envelope, address, _options):  # noqa: N802 - the library's name
        if self.server.user and not state.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        return await _said(session, self.server.replies.get("MAIL", "250 OK"))

    async def handle_RCPT(self, session, _state, envelope, address, _options):  # noqa: N802 - the library's name
        envelope.rcpt_tos.append(address)
        return await _said(session, self.server.replies.get(address, "250 OK"))

    async def handle_DATA(self, session, state, envelope):  # noqa: N802 - the library's name
        taken = Taken(
            sender=envelope.mail_from,
            recipients=tuple(envelope.rcpt_tos),
            content=envelope.content,
            login=state.auth_data,
            encrypted=session.transport.get_extra_info("ssl_object") is not None,
            client=state.host_name,
        )
        reply = self.server.replies.get("END", "250 OK")
        if not reply.startswith(("4", "5")):
            self.server.taken.append(taken)
        return await _said(session, reply)


async def _said(session: SMTP, reply: str) -> str:
    if reply == HANG_UP:
        session.transport.abort()
    if reply == SILENCE:
        await asyncio.Event().wait()
    return reply
