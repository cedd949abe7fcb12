"""Opens the model client that the configuration describes, for Dagster's resource, the command line and the API alike.

Keys are no part of it: they are read for each call, where they are kept. Refuses nothing itself.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from pipeline_project import settings as configuration
from pipeline_project.llm.requests import Caller
from pipeline_project.llm.responses import Response
from pipeline_project.persistence import engine
from pipeline_project.settings import Settings

if TYPE_CHECKING:
    from pipeline_project.llm.client import Client

Listener = Callable[[Response], None]


@dataclass(frozen=True)
class LlmConnection:
    """How models are reached. `model`: of requests that name none; `environment`: which stored keys apply.

    Seconds are the limits of one request; `retries`: how often a model is asked again, 0 where a step is retried.
    """

    model: str
    environment: str = ""
    connect_seconds: float = 10
    first_token_seconds: float = 120
    total_seconds: float = 600
    concurrency: int = 16
    retries: int = 0

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The connection that the settings describe."""
        return cls(
            model=settings.llm_model,
            environment=settings.llm_environment,
            connect_seconds=settings.llm_connect_seconds,
            first_token_seconds=settings.llm_first_token_seconds,
            total_seconds=settings.llm_total_seconds,
            concurrency=settings.llm_concurrency,
        )

    @asynccontextmanager
    async def open(
        self, caller: Caller | None = None, *, on_response: Listener | None = None
    ) -> AsyncGenerator["Client", None]:
        """The client, closed at the end. `caller`: who asks where a request leaves it open."""
        from pipeline_project.llm.client import Client  # every provider and wire: not for whoever only describes it

        own = {
            "llm_model": self.model,
            "llm_environment": self.environment,
            "llm_connect_seconds": self.connect_seconds,
            "llm_first_token_seconds": self.first_token_seconds,
            "llm_total_seconds": self.total_seconds,
            "llm_concurrency": self.concurrency,
        }
        settings = configuration.load().model_copy(update=own)
        client = Client(settings, engine.default(), retries=self.retries, caller=caller, on_response=on_response)
        async with client:
            yield client
