"""delay: waits a short while inside the worker.

Refuses more than PIPELINE_INLINE_DELAY_SECONDS (30 by default): a worker never sleeps for long.
"""

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import Field, model_validator

from pipeline_project import settings
from pipeline_project.workflows.steps.base import BaseStepExecutor, StepConfig, StepContext, StepResult


class Config(StepConfig):
    """How long; the parts add up."""

    seconds: Decimal = Field(Decimal(0), ge=0, description="Seconds")
    minutes: Decimal = Field(Decimal(0), ge=0, description="Minutes")

    @property
    def total(self) -> Decimal:
        """All of it, in seconds."""
        return self.seconds + 60 * self.minutes

    @model_validator(mode="after")
    def _short(self) -> "Config":
        longest = settings.load().inline_delay_seconds
        if not 0 < self.total <= longest:
            raise ValueError(
                f"a delay is more than 0 and at most {longest} seconds in this version "
                "(PIPELINE_INLINE_DELAY_SECONDS); schedule a later run for anything longer"
            )
        return self


class Result(StepResult):
    """How long it waited, in seconds."""

    waited: Decimal


class Delay(BaseStepExecutor[Config, Result]):
    """Sleeps on the event loop; a cancel or a timeout ends it at once."""

    config = Config
    result = Result

    async def execute(self, config: Config, context: StepContext) -> Result:
        """Wait, then say how long."""
        await asyncio.sleep(float(config.total))
        return Result(waited=config.total)

    @classmethod
    def summarize(cls, result: Mapping[str, Any]) -> str:
        """How long it waited."""
        return f"waited {result['waited']} s"
