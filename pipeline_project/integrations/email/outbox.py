"""Mail written to the outbox instead of sent: its JSON, an .eml for mail programs, HTML for browsers."""

import asyncio
from dataclasses import replace
from typing import Any

from pipeline_project.integrations.email.message import MailMessage, MailReceipt, address
from pipeline_project.integrations.email.mime import compose, page
from pipeline_project.integrations.outbox import Outbox
from pipeline_project.security.redaction import redact

DEFAULT_SENDER = "workflows@pipeline.test"


class OutboxMailer:
    """Writes what would be sent in the name of `sender`."""

    repeatable = True

    def __init__(self, outbox: Outbox, *, sender: str = "") -> None:
        self._outbox = outbox
        self._sender = address(sender or DEFAULT_SENDER, where="PIPELINE_EMAIL_FROM")

    async def send(self, message: MailMessage, *, idempotency_key: str) -> MailReceipt:
        """Write the mail. Raises StoreError."""
        # hidden before it is encoded: in base64, cut into lines, a secret would not be found again
        shown = replace(message, **redact({"subject": message.subject, "body": message.body}, by_name=False))
        mail = compose(shown, sender=self._sender, idempotency_key=idempotency_key)
        entry = await asyncio.to_thread(
            self._outbox.write,
            "email",
            idempotency_key=idempotency_key,
            summary=f"{', '.join(shown.to)}: {shown.subject}",
            content=self._content(shown, mail["Message-ID"]),
            previews={".eml": mail.as_bytes().decode(), ".html": page(shown)},
        )
        return MailReceipt(message_id=mail["Message-ID"], delivered=False, path=entry.path)

    async def check(self) -> str:
        """Where mail is written."""
        return f"writes mail to {self._outbox.directory / 'email'}; nothing is delivered"

    def _content(self, message: MailMessage, message_id: str) -> dict[str, Any]:
        return {
            "message_id": message_id,
            "from": str(self._sender),
            "to": message.to,
            "cc": message.cc,
            "bcc": message.bcc,
            "reply_to": message.reply_to,
            "subject": message.subject,
            "body": message.body,
        }
