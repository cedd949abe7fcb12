"""Where the pipeline finds a model: its provider, the words that provider speaks, and the client to call.

Refuses to guess: a provider without a client in this version is an error that says so.
"""

from typing import Final, NamedTuple, Protocol

from pipeline_project.conversion import Target
from pipeline_project.errors import NotConfigured
from pipeline_project.llm import models
from pipeline_project.llm.base import ModelClient
from pipeline_project.llm.offline import OfflineModel

_WIRES: Final[dict[str, Target]] = {
    # our own model reads Anthropic's requests as they are, so nothing is converted for it
    "offline": "anthropic",
    "anthropic": "anthropic",
    "openai": "openai",
    "google": "gemini",
    "deepseek": "deepseek",
}


class Route(NamedTuple):
    """A model's name at its provider, and the conversion target that the provider's client expects."""

    model: str
    provider: str
    wire: Target


class Models(Protocol):
    """What the pipeline asks of whoever knows the models."""

    def route(self, name: str) -> Route:
        """The way to a model. Raises NotFound, listing what there is."""
        ...

    def client(self, route: Route) -> ModelClient:
        """The client for it. Raises NotConfigured."""
        ...


class ShippedModels:
    """The models of this version."""

    def route(self, name: str) -> Route:
        """See Models."""
        found = models.resolve(name)
        return Route(found.upstream, found.provider, _WIRES.get(found.provider, "generic"))

    def client(self, route: Route) -> ModelClient:
        """See Models."""
        if route.provider != "offline":
            raise NotConfigured(
                f"this version ships the offline model only, and {route.model} is {route.provider}'s",
                where="model",
                remedy="Choose the model `offline`.",
            )
        return OfflineModel()
