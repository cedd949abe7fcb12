"""Brave Search's web search API (api-dashboard.search.brave.com/documentation); the key is BRAVE_API_KEY."""

from pipeline_project.errors import AuthenticationFailed, RequestRejected
from pipeline_project.integrations.transport import Transport
from pipeline_project.security.secrets import SecretSource, variable_of
from pipeline_project.tools.web.backends.base import Query, SearchResult, results_of

KEY = "BRAVE_API_KEY"
_MOST = 20  # results per page that the API gives


class BraveBackend:
    """Asks the API at `base_url`. `search` raises NotConfigured while the key is not set."""

    name = "brave"

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url

    async def search(self, query: Query) -> list[SearchResult]:
        """See the protocol."""
        headers = {"x-subscription-token": SecretSource().get(KEY), "accept": "application/json"}
        params = {"q": query.with_sites(), "count": str(min(query.limit * 2, _MOST)), "text_decorations": "false"}
        async with Transport(
            "brave", self._base_url, headers=headers, address="PIPELINE_BRAVE_BASE_URL", credential=variable_of(KEY)
        ) as transport:
            try:
                answer = await transport.request("GET", "res/v1/web/search", params=params)
            except RequestRejected as error:
                if "SUBSCRIPTION_TOKEN_INVALID" not in error.message:
                    raise
                # Brave says so with 422 instead of 401
                remedy = f"Replace {variable_of(KEY)}."
                raise AuthenticationFailed("refused the key", where="brave", remedy=remedy) from error
        reply = answer.json()
        web = reply.get("web") if isinstance(reply, dict) else None
        if isinstance(reply, dict) and web is None:
            return []  # no section: nothing of that kind was found
        entries = web.get("results") if isinstance(web, dict) else None
        return query.admitted(results_of(entries, "description", place=answer.place))
