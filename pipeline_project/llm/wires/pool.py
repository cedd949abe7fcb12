"""Connections to model providers, kept open and shared by all who use one base URL on one event loop.

The last user who lets go closes them, so that nothing is left when a loop ends. Proxies and credentials of the
environment (`HTTP_PROXY`, `.netrc`) are not used, redirects are not followed, and certificates are always verified.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import httpx

from pipeline_project.security.tls import client_context

# As many as may be in flight is the caller's limit; idle ones beyond this are closed.
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=32, keepalive_expiry=60)


Wrap = Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport]


@dataclass
class _Shared:
    client: httpx.AsyncClient
    users: int = 0


_CLIENTS: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, _Shared]] = WeakKeyDictionary()


class Lease:
    """One user's share of the connections to `base_url`, taken on first use and given back by `close`."""

    def __init__(self, base_url: str, *, wrap: Wrap | None = None) -> None:
        """`wrap`: puts a transport around ours; leases of one base URL are to agree on it."""
        self._base_url = base_url
        self._wrap = wrap
        self._loop: asyncio.AbstractEventLoop | None = None

    def client(self) -> httpx.AsyncClient:
        """The client of the running loop. A loop of earlier use is forgotten: its connections ended with it."""
        loop = asyncio.get_running_loop()
        clients = _CLIENTS.setdefault(loop, {})
        if self._loop is not loop:
            clients.setdefault(self._base_url, _Shared(_open(self._wrap))).users += 1
            self._loop = loop
        return clients[self._base_url].client

    async def close(self) -> None:
        """Give the share back; the last one closes the connections. A second call does nothing."""
        loop, self._loop = self._loop, None
        if loop is None or loop is not asyncio.get_running_loop():
            return
        shared = _CLIENTS[loop][self._base_url]
        shared.users -= 1
        if not shared.users:
            del _CLIENTS[loop][self._base_url]
            await shared.client.aclose()


def open_clients() -> int:
    """How many base URLs have a client on the running loop."""
    return len(_CLIENTS.get(asyncio.get_running_loop(), {}))


def _open(wrap: Wrap | None) -> httpx.AsyncClient:
    transport: httpx.AsyncBaseTransport = httpx.AsyncHTTPTransport(
        verify=client_context(),
        limits=_LIMITS,
        trust_env=False,
    )
    transport = wrap(transport) if wrap else transport
    return httpx.AsyncClient(transport=transport, follow_redirects=False, trust_env=False)
