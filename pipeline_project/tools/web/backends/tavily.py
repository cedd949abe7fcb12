"""Tavily's search API (docs.tavily.com/documentation/api-reference/endpoint/search); the key is TAVILY_API_KEY."""

from typing import Any

from pipeline_project.errors import RateLimited, RequestRejected
from pipeline_project.integrations.transport import Transport
from pipeline_project.security.secrets import SecretSource, variable_of
from pipeline_project.tools.web.backends.base import Query, SearchResult, results_of

KEY = "TAVILY_API_KEY"
_MOST = 20
_LIMITS = ("answered 432", "answered 433")  # the plan's and the pay-as-you-go limit


class TavilyBackend:
    """Asks the API at `base_url`. `search` raises NotConfigured while the key is not set."""

    name = "tavily"

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url

    async def search(self, query: Query) -> list[SearchResult]:
        """See the protocol."""
        body: dict[str, Any] = {"query": query.text, "max_results": min(query.limit, _MOST), "search_depth": "basic"}
        if query.allowed:
            body["include_domains"] = list(query.allowed)
        if query.blocked:
            body["exclude_domains"] = list(query.blocked)
        async with Transport(
            "tavily",
            self._base_url,
            headers={"authorization": f"Bearer {SecretSource().get(KEY)}"},
            address="PIPELINE_TAVILY_BASE_URL",
            credential=variable_of(KEY),
        ) as transport:
            try:
                answer = await transport.request("POST", "search", body=body, idempotent=True)
            except RequestRejected as error:
                if not error.message.startswith(_LIMITS):
                    raise
                remedy = "Raise the plan's limit, or wait for the next period."
                raise RateLimited(error.message, where="tavily", remedy=remedy) from error
        reply = answer.json()
        entries = reply.get("results") if isinstance(reply, dict) else None
        return query.admitted(results_of(entries, "content", place=answer.place))
