"""Dagster's view of the integrations: configuration, and `open()` for the op body.

Setting a resource up does nothing, because Dagster does it outside the event loop that the client must live
in. Secrets are no fields: they are read by name when a client is opened, so they stand in no run config and
no UI.
"""

from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, fields
from typing import Self, TypeVar

import dagster as dg
from pydantic import Field

from pipeline_project.integrations.email import Mailer
from pipeline_project.integrations.email.smtp import Security
from pipeline_project.integrations.factory import EmailConnection, EmailMode, SlackConnection, SlackMode
from pipeline_project.integrations.http import HttpClient, HttpConnection
from pipeline_project.integrations.slack import Slack
from pipeline_project.settings import Settings

ConnectionT = TypeVar("ConnectionT", SlackConnection, EmailConnection)


class SlackResource(dg.ConfigurableResource):
    """Slack's Web API, or the outbox."""

    mode: SlackMode = Field("outbox", description="Post, or write to the outbox")
    base_url: str = Field("https://slack.com/api/", description="The Web API; its token is SLACK_BOT_TOKEN")
    outbox_directory: str = Field(description="Where the outbox is")

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The resource that the settings describe."""
        return cls(**asdict(SlackConnection.from_settings(settings)))

    def open(self) -> AbstractAsyncContextManager[Slack]:
        """The client, for one event loop. Raises NotConfigured on entering when something is missing."""
        return _connection(SlackConnection, self).open()

    async def test_connection(self) -> str:
        """A sentence on where messages go. Raises NotConfigured or ServiceError."""
        async with self.open() as client:
            return await client.check()


class EmailResource(dg.ConfigurableResource):
    """An SMTP server, or the outbox."""

    mode: EmailMode = Field("outbox", description="Send, or write to the outbox")
    sender: str = Field("", description="Who mail is from; required by smtp")
    host: str = Field("", description="The SMTP server; required by smtp")
    port: int = Field(587, description="Its port")
    security: Security = Field("starttls", description="Its transport security")
    user: str = Field("", description="Its user, if it asks for one; the password is SMTP_PASSWORD")
    outbox_directory: str = Field(description="Where the outbox is")

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The resource that the settings describe."""
        return cls(**asdict(EmailConnection.from_settings(settings)))

    def open(self) -> AbstractAsyncContextManager[Mailer]:
        """The client, for one event loop. Raises NotConfigured on entering when something is missing."""
        return _connection(EmailConnection, self).open()

    async def test_connection(self) -> str:
        """A sentence on where mail goes. Raises NotConfigured or ServiceError."""
        async with self.open() as client:
            return await client.check()


class HttpResource(dg.ConfigurableResource):
    """Any HTTP API, under the outbound policy."""

    allowed_hosts: list[str] = Field([], description="Internal hosts that may be reached, each name or name:port")

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The resource that the settings describe."""
        return cls(allowed_hosts=list(settings.allowed_hosts))

    def open(self) -> AbstractAsyncContextManager[HttpClient]:
        """The client, for one event loop. Raises NotConfigured on entering for an entry that is no host."""
        return HttpConnection(tuple(self.allowed_hosts)).open()

    async def test_connection(self) -> str:
        """A sentence on what may be reached. Raises NotConfigured."""
        async with self.open():
            opened = ", ".join(self.allowed_hosts) or "none"
            return f"public hosts may be reached; internal hosts that are open: {opened}"


def _connection(kind: type[ConnectionT], resource: dg.ConfigurableResource) -> ConnectionT:
    return kind(**{field.name: getattr(resource, field.name) for field in fields(kind)})
