"""What a model answered, whole or as events, with what it used and cost. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pipeline_project.messages.shapes import Block, Event


@dataclass(frozen=True)
class Usage:
    """Tokens. `input`: without what was read from or written to the cache; `reasoning`: a part of `output`.

    `cache_write_hour`: the part of `cache_write` that lives an hour and not five minutes.
    """

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0
    cache_write_hour: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.input + other.input,
            self.output + other.output,
            self.cache_read + other.cache_read,
            self.cache_write + other.cache_write,
            self.reasoning + other.reasoning,
            self.cache_write_hour + other.cache_write_hour,
        )


@dataclass(frozen=True)
class ToolCall:
    """A call the model asks for."""

    id: str
    name: str
    input: dict[str, Any]


@dataclass(frozen=True)
class Attempt:
    """One call upstream: `outcome` is success or the code of an error."""

    provider: str
    model: str
    outcome: str
    seconds: float


@dataclass(frozen=True)
class Response:
    """A whole answer. `message`: Anthropic's shape; `parsed`: the object, when a schema was given.

    `cost`: US dollars, None when no price is known. `asked`: the model asked for; `model`, `provider`: what served it.
    """

    message: Mapping[str, Any]
    usage: Usage
    cost: Decimal | None
    asked: str
    provider: str
    model: str
    parsed: Any = None
    latency_seconds: float = 0.0
    first_token_seconds: float | None = None
    attempts: tuple[Attempt, ...] = ()
    cached: bool = False
    call_id: str = ""
    reason: str = ""
    """Why this model was chosen, in a sentence."""

    @property
    def content(self) -> list[Block]:
        """The content blocks."""
        return list(self.message["content"])

    @property
    def text(self) -> str:
        """The text blocks, joined."""
        return "".join(block["text"] for block in self.content if block["type"] == "text")

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The calls, in order."""
        calls = (block for block in self.content if block["type"] == "tool_use")
        return tuple(ToolCall(block["id"], block["name"], dict(block["input"])) for block in calls)

    @property
    def stop_reason(self) -> str | None:
        """As the Messages API names it."""
        return self.message.get("stop_reason")

    @property
    def offline(self) -> bool:
        """Whether no model but the offline one answered."""
        return self.provider == "offline"


@dataclass(frozen=True)
class StreamEvent:
    """Base of what a stream yields; `raw` is the event of the Messages API it stands for."""

    raw: Event = field(repr=False)


@dataclass(frozen=True)
class Started(StreamEvent):
    """The first event: the upstream has begun to answer; from here on nothing falls back."""

    model: str
    provider: str


@dataclass(frozen=True)
class TextDelta(StreamEvent):
    """A piece of text."""

    text: str


@dataclass(frozen=True)
class ThinkingDelta(StreamEvent):
    """A piece of thinking."""

    text: str


@dataclass(frozen=True)
class ToolCallStarted(StreamEvent):
    """A tool call begins; its input follows in raw deltas."""

    id: str
    name: str


@dataclass(frozen=True)
class OtherEvent(StreamEvent):
    """An event that only its `raw` describes: deltas of input, signatures, ends of blocks, pings."""


@dataclass(frozen=True)
class Finished(StreamEvent):
    """The last event, with the whole answer."""

    response: Response
