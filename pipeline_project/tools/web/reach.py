"""How a session reaches the web: its policy, the step from http to https, and a page by its URL.

A public http:// URL is asked for over https. A host of PIPELINE_ALLOWED_HOSTS keeps the scheme it is given, because
internal services seldom have certificates, and so does a port other than 80. Refuses to follow a redirect to another
host or to where governance does not simply allow: it is reported, and whoever asked may ask for it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from pipeline_project import settings
from pipeline_project.errors import InvalidInput, PermissionDenied, RequestRejected
from pipeline_project.integrations.http import Reply, exchange
from pipeline_project.integrations.http.exchange import within
from pipeline_project.integrations.http.redirects import location
from pipeline_project.security.redaction import redact_text
from pipeline_project.security.tls import client_context
from pipeline_project.security.urls import Checked, UrlPolicy, check, open_client
from pipeline_project.tools.session import Session

_ACCEPT: Final = "text/markdown, text/html;q=0.9, application/xhtml+xml;q=0.9, text/plain;q=0.8, */*;q=0.5"


@dataclass(frozen=True)
class Elsewhere:
    """A redirect that was not followed."""

    reply: Reply
    target: Checked
    same_host: bool = False
    """It stays on the host, but governance does not simply allow its target."""


def policy_of(session: Session) -> UrlPolicy:
    """The session's own policy, or that of the settings within the session's limits."""
    if session.urls is not None:
        return session.urls
    limits = session.limits
    policy = UrlPolicy.from_settings(settings.load())
    return replace(policy, max_bytes=limits.web_bytes, max_seconds=limits.web_seconds)


def secured(url: Checked, policy: UrlPolicy) -> Checked:
    """The URL over https, where the rule above says so."""
    if url.scheme != "http" or url.port != 80 or url.opened:
        return url
    return check(url.url.replace("http://", "https://", 1), policy)


async def get(url: Checked, policy: UrlPolicy, *, permitted: Callable[[Checked], bool]) -> Reply | Elsewhere:
    """The page at `url`, whatever its status, or the redirect that leads away from its host.

    Raises PermissionDenied for a redirect to a closed address, RequestRejected for too many, and what `exchange` does.
    """
    async with within(policy, place=f"GET {url.shown}"), open_client(policy, tls=client_context()) as client:
        hops = 0
        while True:
            reply = await exchange(client, "GET", url, policy=policy, headers={"accept": _ACCEPT})
            target = location(reply)
            if target is None:
                return reply
            following = secured(_checked(target, reply, policy), policy)
            same_host = _same_host(url, following)
            if not same_host or not permitted(following):
                return Elsewhere(reply, following, same_host)
            hops += 1
            if hops > policy.max_redirects:
                raise RequestRejected(f"redirects more than {policy.max_redirects} times", where=reply.place)
            url = following


def _checked(target: str, reply: Reply, policy: UrlPolicy) -> Checked:
    try:
        return check(target, policy)
    except (PermissionDenied, InvalidInput) as error:
        message = f"redirects to {redact_text(target)[:200]}, which is refused: {error.message}"
        raise PermissionDenied(message, where=reply.place, remedy=error.remedy) from error


def _same_host(here: Checked, there: Checked) -> bool:
    """One host, with or without www., on its usual ports or on the same one."""
    usual = {here.port, there.port} <= {80, 443}
    return here.host.removeprefix("www.") == there.host.removeprefix("www.") and (usual or here.port == there.port)
