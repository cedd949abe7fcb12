"""Sends one mail, over SMTP or to the outbox, as the installation is configured.

Refuses attachments and templates for now: there is no field for either.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from pipeline_project.integrations.email import Mailer, MailMessage
from pipeline_project.workflows.steps.base import BaseStepExecutor, StepConfig, StepContext, StepResult


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Addresses = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class EmailSendConfig(StepConfig):
    """Who is written to, and what."""

    to: Addresses = Field(min_length=1, description="Addresses, `ada@example.com` or `Ada <ada@example.com>`")
    cc: Addresses = Field((), description="Addresses that get a copy")
    bcc: Addresses = Field((), description="Addresses that get a copy the others do not see")
    subject: str = Field(min_length=1, description="One line")
    body: str = Field(min_length=1, description="Markdown; sent as text and as HTML")
    reply_to: str | None = Field(None, description="Where answers go, if not to the sender")


class EmailSendResult(StepResult):
    """What became of the mail."""

    message_id: str = Field(description="Its Message-ID, the same for the same step of the same execution")
    delivered: bool = Field(description="True when a mail server took it, false when it is in the outbox")
    path: str | None = Field(None, description="Its file, when it is in the outbox")


class EmailSend(BaseStepExecutor[EmailSendConfig, EmailSendResult]):
    """email_send: one mail to all of its recipients, or to none."""

    config = EmailSendConfig
    result = EmailSendResult
    needs = frozenset({"email"})

    async def execute(self, config: EmailSendConfig, context: StepContext) -> EmailSendResult:
        """Send it. Raises InvalidInput for what cannot be mailed, and what the mailer raises."""
        mailer: Mailer = context.clients["email"]
        message = MailMessage(**config.model_dump())
        async with context.effect(repeatable=mailer.repeatable) as key:
            receipt = await mailer.send(message, idempotency_key=key)
        path = None if receipt.path is None else str(receipt.path)
        return EmailSendResult(message_id=receipt.message_id, delivered=receipt.delivered, path=path)

    @classmethod
    def summarize(cls, result: Mapping[str, Any]) -> str:
        """Whether a server took it, and where it is if not."""
        return "sent" if result["delivered"] else "not delivered, written to the outbox"
