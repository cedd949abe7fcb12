"""Listens to what a foreign library sends over our connections: the answer's status and body, or why there was none.

The library maps errors in its own way, and loses headers and bodies doing so; the tap keeps what the wire said, so that
one mapping serves both wires. It also stops the library from connecting a second time on its own.
"""

import re
from collections.abc import AsyncIterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

import httpx

_LARGEST: Final = 1 << 16
# how much of one piece is read again with the next, for what is cut between them
_OVERLAP: Final = 128


@dataclass
class Overheard:
    """What one call met: its answer, the beginning of a refusal's body, or the failure of the connection.

    `connect`: seconds that connecting may take; not every vendor's code in the library passes the limit on.
    `finish`: what to listen for in the answer; `finished`: the last that was heard of it; `is_deaf`: the answer came
    compressed. `page`: it was a page of HTML, in which the library would look for an answer and find an empty one.
    """

    connect: float | None = None
    finish: re.Pattern[bytes] | None = None
    response: httpx.Response | None = None
    body: bytes = b""
    failure: httpx.RequestError | None = None
    page: bool = False
    finished: str = ""
    is_deaf: bool = False

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
            if overheard.finish is not None:
                request.headers["accept-encoding"] = "identity"
        try:
            response = await self._inner.handle_async_request(request)
            response.request = request
            if overheard is not None:
                overheard.response = response
                overheard.is_deaf = response.headers.get("content-encoding", "identity") != "identity"
                if overheard.finish is not None and isinstance(response.stream, httpx.AsyncByteStream):
                    response.stream = _Heard(response.stream, overheard, overheard.finish)
                if "text/html" in response.headers.get("content-type", "").lower():
                    overheard.page = (await response.aread()).lstrip().startswith(b"<")
                if overheard.page:
                    raise httpx.ReadError("a page of HTML", request=request)
                if response.status_code >= 400:
                    overheard.body = (await response.aread())[:_LARGEST]
        except httpx.RequestError as error:
            if overheard is not None and not overheard.page:
                overheard.failure = error
            raise httpx.ReadError(type(error).__name__, request=request) from error
        return response

    async def aclose(self) -> None:
        """See httpx."""
        await self._inner.aclose()


class _Heard(httpx.AsyncByteStream):
    """A body that is listened to on its way."""

    def __init__(self, inner: httpx.AsyncByteStream, overheard: Overheard, finish: re.Pattern[bytes]) -> None:
        self._inner = inner
        self._overheard = overheard
        self._finish = finish

    async def __aiter__(self) -> AsyncIterator[bytes]:
        before = b""
        async for piece in self._inner:
            for found in self._finish.finditer(before + piece):
                self._overheard.finished = found[1].decode("ascii", "replace")
            before = (before + piece)[-_OVERLAP:]
            yield piece

    async def aclose(self) -> None:
        """See httpx."""
        await self._inner.aclose()
