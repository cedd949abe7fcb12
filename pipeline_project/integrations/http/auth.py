"""Credentials of a request: bearer, basic, an API key, or OAuth 2 client credentials whose token is kept in memory.

A credential goes to the origin it was given for and nowhere else; the client sees to that. Tokens are never written
anywhere. Refuses values that fit no header.
"""

import base64
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal
from urllib.parse import quote, urlencode

from pipeline_project import clock
from pipeline_project.errors import AuthenticationFailed, InvalidInput
from pipeline_project.integrations.http.exchange import Reply
from pipeline_project.security import redaction

_MARGIN: Final = timedelta(seconds=30)
_UNSAID: Final = 300  # how long a token is used whose answer does not say (RFC 6749, 5.1 recommends that it does)
Post = Callable[[str, dict[str, str], bytes], Awaitable[Reply]]


@dataclass(frozen=True)
class Bearer:
    """`Authorization: Bearer …` (RFC 6750)."""

    token: str = field(repr=False)


@dataclass(frozen=True)
class Basic:
    """`Authorization: Basic …` (RFC 7617), UTF-8."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class ApiKey:
    """A key in a header, or in the query where a service knows no better."""

    api_key: str = field(repr=False)
    header: str = "X-API-Key"
    query: str | None = None


@dataclass(frozen=True)
class ClientCredentials:
    """OAuth 2 client credentials (RFC 6749, 4.4); `send`: how the client says who it is (2.3.1)."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""
    audience: str = ""
    send: Literal["header", "body"] = "header"


Auth = Bearer | Basic | ApiKey | ClientCredentials


class Tokens:
    """Access tokens of this process, until shortly before they expire; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[ClientCredentials, tuple[str, datetime]] = {}

    def get(self, auth: ClientCredentials) -> str | None:
        """The token that is still good, if there is one."""
        with self._lock:
            token, until = self._kept.get(auth, ("", clock.now()))
            return token if token and clock.now() < until else None

    def put(self, auth: ClientCredentials, token: str, seconds: float) -> None:
        """Keep `token`, which is good for `seconds`."""
        lifetime = timedelta(seconds=seconds)
        with self._lock:
            self._kept[auth] = (token, clock.now() + lifetime - min(_MARGIN, lifetime / 2))

    def drop(self, auth: ClientCredentials, token: str) -> None:
        """Forget `token`, which was refused."""
        with self._lock:
            if self._kept.get(auth, ("",))[0] == token:
                del self._kept[auth]


TOKENS: Final = Tokens()
"""The process's own."""


def basic(username: str, password: str) -> str:
    """The value of a Basic Authorization header. Raises InvalidInput for a user name with a colon."""
    if ":" in username:
        raise InvalidInput("a user name with a colon cannot be sent", where="auth.username")
    value = base64.b64encode(f"{username}:{password}".encode()).decode()
    redaction.register(value)
    return f"Basic {value}"


async def obtain(auth: ClientCredentials, post: Post, tokens: Tokens) -> str:
    """A token, kept or new. Raises AuthenticationFailed when the server gives none, and what `post` raises."""
    kept = tokens.get(auth)
    if kept is not None:
        return kept
    reply = await post(auth.token_url, *_token_request(auth))
    if reply.status != 200:
        said = _reason(reply)
        remedy = "Check client_id, client_secret, scope and token_url."
        raise AuthenticationFailed(f"gave no token: it answered {reply.status}{said}", where=reply.place, remedy=remedy)
    token, seconds = _granted(reply)
    redaction.register(token)
    tokens.put(auth, token, seconds)
    return token


def _token_request(auth: ClientCredentials) -> tuple[dict[str, str], bytes]:
    fields = {"grant_type": "client_credentials", "scope": auth.scope, "audience": auth.audience}
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    if auth.send == "body":
        fields |= {"client_id": auth.client_id, "client_secret": auth.client_secret}
    else:  # both are form-encoded before they are joined (RFC 6749, 2.3.1)
        headers["authorization"] = basic(quote(auth.client_id, safe=""), quote(auth.client_secret, safe=""))
    return headers, urlencode({name: value for name, value in fields.items() if value}).encode()


def _granted(reply: Reply) -> tuple[str, float]:
    answer = reply.json()
    token = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
        raise AuthenticationFailed("gave an answer without an access_token", where=reply.place)
    kind = str(answer.get("token_type", "bearer"))
    if kind.lower() != "bearer":
        raise AuthenticationFailed(f"gave a token of type {kind[:40]!r}, not bearer", where=reply.place)
    try:
        return token, max(0.0, float(answer.get("expires_in", _UNSAID)))
    except (TypeError, ValueError):
        return token, _UNSAID


def _reason(reply: Reply) -> str:
    """What the server says of its refusal (RFC 6749, 5.2)."""
    excerpt = reply.excerpt()
    return f": {excerpt}" if excerpt else ""
