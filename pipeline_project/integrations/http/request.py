"""What is asked of an HTTP API, as a value; its headers and body are checked before anything is sent.

Refuses headers that frame the message or name the host: those are the connection's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import urlencode

import httpx

from pipeline_project.errors import InvalidInput
from pipeline_project.integrations.http.auth import Auth
from pipeline_project.persistence import json
from pipeline_project.persistence.json import to_json

Method = Literal["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
IDEMPOTENT: Final = SAFE | {"PUT", "DELETE"}  # RFC 9110, 9.2.2
_OURS: Final = frozenset(
    ("host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "keep-alive", "expect",
     "accept-encoding")
)  # fmt: skip
_TOKEN: Final = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


@dataclass(frozen=True)
class HttpRequest:
    """`content`: the body as it is sent; `idempotent`: by default what the method is; `follow`: redirects."""

    method: Method
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, Any] = field(default_factory=dict, repr=False)
    content: bytes | None = field(default=None, repr=False)
    auth: Auth | None = field(default=None, repr=False)
    idempotent: bool | None = None
    follow: bool = True

    @property
    def repeatable(self) -> bool:
        """Whether sending it twice does no more than sending it once."""
        return self.method in IDEMPOTENT if self.idempotent is None else self.idempotent


def checked_headers(headers: Mapping[str, str], *, where: str) -> dict[str, str]:
    """The headers with lower-case names. Raises InvalidInput naming the one that cannot be sent."""
    clean: dict[str, str] = {}
    for name, value in headers.items():
        lowered = name.lower()
        if lowered in _OURS:
            raise InvalidInput(f"the header {name} is set by the connection", where=where, remedy="Leave it out.")
        if not name or not set(name) <= _TOKEN:
            raise InvalidInput(f"{name!r} is no name of a header", where=where, remedy="Use letters, digits and -.")
        if not (value.isascii() and (value.isprintable() or value == "")) or value != value.strip(" "):
            remedy = "Remove line breaks, outer spaces and letters beyond ASCII."
            raise InvalidInput(f"the value of {name} cannot be sent in a header", where=where, remedy=remedy)
        if lowered in clean:
            raise InvalidInput(f"the header {name} is given twice", where=where, remedy="Give it once.")
        clean[lowered] = value
    return clean


def with_query(url: str, query: Mapping[str, Any]) -> str:
    """`url` with `query` added to what it has; lists repeat the name, null is left out, true is `true`."""
    pairs = [(name, _spelled(item)) for name, value in query.items() for item in _listed(value) if item is not None]
    if not pairs:
        return url
    rest, mark, fragment = url.partition("#")
    joint = "&" if "?" in rest else "?"
    return f"{rest}{joint}{urlencode(pairs)}{mark}{fragment}"


def json_body(value: Any) -> bytes:
    """JSON in UTF-8, Decimal as a number."""
    return json.dumps(value).encode()


def form_body(fields: Mapping[str, Any]) -> bytes:
    """application/x-www-form-urlencoded, lists as repeated names, null left out."""
    return with_query("", fields).removeprefix("?").encode()


def with_parameter(url: str, name: str, value: str) -> str:
    """`url` with its query parameter `name` set to `value`, whatever it was."""
    return str(httpx.URL(url).copy_set_param(name, value))


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _spelled(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(to_json(value))
