"""JSON over HTTP to a model provider: one request, its answer whole or as server-sent events.

Closing the iterator or cancelling the task closes the upstream connection, which is how providers learn that nobody
listens. Makes one attempt. Refuses to log a body, and to send a key in clear text beyond this machine.
"""

import asyncio
import contextlib
import ipaddress
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final

import httpx
import structlog

from pipeline_project.conversion import SseReader
from pipeline_project.conversion.failures import is_error
from pipeline_project.conversion.shape import json_ascii, json_text
from pipeline_project.errors import NotConfigured, ServiceError, ServiceUnavailable
from pipeline_project.llm.requests import Timeouts
from pipeline_project.llm.wires.closing import closing
from pipeline_project.llm.wires.limits import Watch
from pipeline_project.llm.wires.pool import Lease
from pipeline_project.llm.wires.refusals import Place, a_page, hidden, refusal

_LOG = structlog.get_logger(__name__)
_LARGEST: Final = 64 << 20
_LARGEST_REFUSAL: Final = 1 << 16
# How long the end of a stream may follow its [DONE] for the connection to be used again.
_DRAIN_SECONDS: Final = 0.5


class HttpWire:
    """Calls to one base URL with one set of headers. `provider`, `credential`, `address` are for messages.

    Raises NotConfigured for a base URL or a key that cannot be used.
    """

    def __init__(
        self,
        provider: str,
        base_url: str,
        *,
        headers: Mapping[str, str],
        timeouts: Timeouts,
        credential: str,
        address: str,
    ) -> None:
        _check_headers(headers, credential)
        self._base_url = _checked(base_url, address, secret=bool(headers))
        self._provider = provider
        self._headers = dict(headers)
        self._timeouts = timeouts
        self._credential = credential
        self._address = address
        self._lease = Lease(self._base_url)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._provider!r}, {self._base_url!r})"

    async def get(self, path: str) -> dict[str, Any]:
        """The JSON object at `path`."""
        return await self._whole("GET", path, None, self._place(""))

    async def post(
        self, path: str, body: Mapping[str, Any], *, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The answer to `body`, whole.

        Raises ServiceError and its subclasses, NotFound for an unknown model, InvalidInput for a body JSON cannot say.
        """
        return await self._whole("POST", path, body, self._place(body.get("model")), headers)

    async def events(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        headers: Mapping[str, str] | None = None,
        is_last: Callable[[dict[str, Any]], bool] | None = None,
    ) -> AsyncIterator[dict[str, Any]]:
        """The JSON of each event. Raises as `post` does, also after events when the upstream says so in its stream.

        `is_last`: whether an event ends an answer. A stream that ends without one, and without [DONE], was cut short
        by somebody on the way: where a connection's end is the stream's end, nothing else would show it.
        """
        place = self._place(body.get("model"))
        ended = is_last is None
        watch = Watch(self._timeouts, place.name, place.address)
        async with self._exchange("POST", path, body, place, watch, headers) as response:
            reader = SseReader()
            async with closing(response.aiter_bytes()) as pieces:
                while not reader.done:
                    async with watch.step():
                        piece = await anext(pieces, None)
                    for chunk in _read(reader, piece, place, response):
                        if is_error(chunk):
                            raise refusal(None, chunk, place)
                        watch.answered = watch.answered or chunk.get("type") != "ping"
                        ended = ended or (is_last is not None and is_last(chunk))
                        yield chunk
                    if piece is None and not (ended or reader.done):
                        raise ServiceUnavailable("broke off within its answer", where=place.name, remedy="Try again.")
                    if piece is None:
                        return
                await _drain(pieces)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._lease.close()

    def _place(self, model: Any) -> Place:
        name = f"{self._provider} {model}" if isinstance(model, str) and model else self._provider
        return Place(name, self._credential, self._address)

    async def _whole(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        place: Place,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        watch = Watch(self._timeouts, place.name, place.address)
        async with self._exchange(method, path, body, place, watch, headers) as response:
            content = await _content(response, watch, place)
            answer = _parsed(content)
            if not isinstance(answer, dict):
                _require_no_page(response, place)
                raise ServiceUnavailable("sent an answer that is no JSON object", where=place.name, remedy="Try again.")
            if is_error(answer):
                raise refusal(None, answer, place)
            return answer

    @contextlib.asynccontextmanager
    async def _exchange(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        place: Place,
        watch: Watch,
        headers: Mapping[str, str] | None,
    ) -> AsyncIterator[httpx.Response]:
        """An answer with a good status, its body unread; left in any way, its connection is closed or free again."""
        client = self._lease.client()
        request = client.build_request(
            method,
            self._base_url + path,
            content=None if body is None else _encoded(body),
            headers={"content-type": "application/json", **self._headers, **(headers or {})},
            timeout=watch.connecting,
        )
        async with watch.step():
            response = await client.send(request, stream=True)
        try:
            _LOG.debug("answered", place=place.name, status=response.status_code)
            if response.status_code >= 300:
                raise await _refused(response, watch, place)
            yield response
        finally:
            await response.aclose()


async def _refused(response: httpx.Response, watch: Watch, place: Place) -> Exception:
    if response.status_code < 400:
        message = f"answered {response.status_code}, a redirect, which is not followed"
        return NotConfigured(message, where=place.name, remedy=f"Correct {place.address}.")
    content = await _content(response, watch, place, largest=_LARGEST_REFUSAL)
    body = _parsed(content)
    if isinstance(body, str) and _is_html(response):
        body = a_page(response.status_code, place).message
    return refusal(response.status_code, body, place, headers=response.headers)


def _require_no_page(response: httpx.Response, place: Place) -> None:
    """Raise for what cannot be read because it is a page; a server that only calls its JSON one is read."""
    if _is_html(response):
        raise a_page(response.status_code, place) from None


def _is_html(response: httpx.Response) -> bool:
    return "text/html" in response.headers.get("content-type", "").lower()


async def _content(response: httpx.Response, watch: Watch, place: Place, *, largest: int = _LARGEST) -> bytes:
    received = bytearray()
    async with closing(response.aiter_bytes()) as pieces:
        while len(received) <= largest:
            async with watch.step():
                piece = await anext(pieces, None)
            if piece is None:
                return bytes(received)
            watch.answered = True
            received += piece
    if largest == _LARGEST_REFUSAL:
        return bytes(received[:largest])
    raise ServiceError(f"its answer is larger than {largest} bytes", where=place.name)


async def _drain(pieces: AsyncIterator[bytes]) -> None:
    """Read what follows [DONE], so that the connection can be used again; a server that keeps it open is left."""
    with contextlib.suppress(TimeoutError, httpx.RequestError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for _ in pieces:
                pass


def _read(reader: SseReader, piece: bytes | None, place: Place, response: httpx.Response) -> list[dict[str, Any]]:
    try:
        return reader.finish() if piece is None else reader.feed(piece)
    except ServiceError as error:
        _require_no_page(response, place)
        raise type(error)(hidden(error.message), where=place.name) from None


def _parsed(content: bytes) -> Any:
    """The JSON value, or the text where it is none."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return content.decode("utf-8", "replace")


def _encoded(body: Mapping[str, Any]) -> bytes:
    try:
        return json_text(dict(body), "$").encode()
    except UnicodeEncodeError:  # half a surrogate pair has no UTF-8 form, but an escaped one
        return json_ascii(dict(body), "$").encode()


def _check_headers(headers: Mapping[str, str], credential: str) -> None:
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            remedy = f"Remove spaces, line breaks and letters beyond ASCII from the key: {credential}."
            raise NotConfigured(f"the key cannot be sent in the header {name}", where=credential, remedy=remedy)


def _checked(base_url: str, address: str, *, secret: bool) -> str:
    """The base URL with a slash at its end."""
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL as error:
        raise NotConfigured(f"is no URL: {error}", where=address) from error
    if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.query:
        raise NotConfigured("must be http(s)://host/… without user and query", where=address, remedy=f"Set {address}.")
    if secret and url.scheme == "http" and not _is_here(url.host):
        raise NotConfigured("would send the key in clear text", where=address, remedy="Use https.")
    return str(url).rstrip("/") + "/"


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")  # RFC 6761, 6.3
