"""What may be reached: the internal hosts that are open by name, the ports, and the caps on size, time and hops.

Refuses entries of the allow-list that name no host, so that a typing error opens nothing.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from pipeline_project.errors import InvalidInput, NotConfigured
from pipeline_project.security.urls.hosts import normalized_host, written
from pipeline_project.security.urls.resolver import Resolver, system_resolver

if TYPE_CHECKING:
    from pipeline_project.settings import Settings

ALLOWED_HOSTS = "PIPELINE_ALLOWED_HOSTS"
WEB_PORTS = frozenset({80, 443})


@dataclass(frozen=True)
class AllowedHost:
    """An entry of the allow-list: a host as `normalized_host` spells it, and its one port; None: the usual ports."""

    host: str
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """`name`, `name:port`, `192.0.2.1:port`, `[::1]:port` or `::1`. Raises NotConfigured for anything else."""
        found = re.fullmatch(r"(?P<host>\[[^\]]+\]|[^:\[\]]+)(:(?P<port>[0-9]{1,5}))?", text.strip())
        host, port = (found["host"], found["port"]) if found else (text.strip(), None)
        try:
            if port is not None and not 0 < int(port) < 65536:
                raise InvalidInput("there is no such port", where=text)
            return cls(normalized_host(host), None if port is None else int(port))
        except InvalidInput as error:
            remedy = "Write names as in intranet.example,build:8080,[::1]:9000."
            raise NotConfigured(f"{text!r} names no host: {error}", where=ALLOWED_HOSTS, remedy=remedy) from error


@dataclass(frozen=True)
class UrlPolicy:
    """`allowed_hosts` open internal hosts by the name in the URL, never by address; with a port that port alone.

    `max_bytes`: of an answer, unpacked. `max_seconds`: from the first look-up to the last byte, hops included.
    `max_ratio`: bytes unpacked per byte sent, looked at beyond a megabyte. `resolver`: who turns a name into
    addresses; a test gives its own.
    """

    allowed_hosts: tuple[AllowedHost, ...] = ()
    allowed_ports: frozenset[int] = WEB_PORTS
    max_bytes: int = 10 << 20
    max_seconds: float = 30
    max_redirects: int = 10
    max_ratio: int = 200
    resolver: Resolver = system_resolver

    @classmethod
    def from_settings(cls, settings: "Settings") -> Self:
        """The policy of PIPELINE_ALLOWED_HOSTS. Raises NotConfigured naming the entry that cannot be read."""
        return cls().allowing(settings.allowed_hosts)

    def allowing(self, hosts: Iterable[str]) -> Self:
        """The same with more hosts, each `name` or `name:port`. Raises NotConfigured."""
        return replace(self, allowed_hosts=(*self.allowed_hosts, *map(AllowedHost.parse, hosts)))

    def opens(self, host: str, port: int) -> bool:
        """Whether the allow-list opens this port of this (normalized) host."""
        return any(
            entry.host == host and (port in self.allowed_ports if entry.port is None else entry.port == port)
            for entry in self.allowed_hosts
        )

    def names(self, host: str) -> bool:
        """Whether the allow-list knows this host, on whatever port."""
        return any(entry.host == host for entry in self.allowed_hosts)


def opening(host: str, port: int) -> str:
    """The remedy that opens an internal host."""
    entry = written(host) if port in WEB_PORTS else written(host, port)
    return f"If it is meant to be reached, add {entry} to {ALLOWED_HOSTS}."
