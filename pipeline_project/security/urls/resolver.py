"""Who turns a name into addresses: the operating system, or what a test puts in its place."""

import asyncio
import socket
from collections.abc import Awaitable, Sequence
from typing import Protocol


class Resolver(Protocol):
    """Looks a name up; what it raises as OSError (socket.gaierror) says that there is none."""

    def __call__(self, host: str, port: int) -> Awaitable[Sequence[str]]:
        """The addresses of `host` as text, in the order to try them."""
        ...


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """The operating system's answer (RFC 6724 order), asked in a thread."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
