"""Opens the HTTP client under the policy that the settings describe."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

from pipeline_project.integrations.http.client import HttpClient
from pipeline_project.security.tls import client_context
from pipeline_project.security.urls import UrlPolicy
from pipeline_project.settings import Settings


@dataclass(frozen=True)
class HttpConnection:
    """`allowed_hosts`: internal hosts that may be reached, each `name` or `name:port`."""

    allowed_hosts: tuple[str, ...] = ()

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The connection that the settings describe."""
        return cls(tuple(settings.allowed_hosts))

    @asynccontextmanager
    async def open(self) -> AsyncIterator[HttpClient]:
        """The client, for one event loop. Raises NotConfigured naming an entry that is no host."""
        async with HttpClient(UrlPolicy().allowing(self.allowed_hosts), tls=client_context()) as client:
            yield client
