"""An httpx client whose connections go to checked addresses only.

The name is resolved inside the connection's opening, every address is checked, and the socket is opened to one that
was checked; Host header, SNI and certificate stay with the name. Refuses proxies (also the environment's), Unix
sockets, HTTP/2 and following redirects: whoever follows one checks the new URL first.
"""

import ssl
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from typing import Final, cast

import httpcore
import httpx

from pipeline_project.errors import PermissionDenied
from pipeline_project.security.urls.check import check
from pipeline_project.security.urls.hosts import normalized_host
from pipeline_project.security.urls.lookup import addresses_of
from pipeline_project.security.urls.policy import UrlPolicy

CONNECT_SECONDS: Final = 10
USER_AGENT: Final = "pipeline-project"
# codings that body.read_body can unpack within bounds; nothing else is asked for
ACCEPT_ENCODING: Final = "gzip, deflate"
_SAME_NAMES: Final = (
    "ConnectError", "ConnectTimeout", "LocalProtocolError", "NetworkError", "PoolTimeout", "ProtocolError",
    "ReadError", "ReadTimeout", "RemoteProtocolError", "TimeoutException", "UnsupportedProtocol", "WriteError",
    "WriteTimeout",
)  # fmt: skip
_MAPPED: Final = {getattr(httpcore, name): getattr(httpx, name) for name in _SAME_NAMES}


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Opens TCP connections to checked addresses of a name, one after the other until one answers.

    `inner` opens the socket; by default httpcore's own backend. A test may put its own there.
    """

    def __init__(self, policy: UrlPolicy, inner: httpcore.AsyncNetworkBackend | None = None) -> None:
        self._policy = policy
        self._inner = inner or cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to one of the addresses. Raises PermissionDenied, ServiceUnavailable, httpcore.ConnectError."""
        addresses = await addresses_of(normalized_host(host), port, self._policy)
        for address in addresses[:-1]:
            try:
                return await self._inner.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue  # the last one's failure is the one that is told
        return await self._inner.connect_tcp(str(addresses[-1]), port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Refused."""
        raise PermissionDenied("a Unix socket is no web address", where=path)


class PinnedTransport(httpx.AsyncBaseTransport):
    """The transport under `open_client`: each request's URL is checked before anything is looked up or sent."""

    def __init__(
        self, policy: UrlPolicy, *, tls: ssl.SSLContext, backend: httpcore.AsyncNetworkBackend | None = None
    ) -> None:
        self._policy = policy
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls, http1=True, http2=False, retries=0, network_backend=CheckedBackend(policy, backend)
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. Raises PermissionDenied, InvalidInput and httpx's own errors."""
        check(str(request.url), self._policy)
        assert isinstance(request.stream, httpx.AsyncByteStream)
        sent = httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _mapped():
            answer = await self._pool.handle_async_request(sent)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Stream(answer), extensions=answer.extensions
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()


class _Stream(httpx.AsyncByteStream):
    """The body of an answer, its errors as httpx names them."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _mapped():
            async for chunk in self._answer.aiter_stream():
                yield chunk

    async def aclose(self) -> None:
        with _mapped():
            await self._answer.aclose()


def open_client(
    policy: UrlPolicy, *, tls: ssl.SSLContext, backend: httpcore.AsyncNetworkBackend | None = None
) -> httpx.AsyncClient:
    """A client for one event loop, to be used as an async context manager; it follows no redirect.

    `tls`: as `security.tls.client_context()` gives it. The time limit here is per operation; the whole
    exchange's is `policy.max_seconds` under `asyncio.timeout`.
    """
    return httpx.AsyncClient(
        transport=PinnedTransport(policy, tls=tls, backend=backend),
        headers={"accept-encoding": ACCEPT_ENCODING, "user-agent": USER_AGENT},
        timeout=time_limits(policy),
        follow_redirects=False,
        trust_env=False,
    )


def time_limits(policy: UrlPolicy) -> httpx.Timeout:
    """The limits of one operation, none longer than the whole exchange may be."""
    return httpx.Timeout(policy.max_seconds, connect=min(CONNECT_SECONDS, policy.max_seconds))


@contextmanager
def _mapped() -> Iterator[None]:
    try:
        yield
    except tuple(_MAPPED) as error:
        kind = next(_MAPPED[kind] for kind in type(error).mro() if kind in _MAPPED)
        raise kind(str(error)) from error
