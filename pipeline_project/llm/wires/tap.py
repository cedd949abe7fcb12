"""Listens to what a foreign library sends over our connections: the answer's status and body, or why there was none.

The library maps errors in its own way, and loses headers and bodies doing so; the tap keeps what the wire said, so that
one mapping serves both wires. It also stops the library from connecting a second time on its own.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

import httpx

_LARGEST: Final = 1 << 16


@dataclass
class Overheard:
    """What one call met: its answer, the beginning of a refusal's body, or the failure of the connection.

    `connect`: seconds that connecting may take; not every vendor's code in the library passes the limit on.
    """

    connect: float | None = None
    response: httpx.Response | None = None
    body: bytes = b""
    failure: httpx.RequestError | None = None

    async def hang_up(self) -> None:
        """Close the connection of an answer that nobody reads on."""
        if self.response is not None:
            await self.response.aclose()


OVERHEARD: Final[ContextVar[Overheard | None]] = ContextVar("overheard", default=None)


class Tap(httpx.AsyncBaseTransport):
    """A transport around another."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx. Every failure becomes a ReadError, the one kind that no library repeats on its own."""
        overheard = OVERHEARD.get()
        if overheard is not None:
            request.extensions["timeout"] = httpx.Timeout(None, connect=overheard.connect).as_dict()
        try:
            response = await self._inner.handle_async_request(request)
            response.request = request
            if overheard is not None:
                overheard.response = response
                if response.status_code >= 400:
                    overheard.body = (await response.aread())[:_LARGEST]
        except httpx.RequestError as error:
            if overheard is not None:
                overheard.failure = error
            raise httpx.ReadError(type(error).__name__, request=request) from error
        return response

    async def aclose(self) -> None:
        """See httpx."""
        await self._inner.aclose()
