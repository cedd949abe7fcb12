"""The backend that the settings name. Refuses to search with none, saying how each is set up."""

from pipeline_project.errors import NotConfigured
from pipeline_project.security.urls import UrlPolicy
from pipeline_project.settings import Settings
from pipeline_project.tools.web.backends.base import SearchBackend
from pipeline_project.tools.web.backends.brave import BraveBackend
from pipeline_project.tools.web.backends.local import LocalBackend
from pipeline_project.tools.web.backends.searxng import SearxngBackend
from pipeline_project.tools.web.backends.tavily import TavilyBackend


def backend_of(settings: Settings, policy: UrlPolicy) -> SearchBackend:
    """The backend. Raises NotConfigured for none, or for one that is half configured."""
    match settings.search_backend:
        case "searxng":
            return SearxngBackend(settings.searxng_url, policy)
        case "brave":
            return BraveBackend(settings.brave_base_url)
        case "tavily":
            return TavilyBackend(settings.tavily_base_url)
        case "local":
            return LocalBackend(settings.search_index, settings.home)
        case "none":
            raise NotConfigured(
                "no search backend is configured",
                where="WebSearch",
                remedy="Set PIPELINE_SEARCH_BACKEND to searxng (with PIPELINE_SEARXNG_URL), brave (with "
                "PIPELINE_SECRET_BRAVE_API_KEY), tavily (with PIPELINE_SECRET_TAVILY_API_KEY) or local (with "
                "PIPELINE_SEARCH_INDEX, a folder of pages).",
            )
