"""How the client opens a provider, unless it is given another way. Refuses nothing itself."""

from pipeline_project.llm.pool import Address, Open
from pipeline_project.llm.providers import factory
from pipeline_project.llm.providers.base import Provider
from pipeline_project.settings import Settings


def opener(settings: Settings) -> Open:
    """Opens addresses by these settings. What it gives raises NotFound and NotConfigured."""

    def open_provider(address: Address) -> Provider:
        return factory.create(address.name, api_key=address.api_key, settings=settings, timeouts=address.timeouts)

    return open_provider
