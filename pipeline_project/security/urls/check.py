"""Reads a URL the one way it will be used: every part that readers could disagree on is refused or made canonical.

Asks no name server; `resolve.addresses_of` looks at the addresses when a connection is opened. Refuses other
schemes, credentials, control characters, backslashes, ports that are not open, and internal hosts by name or number.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

import httpx

from pipeline_project.errors import InvalidInput, PermissionDenied
from pipeline_project.security.redaction import redact_text
from pipeline_project.security.urls.addresses import refusal
from pipeline_project.security.urls.hosts import address_of, normalized_host, written
from pipeline_project.security.urls.policy import UrlPolicy, opening

_PORTS: Final = {"http": 80, "https": 443}
_LONGEST: Final = 8192
# names that only ever mean this machine, or a cloud's metadata service (RFC 6761, 6.3; GCP and AWS documentation)
_LOCAL: Final = ("localhost", "localdomain", "localhost.localdomain", "ip6-localhost", "ip6-loopback")
_METADATA: Final = (
    "metadata",
    "metadata.google.internal",
    "metadata.goog",
    "instance-data",
    "instance-data.ec2.internal",
)


@dataclass(frozen=True)
class Checked:
    """A URL that may be asked for. `url`: canonical, without fragment; `opened`: by the allow-list."""

    url: str
    scheme: str
    host: str
    port: int
    opened: bool

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: what credentials are bound to (RFC 6454)."""
        return (self.scheme, self.host, self.port)

    @property
    def shown(self) -> str:
        """The URL as logs and errors may show it."""
        return redact_text(self.url)


def check(url: str, policy: UrlPolicy) -> Checked:
    """The URL in canonical form. Raises InvalidInput for what cannot be read, PermissionDenied for what is closed."""
    text = url.strip(" ")
    if len(text) > _LONGEST:
        raise InvalidInput(f"is longer than {_LONGEST} characters", where="url", remedy="Shorten it.")
    if re.search(r"[\x00-\x20\x7f-\xa0\u2028\u2029\\]", text):
        remedy = "Percent-encode spaces, and use / for \\."
        raise InvalidInput("holds a space, control character or backslash", where=_shown(text), remedy=remedy)
    parts = _split(text)
    host = normalized_host(_host(parts))
    port = _port(parts, text)
    opened = policy.opens(host, port)
    if not opened:
        _refuse_closed(host, port, policy)
    canonical = _canonical(parts, host, port, text)
    return Checked(canonical, parts.scheme, host, port, opened)


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise InvalidInput(f"cannot be read as a URL: {error}", where=_shown(text)) from error
    if parts.scheme not in _PORTS:
        named = f"the scheme {parts.scheme!r}" if parts.scheme else "a URL without a scheme"
        raise InvalidInput(f"{named} is refused", where=_shown(text), remedy="Use http:// or https://.")
    if "@" in parts.netloc:
        raise InvalidInput("credentials in a URL are refused", where=_shown(text), remedy="Send them in a header.")
    return parts


def _host(parts: SplitResult) -> str:
    found = re.fullmatch(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(:[^:]*)?", parts.netloc)
    if found is None or not found["host"]:
        raise InvalidInput("names no host", where=parts.netloc[:100] or "url", remedy="Write https://host/path.")
    return found["host"]


def _port(parts: SplitResult, text: str) -> int:
    given = re.search(r":([^:\]]*)$", parts.netloc)
    if given is None or not given[1]:
        return _PORTS[parts.scheme]
    if not (given[1].isascii() and given[1].isdigit() and len(given[1]) <= 5 and 0 < int(given[1]) < 65536):
        raise InvalidInput("there is no such port", where=_shown(text), remedy="A port is a number up to 65535.")
    return int(given[1])


def _refuse_closed(host: str, port: int, policy: UrlPolicy) -> None:
    address = address_of(host)
    why = _refused_name(host) if address is None else refusal(address)
    if why is None and port not in policy.allowed_ports:
        ports = " and ".join(map(str, sorted(policy.allowed_ports)))
        why = f"has port {port} closed, only {ports} are open"
    if why is not None:
        raise PermissionDenied(why, where=written(host), remedy=opening(host, port))


def _refused_name(host: str) -> str | None:
    if host in _METADATA:
        return "is a cloud's metadata service"
    return "means this machine" if host in _LOCAL or host.endswith(".localhost") else None


def _canonical(parts: SplitResult, host: str, port: int, text: str) -> str:
    authority = written(host, None if port == _PORTS[parts.scheme] else port)
    query = f"?{parts.query}" if parts.query else ""
    try:
        url = httpx.URL(f"{parts.scheme}://{authority}{parts.path or '/'}{query}")
    except httpx.InvalidURL as error:
        raise InvalidInput(f"cannot be read as a URL: {error}", where=_shown(text)) from error
    if url.raw_host.decode() != host or (url.port or _PORTS[parts.scheme]) != port:
        raise InvalidInput("is read differently by different programs", where=_shown(text), remedy="Write it plainly.")
    # str(url) leaves the path out when dots were all there was of it
    return f"{parts.scheme}://{authority}{url.raw_path.decode('ascii')}"


def _shown(text: str) -> str:
    return redact_text(re.sub(r"[\x00-\x1f\x7f-\xa0]", "?", text))[:200] or "url"
