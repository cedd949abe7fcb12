"""Opens the client that the configuration names, for Dagster's resources, the command line and the API alike.

Secrets are read here, by name, at the moment a client is opened. Refuses a half-configured one with one
sentence that names what to set.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from pipeline_project.errors import NotConfigured
from pipeline_project.integrations.email import Mailer, OutboxMailer, SmtpMailer, SmtpServer
from pipeline_project.integrations.email.smtp import PASSWORD, Security
from pipeline_project.integrations.outbox import Outbox
from pipeline_project.integrations.slack import Slack, SlackApi, SlackOutbox
from pipeline_project.integrations.slack.api import TOKEN, TOKEN_VARIABLE
from pipeline_project.integrations.transport import Transport
from pipeline_project.security.secrets import SecretSource
from pipeline_project.settings import Settings

SlackMode = Literal["outbox", "api"]
EmailMode = Literal["outbox", "smtp"]


@dataclass(frozen=True)
class SlackConnection:
    """How Slack is reached; the token is the secret SLACK_BOT_TOKEN."""

    mode: SlackMode
    base_url: str
    outbox_directory: str

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The connection that the settings describe."""
        return cls(settings.slack_mode, settings.slack_base_url, outbox_directory(settings))

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Slack]:
        """The client. Raises NotConfigured naming what is missing."""
        if self.mode == "outbox":
            yield SlackOutbox(Outbox(Path(self.outbox_directory)))
            return
        headers = {"authorization": f"Bearer {SecretSource().get(TOKEN)}"}
        async with Transport(
            "slack",
            self.base_url,
            headers=headers,
            credential=TOKEN_VARIABLE,
            address="PIPELINE_SLACK_BASE_URL",
        ) as transport:
            yield SlackApi(transport)


@dataclass(frozen=True)
class EmailConnection:
    """How mail is sent; with a `user`, the password is the secret SMTP_PASSWORD."""

    mode: EmailMode
    sender: str
    host: str
    port: int
    security: Security
    user: str
    outbox_directory: str

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The connection that the settings describe."""
        return cls(
            mode=settings.email_mode,
            sender=settings.email_from,
            host=settings.smtp_host,
            port=settings.smtp_port,
            security=settings.smtp_security,
            user=settings.smtp_user,
            outbox_directory=outbox_directory(settings),
        )

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Mailer]:
        """The client; a server is connected to for each mail. Raises NotConfigured naming what is missing."""
        if self.mode == "outbox":
            yield OutboxMailer(Outbox(Path(self.outbox_directory)), sender=self.sender)
            return
        required = {"PIPELINE_SMTP_HOST": self.host, "PIPELINE_EMAIL_FROM": self.sender}
        missing = [variable for variable, value in required.items() if not value]
        if missing:
            remedy = f"Set {' and '.join(missing)}, or PIPELINE_EMAIL_MODE=outbox."
            raise NotConfigured("mail shall go over SMTP and is only half configured", where="email", remedy=remedy)
        password = SecretSource().get(PASSWORD) if self.user else ""
        server = SmtpServer(self.host, self.port, self.security, self.user, password)
        yield SmtpMailer(server, sender=self.sender)


def outbox_directory(settings: Settings) -> str:
    """Where the outbox is; `Outbox(Path(…)).list()` reads it."""
    return str(settings.home / "outbox")
