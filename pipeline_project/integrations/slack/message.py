"""A Slack message as its author gives it, the receipt for it, and what every way of sending it must offer.

Refuses what Slack would cut or misread: no text, too much of it, a channel that is no channel, a mention of
nobody.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from pipeline_project.errors import InvalidInput
from pipeline_project.integrations.slack import mrkdwn
from pipeline_project.persistence import json

LONGEST_TEXT = 40_000  # characters; Slack cuts off the rest (chat.postMessage)
MOST_BLOCKS = 50  # Block Kit, blocks in messages

_CHANNEL = re.compile(r"#?\w[\w.-]{0,79}")
_USER = re.compile(r"[UW][A-Z0-9]{2,20}")
_GROUP = re.compile(r"S[A-Z0-9]{2,20}")
_EVERYONE = ("here", "channel", "everyone")


@dataclass(frozen=True)
class SlackMessage:
    """What to say where.

    `channel`: an id or `#name`. `text`: Markdown; beside `blocks` it is what notifications show. `mentions`:
    user ids (U…), group ids (S…), here, channel or everyone. `thread_ts`: the message to reply to. Raises
    InvalidInput.
    """

    channel: str
    text: str = ""
    blocks: tuple[Mapping[str, Any], ...] = ()
    thread_ts: str | None = None
    mentions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _CHANNEL.fullmatch(self.channel):
            remedy = "Give a channel's id (C…), #its-name, or a user's id (U…)."
            raise InvalidInput(f"{self.channel!r} is no channel", where="Slack message", remedy=remedy)
        if self.mentions and self.blocks:
            remedy = "Write the mention inside a block, as <@U…>."
            raise InvalidInput("a mention cannot stand beside blocks", where="Slack message", remedy=remedy)
        if len(self.blocks) > MOST_BLOCKS:
            problem = f"{len(self.blocks)} blocks, and Slack takes {MOST_BLOCKS}"
            raise InvalidInput(problem, where="Slack message", remedy="Send several messages.")
        if not self.rendered and not self.blocks:
            raise InvalidInput("there is nothing to say", where="Slack message", remedy="Give a text or blocks.")
        if len(self.rendered) > LONGEST_TEXT:
            problem = f"the text has {len(self.rendered)} characters, and Slack cuts it at {LONGEST_TEXT}"
            raise InvalidInput(problem, where="Slack message", remedy="Shorten it, or send several messages.")
        try:
            json.dumps(self.payload()).encode()
        except UnicodeEncodeError as error:
            raise InvalidInput(f"the text holds half a character: {error}", where="Slack message") from error

    @cached_property
    def rendered(self) -> str:
        """The text as mrkdwn, its mentions first."""
        return " ".join([*map(_mention, self.mentions), mrkdwn.from_markdown(self.text)]).strip()

    def payload(self) -> dict[str, Any]:
        """The arguments of chat.postMessage."""
        arguments = {"channel": self.channel, "text": self.rendered, "blocks": list(self.blocks)}
        return {name: value for name, value in {**arguments, "thread_ts": self.thread_ts}.items() if value}


@dataclass(frozen=True)
class SlackReceipt:
    """What became of a message. `ts`: its id within `channel`; `path`: its file in the outbox."""

    ts: str
    channel: str
    delivered: bool
    path: Path | None = None


class Slack(Protocol):
    """A place to post messages to."""

    @property
    def repeatable(self) -> bool:
        """Whether posting again under the same idempotency key does no harm."""
        ...

    async def post(self, message: SlackMessage, *, idempotency_key: str) -> SlackReceipt:
        """Post one message. Raises ServiceError."""
        ...

    async def permalink(self, receipt: SlackReceipt) -> str | None:
        """A link to the posted message; None where there is none. Raises ServiceError."""
        ...

    async def check(self) -> str:
        """Whether messages can be posted: a sentence on as whom or where. Raises ServiceError."""
        ...


def _mention(name: str) -> str:
    bare = name.removeprefix("@")
    if _USER.fullmatch(bare):
        return f"<@{bare}>"
    if _GROUP.fullmatch(bare):
        return f"<!subteam^{bare}>"
    if bare in _EVERYONE:
        return f"<!{bare}>"
    remedy = f"Give a user's id (U…), a group's id (S…), or one of {', '.join(_EVERYONE)}."
    raise InvalidInput(f"{name!r} cannot be mentioned", where="Slack message", remedy=remedy)
