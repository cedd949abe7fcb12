"""Sends requests to any HTTP API: credentials, redirects, pages; every hop under the outbound policy.

It repeats nothing on its own, save once with a new OAuth token when the kept one was refused: nothing was done then.
Refuses to send credentials in clear text to a host that the allow-list does not name, and to go where `permit` says no.
"""

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace
from types import TracebackType
from typing import Self

import httpcore

from pipeline_project.errors import InvalidInput, PipelineError, RequestRejected, ServiceError
from pipeline_project.integrations.http import auth as credentials
from pipeline_project.integrations.http.auth import ApiKey, Basic, Bearer, ClientCredentials, Tokens
from pipeline_project.integrations.http.exchange import Reply, exchange, within
from pipeline_project.integrations.http.redirects import Hop, location, next_hop
from pipeline_project.integrations.http.request import HttpRequest, checked_headers, with_parameter, with_query
from pipeline_project.security import redaction
from pipeline_project.security.redaction import redact
from pipeline_project.security.sensitive import is_sensitive
from pipeline_project.security.urls import Checked, UrlPolicy, check, open_client

IDEMPOTENCY_KEY = "idempotency-key"
Permit = Callable[[str, Checked], Awaitable[None]]
"""Asked with method and URL before a request goes where nobody was asked about: it raises where that may not be."""


class HttpClient:
    """An async context manager around one connection pool; use it inside one event loop.

    `tokens`: where OAuth tokens are kept; by default the process's own. `backend`: see `open_client`.
    """

    def __init__(
        self,
        policy: UrlPolicy,
        *,
        tls: ssl.SSLContext,
        tokens: Tokens = credentials.TOKENS,
        backend: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self.policy = policy
        self._tokens = tokens
        self._client = open_client(policy, tls=tls, backend=backend)

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def request(
        self,
        request: HttpRequest,
        *,
        idempotency_key: str | None = None,
        policy: UrlPolicy | None = None,
        permit: Permit | None = None,
    ) -> Reply:
        """The last answer of the chain, whatever its status; `policy`: other caps than the client's.

        `permit`: asked before each redirect is followed and before a token is fetched; the request's own URL is the
        caller's to ask about. What it raises comes through, as RequestRejected once something may have been done.
        Raises InvalidInput (URL, headers), PermissionDenied (a closed address), AuthenticationFailed (no token),
        RequestRejected (a redirect that is not followed), ServiceUnavailable and ServiceError.
        """
        caps = policy or self.policy
        url = check(with_query(request.url, request.query), self.policy)
        _register(request)
        headers = checked_headers(request.headers, where=request.method)
        if idempotency_key is not None and not request.repeatable:
            headers.setdefault(IDEMPOTENCY_KEY, idempotency_key)
        _refuse_clear_text(url, request, headers)
        hop = Hop(request.method, url, headers, request.content)
        async with within(caps, place=f"{request.method} {url.shown}", repeatable=request.repeatable):
            reply = await self._followed(hop, request, caps, permit)
            if reply.status == 401 and isinstance(request.auth, ClientCredentials):
                stale = self._tokens.get(request.auth)
                if stale is not None:
                    self._tokens.drop(request.auth, stale)
                    reply = await self._followed(hop, request, caps, permit)
        return reply

    async def _followed(self, hop: Hop, request: HttpRequest, caps: UrlPolicy, permit: Permit | None) -> Reply:
        reply = await self._send(hop, request, caps, permit)
        for _ in range(caps.max_redirects):
            target = location(reply) if request.follow else None
            if target is None:
                return reply
            hop = next_hop(hop, reply, target, self.policy)
            await _ask(permit, hop)
            reply = await self._send(hop, request, caps, permit)
        if not request.follow or location(reply) is None:
            return reply
        message = f"redirects more than {caps.max_redirects} times"
        raise RequestRejected(message, where=reply.place, outcome_unknown=hop.acted)

    async def _send(self, hop: Hop, request: HttpRequest, caps: UrlPolicy, permit: Permit | None) -> Reply:
        if hop.trusted:
            hop = await self._authorized(hop, request, caps, permit)
        try:
            return await exchange(
                self._client,
                hop.method,
                hop.url,
                policy=caps,
                headers=hop.headers,
                content=hop.content,
                repeatable=request.repeatable,
            )
        except ServiceError as error:
            error.outcome_unknown = error.outcome_unknown or hop.acted
            raise
        except PipelineError as error:
            # the address behind a redirect turned out to be closed
            if not hop.acted:
                raise
            raise RequestRejected(
                error.message, where=error.where, remedy=error.remedy, outcome_unknown=True
            ) from error

    async def _authorized(self, hop: Hop, request: HttpRequest, caps: UrlPolicy, permit: Permit | None) -> Hop:
        match request.auth:
            case Bearer(token):
                return _with_header(hop, "authorization", f"Bearer {token}")
            case Basic(username, password):
                return _with_header(hop, "authorization", credentials.basic(username, password))
            case ApiKey(key, header, None):
                return _with_header(hop, header, key)
            case ApiKey(key, _, str() as parameter):
                return replace(hop, url=check(with_parameter(hop.url.url, parameter, key), self.policy))
            case ClientCredentials() as client:
                token = await credentials.obtain(client, self._posting(caps, permit), self._tokens)
                return _with_header(hop, "authorization", f"Bearer {token}")
            case _:
                return hop

    def _posting(self, caps: UrlPolicy, permit: Permit | None) -> credentials.Post:
        async def post(url: str, headers: dict[str, str], content: bytes) -> Reply:
            target = check(url, self.policy)
            if target.scheme == "http" and not target.opened:
                raise _in_clear(target)
            if permit is not None:
                await permit("POST", target)
            # asking for a token twice does no harm, so the outcome of the request itself stays known
            return await exchange(self._client, "POST", target, policy=caps, headers=headers, content=content)

        return post


async def _ask(permit: Permit | None, hop: Hop) -> None:
    """Ask about a hop. Raises what `permit` does; after something was done it is not a matter of asking again."""
    if permit is None:
        return
    try:
        await permit(hop.method, hop.url)
    except PipelineError as error:
        if not hop.acted:
            raise
        message = f"redirects to {hop.url.shown}, which is not permitted: {error.message}"
        raise RequestRejected(message, where=error.where, remedy=error.remedy, outcome_unknown=True) from error


def _with_header(hop: Hop, name: str, value: str) -> Hop:
    named = checked_headers({name: value}, where="auth")
    if named.keys() & hop.headers.keys():
        raise InvalidInput(f"gives the header {name} that headers gives too", where="auth", remedy="Give it once.")
    return replace(hop, headers={**hop.headers, **named})


def _register(request: HttpRequest) -> None:
    """Hide what is a credential by its place, also where it was written plainly."""
    match request.auth:
        case Bearer(token):
            redaction.register(token)
        case Basic(_, password):
            redaction.register(password)
        case ApiKey(key):
            redaction.register(key)
        case ClientCredentials(client_secret=secret):
            redaction.register(secret)
        case _:
            return


def _refuse_clear_text(url: Checked, request: HttpRequest, headers: dict[str, str]) -> None:
    secret = any(is_sensitive(name) or redact(value) != value for name, value in headers.items())
    if url.scheme == "http" and not url.opened and (request.auth is not None or secret):
        raise _in_clear(url)


def _in_clear(url: Checked) -> InvalidInput:
    remedy = f"Use https, or add {url.host} to PIPELINE_ALLOWED_HOSTS if it is internal."
    return InvalidInput("would send the credentials in clear text", where=url.shown, remedy=remedy)
