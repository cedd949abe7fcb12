"""Posts one Slack message, or writes it to the outbox, as the installation is configured."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from pipeline_project.errors import ServiceError
from pipeline_project.integrations.slack import Slack, SlackMessage, SlackReceipt
from pipeline_project.workflows.steps.base import BaseStepExecutor, StepConfig, StepContext, StepResult

_PERMALINK_SECONDS = 5


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


class SlackNotificationConfig(StepConfig):
    """What is said, and where."""

    channel: str = Field(min_length=1, description="A channel's id, `#name`, or a user's id")
    message: str = Field("", description="Markdown; beside blocks it is what notifications show")
    blocks: tuple[dict[str, Any], ...] = Field((), description="Block Kit blocks, passed on as they are")
    thread_ts: str | None = Field(None, description="The `ts` of the message to reply to")
    mention: Annotated[tuple[str, ...], BeforeValidator(_listed)] = Field(
        (),
        description="Users (U…), groups (S…), `here`, `channel` or `everyone`; text alone can mention nobody",
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.message and not self.blocks:
            raise ValueError("needs a message or blocks")
        return self


class SlackNotificationResult(StepResult):
    """What became of the message."""

    ts: str = Field(description="Its id within the channel; `outbox-…` when it was not posted")
    channel: str = Field(description="The channel's id, as Slack gave it")
    delivered: bool = Field(description="True when Slack posted it, false when it is in the outbox")
    path: str | None = Field(None, description="Its file, when it is in the outbox")
    permalink: str | None = Field(None, description="A link to it, when it was posted and Slack gave one")


class SlackNotification(BaseStepExecutor[SlackNotificationConfig, SlackNotificationResult]):
    """slack_notification: one message to one channel."""

    config = SlackNotificationConfig
    result = SlackNotificationResult
    needs = frozenset({"slack"})

    async def execute(self, config: SlackNotificationConfig, context: StepContext) -> SlackNotificationResult:
        """Post it. Raises InvalidInput for what Slack would misread, and what the client raises."""
        slack: Slack = context.clients["slack"]
        message = SlackMessage(
            channel=config.channel,
            text=config.message,
            blocks=config.blocks,
            thread_ts=config.thread_ts,
            mentions=config.mention,
        )
        async with context.effect(repeatable=slack.repeatable) as key:
            receipt = await slack.post(message, idempotency_key=key)
        return SlackNotificationResult(
            ts=receipt.ts,
            channel=receipt.channel,
            delivered=receipt.delivered,
            path=None if receipt.path is None else str(receipt.path),
            permalink=await _permalink(slack, receipt, context),
        )

    @classmethod
    def summarize(cls, result: Mapping[str, Any]) -> str:
        """Whether Slack posted it, and where."""
        if not result["delivered"]:
            return "not delivered, written to the outbox"
        return f"posted to {result['permalink'] or result['channel']}"


async def _permalink(slack: Slack, receipt: SlackReceipt, context: StepContext) -> str | None:
    """The link; a message that is posted must not fail for want of one, or it would be posted again."""
    try:
        async with asyncio.timeout(_PERMALINK_SECONDS):
            return await slack.permalink(receipt)
    except (ServiceError, TimeoutError) as error:
        context.log.warning("Slack gave no link to the message it posted", ts=receipt.ts, error=str(error))
        return None
