"""Slack messages written to the outbox instead of posted.

Refuses to invent what only Slack can give: the `ts` says that it comes from the outbox, and there is no
permalink.
"""

import asyncio
import hashlib

from pipeline_project.integrations.outbox import Outbox
from pipeline_project.integrations.slack.message import SlackMessage, SlackReceipt
from pipeline_project.persistence import json


class SlackOutbox:
    """Writes what chat.postMessage would be sent."""

    repeatable = True

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def post(self, message: SlackMessage, *, idempotency_key: str) -> SlackReceipt:
        """Write the message; one key always gives one `ts`, so a reply can name it. Raises StoreError."""
        payload = message.payload()
        shown = payload.get("text") or json.dumps(message.blocks, indent=2)
        entry = await asyncio.to_thread(
            self._outbox.write,
            "slack",
            idempotency_key=idempotency_key,
            summary=f"{message.channel}: {shown.splitlines()[0][:80]}",
            content=payload,
            previews={".txt": f"To {message.channel}{_thread(message)} (not delivered)\n\n{shown}\n"},
        )
        ts = f"outbox-{hashlib.sha256(idempotency_key.encode()).hexdigest()[:16]}"
        return SlackReceipt(ts=ts, channel=message.channel, delivered=False, path=entry.path)

    async def permalink(self, receipt: SlackReceipt) -> str | None:
        """None."""
        return None

    async def check(self) -> str:
        """Where messages are written."""
        return f"writes messages to {self._outbox.directory / 'slack'}; nothing is delivered"


def _thread(message: SlackMessage) -> str:
    return f", in the thread of {message.thread_ts}" if message.thread_ts else ""
