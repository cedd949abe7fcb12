"""Where the pipeline finds a model: its provider, the words that provider speaks, and the call itself.

Refuses to guess: a model that no row knows is an error that lists near names.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple, Protocol

from pipeline_project import settings
from pipeline_project.conversion import Target
from pipeline_project.llm import models
from pipeline_project.llm.requests import Caller, Request
from pipeline_project.llm.responses import Usage
from pipeline_project.persistence import engine

Read = Callable[[dict[str, Any]], dict[str, Any]]
"""An upstream's answer as an Anthropic message."""


class Route(NamedTuple):
    """A model's name at its provider, and the conversion target that the provider's wire expects."""

    model: str
    provider: str
    wire: Target


class Step(NamedTuple):
    """A step of a run; '' outside of any."""

    run_id: str = ""
    name: str = ""


NO_STEP: Final = Step()


class Called(NamedTuple):
    """An upstream's answer in its own words, and as `read` made it a message.

    `cost`: US dollars, None when no price is known; `usage`: what it used.
    """

    answer: dict[str, Any]
    message: Mapping[str, Any]
    cost: Decimal | None = None
    usage: Usage | None = None


class Models(Protocol):
    """What the pipeline asks of whoever knows the models."""

    def route(self, name: str) -> Route:
        """The way to a model. Raises NotFound, listing what there is."""
        ...

    def check(self, route: Route) -> None:
        """Raises NotConfigured when the model cannot be called as things are: a batch finds it out before it begins."""
        ...

    async def call(
        self, route: Route, request: Mapping[str, Any], sent: Mapping[str, Any], *, read: Read, step: Step = NO_STEP
    ) -> Called:
        """Send a converted request. `request`: the one it was made of; `read`: what makes the answer a message.

        `step`: on what the call is booked. Raises NotConfigured without a key, BudgetExceeded, and ServiceError or its
        subclasses.
        """
        ...


class ProviderModels:
    """The models of every provider, called with the keys that are kept and booked like any other call.

    The providers are imported when a run needs them: loading a code location does not.
    """

    def route(self, name: str) -> Route:
        """See Models."""
        from pipeline_project.llm.providers import factory

        found = models.resolve(name)
        return Route(found.upstream, found.provider, factory.info(found.provider).wire)

    def check(self, route: Route) -> None:
        """See Models."""
        from pipeline_project.llm.keys import KeyStore
        from pipeline_project.llm.providers import factory

        if not factory.info(route.provider).keyless:
            KeyStore(engine.default(), settings.load()).get_for(_caller(), route.provider)

    async def call(
        self, route: Route, request: Mapping[str, Any], sent: Mapping[str, Any], *, read: Read, step: Step = NO_STEP
    ) -> Called:
        """See Models."""
        from pipeline_project.llm import client

        name = route.model if route.provider == "offline" else f"{route.provider}/{route.model}"
        asked = Request.of_body({**request, "model": name}, caller=_caller(step))
        answer, response = await client.default().exchange(asked, sent, read=read)
        return Called(answer, response.message, response.cost, response.usage)


def _caller(step: Step = NO_STEP) -> Caller:
    current = settings.load()
    return Caller(user=current.actor_name, environment=current.llm_environment, run_id=step.run_id, step_id=step.name)
