"""Anthropic stream events in their right order: one block open at a time, each with the index after the last.

Knows the grammar of the stream and nothing of where its content comes from. Refuses an empty block: a block is opened
with its first content.
"""

from typing import Any, Literal

from pipeline_project.messages.shapes import Event

Kind = Literal["text", "thinking", "tool_use"]


class Emitter:
    """Collects the events of one step; `take` hands them out."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._next = 0
        self.open: Kind | None = None

    def take(self) -> list[Event]:
        """The events since the last call."""
        events, self._events = self._events, []
        return events

    def add(self, event: Event) -> None:
        """An event that is no part of a block."""
        self._events.append(event)

    def start(self, kind: Kind, block: dict[str, Any]) -> None:
        """Open a block, after closing the one that is open."""
        self.stop()
        self.open = kind
        self._events.append({"type": "content_block_start", "index": self._next, "content_block": block})

    def delta(self, delta: dict[str, Any]) -> None:
        """A delta of the open block."""
        self._events.append({"type": "content_block_delta", "index": self._next, "delta": delta})

    def stop(self) -> None:
        """Close the open block, if there is one."""
        if self.open is not None:
            self._events.append({"type": "content_block_stop", "index": self._next})
            self._next += 1
            self.open = None

    def text(self, text: str) -> None:
        """Text, in the open text block or a new one."""
        if self.open != "text":
            self.start("text", {"type": "text", "text": ""})
        delta = {"type": "text_delta", "text": text}
        self._events.append({"type": "content_block_delta", "index": self._next, "delta": delta})

    def thinking(self, text: str) -> None:
        """Thinking, in the open thinking block or a new one."""
        if self.open != "thinking":
            self.start("thinking", {"type": "thinking", "thinking": "", "signature": ""})
        if text:
            self.delta({"type": "thinking_delta", "thinking": text})

    def signature(self, signature: str) -> None:
        """The signature of the open thinking block or, without one, of an empty one; it closes the block."""
        self.thinking("")
        self.delta({"type": "signature_delta", "signature": signature})
        self.stop()

    def redacted(self, data: str) -> None:
        """A redacted thinking block, which has no deltas."""
        self.start("thinking", {"type": "redacted_thinking", "data": data})
        self.stop()
