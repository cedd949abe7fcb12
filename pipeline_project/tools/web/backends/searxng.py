"""SearXNG's search API (docs.searxng.org/dev/search_api): one's own server, without a key.

The server is the operator's choice, so it may be internal; PIPELINE_ALLOWED_HOSTS need not name it. Refuses servers
that answer in HTML alone.
"""

from urllib.parse import urlencode

import httpx

from pipeline_project.errors import InvalidInput, NotConfigured, PermissionDenied, RateLimited, ServiceUnavailable
from pipeline_project.integrations.http import Reply, exchange
from pipeline_project.integrations.http.exchange import within
from pipeline_project.security.tls import client_context
from pipeline_project.security.urls import Checked, UrlPolicy, check, open_client
from pipeline_project.security.urls.hosts import written
from pipeline_project.tools.web.backends.base import Query, SearchResult, results_of
from pipeline_project.tools.web.domains import host_of

VARIABLE = "PIPELINE_SEARXNG_URL"


class SearxngBackend:
    """Asks the server at `base_url`."""

    name = "searxng"

    def __init__(self, base_url: str, policy: UrlPolicy) -> None:
        if not base_url:
            raise NotConfigured("no SearXNG server is named", where=VARIABLE, remedy=f"Set {VARIABLE}.")
        self._base_url = base_url.rstrip("/")
        self._policy = policy

    async def search(self, query: Query) -> list[SearchResult]:
        """See the protocol."""
        asked = f"{self._base_url}/search?{urlencode({'q': query.with_sites(), 'format': 'json'})}"
        policy, url = self._opened(asked)
        async with within(policy, place="searxng"), open_client(policy, tls=client_context()) as client:
            reply = await exchange(client, "GET", url, policy=policy, headers={"accept": "application/json"})
        _refuse(reply)
        answer = reply.json()
        entries = answer.get("results") if isinstance(answer, dict) else None
        return query.admitted(results_of(entries, "content", place="searxng"))

    def _opened(self, url: str) -> tuple[UrlPolicy, Checked]:
        """A policy that opens this one server, and the URL checked under it."""
        try:
            server = httpx.URL(self._base_url)
            port = server.port or (80 if server.scheme == "http" else 443)
            policy = self._policy.allowing([written(server.raw_host.decode(), port)])
            return policy, check(url, policy)
        except (httpx.InvalidURL, InvalidInput, NotConfigured, PermissionDenied) as error:
            remedy = "Write it as https://search.example or http://searxng:8080."
            raise NotConfigured(f"{self._base_url!r} is no server: {error}", where=VARIABLE, remedy=remedy) from error


def _refuse(reply: Reply) -> None:
    if reply.status == 403:
        remedy = "Add json to search.formats in the server's settings.yml, and let it answer this address."
        raise NotConfigured("the SearXNG server refuses to answer in JSON (403)", where=VARIABLE, remedy=remedy)
    if reply.status == 429:
        remedy = "Wait, or loosen the server's limiter."
        raise RateLimited("answered 429", where="searxng", remedy=remedy, retry_after=reply.retry_after)
    if reply.status != 200:
        said = f": {reply.excerpt()}" if reply.excerpt() else ""
        remedy = f"Check {VARIABLE} ({host_of(reply.url.url)})."
        raise ServiceUnavailable(f"answered {reply.status}{said}", where="searxng", remedy=remedy)
