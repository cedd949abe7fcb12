"""What follows from a redirect: the next URL, method, headers and body, and what is left behind on the way.

301, 302 and 303 are followed with GET, 307 and 308 as they were (RFC 9110, 15.4). To another origin go no
credentials and no header that was not named harmless. Refuses to go from https to http, and where the policy says no.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import httpx

from pipeline_project.errors import InvalidInput, PermissionDenied, RequestRejected
from pipeline_project.integrations.http.exchange import Reply
from pipeline_project.security.redaction import redact_text
from pipeline_project.security.urls import Checked, UrlPolicy, check

_FOLLOWED: Final = frozenset({301, 302, 303, 307, 308})
_AS_IT_WAS: Final = frozenset({307, 308})
_OF_BODY: Final = frozenset({"content-type", "content-language", "content-encoding", "content-location"})
_HARMLESS: Final = _OF_BODY | {"accept", "accept-language", "user-agent", "idempotency-key", "prefer"}


@dataclass(frozen=True)
class Hop:
    """One request of a chain. `trusted`: it goes to the origin that the credentials were given for."""

    method: str
    url: Checked
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes | None = field(default=None, repr=False)
    trusted: bool = True
    acted: bool = False
    """An earlier hop was answered as done, so what fails now leaves the outcome unknown."""


def location(reply: Reply) -> str | None:
    """The absolute URL a redirect leads to, None for any other answer. Raises RequestRejected for no URL."""
    if reply.status not in _FOLLOWED or "location" not in reply.headers:
        return None
    try:
        return str(httpx.URL(reply.url.url).join(reply.headers["location"]))
    except httpx.InvalidURL as error:
        raise RequestRejected(f"answered {reply.status} and names no URL: {error}", where=reply.place) from error


def next_hop(hop: Hop, reply: Reply, target: str, policy: UrlPolicy) -> Hop:
    """The request that follows `reply`. Raises RequestRejected where it may not go."""
    acted = hop.acted or (not reply.repeatable and reply.status not in _AS_IT_WAS)
    try:
        url = check(target, policy)
    except (PermissionDenied, InvalidInput) as error:
        message = f"redirects to {redact_text(target)[:200]}, which is refused: {error.message}"
        raise RequestRejected(message, where=reply.place, remedy=error.remedy, outcome_unknown=acted) from error
    if hop.url.scheme == "https" and url.scheme == "http":
        message = f"redirects from https to {url.shown}, which is refused"
        raise RequestRejected(message, where=reply.place, remedy="Ask for that URL itself.", outcome_unknown=acted)
    following = replace(hop, url=url, acted=acted)
    if not _same_service(hop.url, url):
        kept = {name: value for name, value in hop.headers.items() if name in _HARMLESS}
        following = replace(following, headers=kept, trusted=False)
    if reply.status in _AS_IT_WAS or hop.method == "HEAD":
        return following
    bodiless = {name: value for name, value in following.headers.items() if name not in _OF_BODY}
    return replace(following, method="GET", headers=bodiless, content=None)


def _same_service(here: Checked, there: Checked) -> bool:
    """One origin, or the encrypted twin of a host on its usual ports."""
    upgraded = here.origin == ("http", there.host, 80) and there.origin == ("https", here.host, 443)
    return here.origin == there.origin or upgraded
