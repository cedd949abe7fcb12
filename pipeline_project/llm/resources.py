"""Dagster's view of the models: configuration, and the client for the body of an op.

Setting the resource up does nothing, because Dagster does it outside the event loop that the client must live in. Keys
are no fields: they stand in no run config and no UI.
"""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

import dagster as dg
from pydantic import Field

from pipeline_project.llm.factory import LlmConnection
from pipeline_project.llm.requests import Caller, Request
from pipeline_project.llm.responses import Response, Usage
from pipeline_project.settings import Settings

if TYPE_CHECKING:
    from pipeline_project.llm.client import Client

POOL_PREFIX = "llm_"
Context = dg.OpExecutionContext | dg.AssetExecutionContext


class LlmResource(dg.ConfigurableResource):
    """Model providers, by stored keys; out of the box the offline model, which needs none."""

    model: str = Field("offline", description="The model of requests that name none")
    environment: str = Field("", description="Which stored keys apply, such as staging or production")
    connect_seconds: float = Field(10, description="How long connecting may take")
    first_token_seconds: float = Field(120, description="How long a model may take to begin")
    total_seconds: float = Field(600, description="How long a whole answer may take")
    concurrency: int = Field(16, description="Calls in flight per provider and process")
    retries: int = Field(0, description="How often a model is asked again; 0 where the op has a retry policy")

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The resource that the settings describe."""
        return cls(**asdict(LlmConnection.from_settings(settings)))

    def open(
        self, caller: Caller | None = None, *, retries: int | None = None
    ) -> AbstractAsyncContextManager["Client"]:
        """The client, for one event loop. `caller`: who asks where a request leaves it open.

        `retries`: instead of the resource's own number, for what repeats calls itself and not by its op's policy.
        """
        return self._connection(retries).open(caller)

    @asynccontextmanager
    async def get_client(
        self,
        context: Context,
        caller: Caller | None = None,
        *,
        output_name: str | None = None,
        retries: int | None = None,
    ) -> AsyncGenerator["Client", None]:
        """The client for this step: calls are booked on its run, and what they used is shown on its output.

        Each answer is also a line in the run's log, without its content. `output_name`: which output bears the
        metadata, where there are several. `retries`: as for `open`.
        """
        tally = _Tally(context, output_name)
        booked = caller or Caller(run_id=context.run_id, step_id=str(context.op_handle))
        async with self._connection(retries).open(booked, on_response=tally.add) as client:
            yield client

    async def test_connection(self) -> str:
        """A sentence on who answers. Raises what a call raises."""
        async with self.open() as client:
            response = await client.complete(Request.of_text("Say ok.", max_tokens=16))
        offline = " (no model is asked)" if response.offline else ""
        return f"{response.provider} answers as {response.model}{offline}"

    def _connection(self, retries: int | None = None) -> LlmConnection:
        own = LlmConnection(**{each.name: getattr(self, each.name) for each in fields(LlmConnection)})
        return own if retries is None else replace(own, retries=retries)


def pool_of(provider: str) -> str:
    """The Dagster pool of ops that call a provider, for `@op(pool=pool_of("openai"))`; Dagster holds its limit."""
    return POOL_PREFIX + "".join(letter if letter.isalnum() else "_" for letter in provider)


@dataclass
class _Tally:
    """What the calls of a step used so far, written to the step after each, so that a failed step shows it too."""

    context: Context
    output_name: str | None
    calls: int = 0
    usage: Usage = field(default_factory=Usage)
    cost: Decimal | None = Decimal(0)

    def add(self, response: Response) -> None:
        """Count an answer and show the sums."""
        self.calls += 1
        self.usage += response.usage
        self.cost = None if self.cost is None or response.cost is None else self.cost + response.cost
        self.context.add_output_metadata(self._metadata(response), output_name=self.output_name)
        used = response.usage
        cost = "cost unknown" if response.cost is None else f"${response.cost.normalize():f}"
        self.context.log.info(
            f"{response.provider}/{response.model}: {used.input} tokens in, {used.output} out, {cost}, "
            f"{response.latency_seconds:.2f} s"
        )

    def _metadata(self, response: Response) -> dict[str, Any]:
        cost = dg.MetadataValue.text("unknown" if self.cost is None else f"{self.cost.normalize():f}")
        return {
            "llm_calls": self.calls,
            "llm_model": f"{response.provider}/{response.model}",
            "llm_input_tokens": self.usage.input + self.usage.cache_read + self.usage.cache_write,
            "llm_cached_tokens": self.usage.cache_read,
            "llm_output_tokens": self.usage.output,
            "llm_cost_usd": cost,
        }
