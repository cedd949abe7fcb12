"""One request to one checked URL, its answer read whole within the policy's caps, and trouble mapped once.

Follows no redirect and judges no status: who asks knows what it expected. Refuses nothing on its own; the policy does.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import structlog

from pipeline_project import clock
from pipeline_project.errors import InvalidInput, RequestRejected, ServiceError, ServiceUnavailable
from pipeline_project.persistence import json
from pipeline_project.security.content import decode
from pipeline_project.security.redaction import redact_text
from pipeline_project.security.tls import CERTIFICATE_REMEDY, is_untrusted
from pipeline_project.security.urls import Checked, UrlPolicy, read_body, time_limits

_LOG = structlog.get_logger(__name__)
_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_EXCERPT = 200


@dataclass(frozen=True)
class Reply:
    """An answer read whole. `url`: who answered, after redirects; `repeatable`: asking again does no harm."""

    method: str
    url: Checked
    status: int
    headers: httpx.Headers
    content: bytes
    repeatable: bool = True

    @property
    def place(self) -> str:
        """Method and URL, for messages."""
        return f"{self.method} {self.url.shown}"

    @property
    def content_type(self) -> str:
        """The declared type, empty if none is."""
        return self.headers.get("content-type", "")

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
            unknown = not self.repeatable
            raise ServiceUnavailable(message, where=self.place, outcome_unknown=unknown) from error

    def text(self) -> str:
        """The body as text, in the encoding it declares."""
        return decode(self.content, charset=self.headers.get("content-type", "").partition("charset=")[2] or None).text

    def excerpt(self) -> str:
        """The beginning of a body in words, redacted; of a page of HTML nothing."""
        if "html" in self.content_type:
            return ""
        # redacted before it is cut, or half a secret would pass
        return " ".join(redact_text(self.content[:65536].decode(errors="replace")).split())[:_EXCERPT]


async def exchange(
    client: httpx.AsyncClient,
    method: str,
    url: Checked,
    *,
    policy: UrlPolicy,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    repeatable: bool = True,
) -> Reply:
    """Send one request and read the answer, whatever its status.

    Raises PermissionDenied (a closed address), ServiceUnavailable (no connection, no whole answer), RequestRejected (a
    redirect to what is no URL) and ServiceError (certificate, size, compression); `outcome_unknown` is set exactly when
    a request that is not repeatable may have been carried out.
    """
    place = f"{method} {url.shown}"
    began = time.perf_counter()
    try:
        stream = client.stream(
            method, url.url, headers=dict(headers or {}), content=content, timeout=time_limits(policy)
        )
        async with stream as response:
            body = await _body(response, policy, place=place, repeatable=repeatable)
    except (
        httpx.InvalidURL,
        UnicodeError,
    ) as error:  # httpx works out where a redirect leads, also when it follows none
        raise _misled(error, place, repeatable=repeatable) from error
    except httpx.RequestError as error:
        _LOG.info("no answer", place=place, error=type(error).__name__)
        raise _unanswered(error, place, repeatable=repeatable) from error
    _LOG.info("answered", place=place, status=response.status_code, seconds=round(time.perf_counter() - began, 3))
    return Reply(method, url, response.status_code, response.headers, body, repeatable)


@asynccontextmanager
async def within(policy: UrlPolicy, *, place: str, repeatable: bool = True) -> AsyncIterator[None]:
    """Whatever happens inside ends within the policy's total time. Raises ServiceUnavailable past it."""
    try:
        async with asyncio.timeout(policy.max_seconds):
            yield
    except TimeoutError as error:
        message = f"gave no whole answer within {policy.max_seconds:g} s"
        raise ServiceUnavailable(message, where=place, outcome_unknown=not repeatable) from error


async def _body(response: httpx.Response, policy: UrlPolicy, *, place: str, repeatable: bool) -> bytes:
    try:
        return await read_body(response, max_bytes=policy.max_bytes, max_ratio=policy.max_ratio, place=place)
    except ServiceError as error:
        error.outcome_unknown = not repeatable
        raise


def _misled(error: Exception, place: str, *, repeatable: bool) -> ServiceError:
    message = f"redirects to what is no URL: {redact_text(str(error))}"
    return RequestRejected(message, where=place, outcome_unknown=not repeatable)


def _unanswered(error: httpx.RequestError, place: str, *, repeatable: bool) -> ServiceError:
    why = f"{type(error).__name__} {redact_text(str(error))}".strip()
    if is_untrusted(error):
        return ServiceError(f"its certificate is not trusted: {why}", where=place, remedy=CERTIFICATE_REMEDY)
    if isinstance(error, httpx.RemoteProtocolError) and "location header" in str(error):
        return _misled(error, place, repeatable=repeatable)
    if isinstance(error, _NOTHING_SENT):
        return ServiceUnavailable(f"cannot be reached: {why}", where=place, remedy="Check the address and the network.")
    return ServiceUnavailable(f"gave no whole answer: {why}", where=place, outcome_unknown=not repeatable)
