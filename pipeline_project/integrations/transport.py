"""One HTTP client for every vendor: base URL, credentials, time limits, and errors mapped once.

It repeats nothing on its own, save a connection that could not be opened, because then no byte was sent; the
step's retry is the only other one. Refuses redirects, proxies from the environment, absolute URLs and answers
without end.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx
import structlog

from pipeline_project import clock
from pipeline_project.errors import (
    AuthenticationFailed,
    InvalidInput,
    NotConfigured,
    RateLimited,
    RequestRejected,
    ServiceError,
    ServiceUnavailable,
)
from pipeline_project.persistence import json
from pipeline_project.security.redaction import redact_text
from pipeline_project.security.tls import CERTIFICATE_REMEDY, client_context, is_loopback, is_untrusted

_LOG = structlog.get_logger(__name__)
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})  # RFC 9110, 9.2.2
_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_CONNECT_SECONDS = 10


@dataclass(frozen=True)
class Answer:
    """An answer read whole. `place`: who answered what; `repeatable`: asking again does no harm."""

    status: int
    headers: httpx.Headers
    content: bytes
    place: str
    repeatable: bool

    @property
    def retry_after(self) -> float | None:
        """Seconds the service asks us to wait, if it does."""
        return clock.retry_after(self.headers.get("retry-after"))

    def json(self) -> Any:
        """The body as JSON values, fractions as Decimal. Raises ServiceUnavailable when it is not JSON."""
        try:
            return json.loads(self.content)
        except InvalidInput as error:
            message = f"the answer is not JSON: {self.excerpt() or 'nothing readable'}"
            raise ServiceUnavailable(message, where=self.place, outcome_unknown=not self.repeatable) from error

    def excerpt(self) -> str:
        """The beginning of a body in words, redacted; of a page of HTML nothing."""
        if "html" in self.headers.get("content-type", ""):
            return ""
        # redacted before it is cut, or half a secret would pass
        text = redact_text(self.content[:65536].decode(errors="replace"))
        return " ".join(text.split())[:200]


class Transport:
    """An async context manager around one connection pool; use it inside one event loop.

    `service` names the vendor in messages; `address` and `credential` are the variables that hold the base
    URL and the secret. Raises NotConfigured for a base URL or header that cannot be used.
    """

    def __init__(
        self,
        service: str,
        base_url: str,
        *,
        headers: Mapping[str, str],
        address: str,
        credential: str,
        timeout_seconds: float = 30,
        max_bytes: int = 16 << 20,
    ) -> None:
        self._service = service
        self._address = address
        self._credential = credential
        self._max_bytes = max_bytes
        for name, value in headers.items():
            if not (value.isascii() and value.isprintable()):
                remedy = "Remove spaces, line breaks and letters beyond ASCII."
                raise NotConfigured(f"cannot be sent in the header {name}", where=credential, remedy=remedy)
        self._client = httpx.AsyncClient(
            base_url=_checked(base_url, address),
            headers=dict(headers),
            timeout=httpx.Timeout(timeout_seconds, connect=_CONNECT_SECONDS),
            transport=httpx.AsyncHTTPTransport(verify=client_context(), retries=1, trust_env=False),
            follow_redirects=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        params: Mapping[str, str] | None = None,
        idempotent: bool | None = None,
    ) -> Answer:
        """Send one request, `body` as JSON, and read the answer; `idempotent`: by default what the method is.

        Raises AuthenticationFailed (401), RateLimited (429), RequestRejected (other 3xx and 4xx),
        ServiceUnavailable (5xx, 408, no connection, no whole answer) and ServiceError (certificate, size).
        `outcome_unknown` is set exactly when a request that is not idempotent may have been carried out.
        """
        if httpx.URL(path).is_absolute_url:
            raise InvalidInput("an absolute URL is refused", where=self._service, remedy="Give the path alone.")
        repeatable = method in _IDEMPOTENT if idempotent is None else idempotent
        place = f"{self._service} {redact_text(path)}"
        began = time.perf_counter()
        try:
            answer = await self._exchange(method, path, body, params=params, place=place, repeatable=repeatable)
        except httpx.RequestError as error:
            _LOG.info("no answer", place=place, method=method, error=type(error).__name__)
            raise self._unanswered(error, place, repeatable=repeatable) from error
        seconds = round(time.perf_counter() - began, 3)
        _LOG.info("answered", place=place, method=method, status=answer.status, seconds=seconds)
        if not 200 <= answer.status < 300:
            raise self._refusal(answer)
        return answer

    async def _exchange(
        self,
        method: str,
        path: str,
        body: Any,
        *,
        params: Mapping[str, str] | None,
        place: str,
        repeatable: bool,
    ) -> Answer:
        content = None if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"content-type": "application/json; charset=utf-8"}
        async with self._client.stream(method, path, content=content, headers=headers, params=params) as response:
            received = bytearray()
            async for chunk in response.aiter_bytes():
                received += chunk
                if len(received) > self._max_bytes:
                    message = f"the answer is larger than {self._max_bytes} bytes"
                    raise ServiceError(message, where=place, outcome_unknown=not repeatable)
            return Answer(response.status_code, response.headers, bytes(received), place, repeatable)

    def _refusal(self, answer: Answer) -> ServiceError:
        status, place, excerpt = answer.status, answer.place, answer.excerpt()
        said = f"answered {status}: {excerpt}" if excerpt else f"answered {status}"
        if status == 401:
            return AuthenticationFailed(said, where=place, remedy=f"Replace {self._credential}.")
        if status == 429:
            return RateLimited(said, where=place, retry_after=answer.retry_after)
        if status >= 500 or status == 408:
            unknown = not answer.repeatable
            return ServiceUnavailable(said, where=place, retry_after=answer.retry_after, outcome_unknown=unknown)
        if status < 400:
            target = redact_text(answer.headers.get("location", "nowhere"))
            message = f"answered {status}, a redirect to {target}, which is not followed"
            return RequestRejected(message, where=place, remedy=f"Correct {self._address}.")
        return RequestRejected(said, where=place)

    def _unanswered(self, error: httpx.RequestError, place: str, *, repeatable: bool) -> ServiceError:
        why = f"{type(error).__name__} {redact_text(str(error))}".strip()
        if is_untrusted(error):
            return ServiceError(f"its certificate is not trusted: {why}", where=place, remedy=CERTIFICATE_REMEDY)
        if isinstance(error, _NOTHING_SENT):
            remedy = f"Check the network and {self._address}."
            return ServiceUnavailable(f"cannot be reached: {why}", where=place, remedy=remedy)
        return ServiceUnavailable(f"gave no whole answer: {why}", where=place, outcome_unknown=not repeatable)


def _checked(base_url: str, address: str) -> httpx.URL:
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL as error:
        raise NotConfigured(f"is no URL: {error}", where=address) from error
    if url.scheme not in ("http", "https") or not url.host or url.userinfo:
        raise NotConfigured("must be http(s)://host/… without a user", where=address)
    if url.scheme == "http" and not is_loopback(url.host):
        raise NotConfigured("would send the credentials in clear text", where=address, remedy="Use https.")
    return url
