"""Reasoning that an upstream sends inside the text, between tags at its very start.

Tags may be cut anywhere. Text that does not start with the opening tag passes as it is; later tags are text.
"""

from typing import Literal

Piece = tuple[Literal["text", "thinking"], str]


class ThinkTags:
    """Splits streamed text into thinking and text."""

    def __init__(self, opening: str, closing: str) -> None:
        self._opening = opening
        self._closing = closing
        self._held = ""
        self._state: Literal["start", "inside", "between", "after"] = "start"

    def feed(self, text: str) -> list[Piece]:
        """The pieces that are sure with this text."""
        if self._state == "after":
            return [("text", text)]
        self._held += text
        pieces: list[Piece] = []
        if self._state == "start":
            begun = self._held.lstrip()
            if begun.startswith(self._opening):
                self._state, self._held = "inside", begun[len(self._opening) :]
            elif not self._opening.startswith(begun):
                self._state = "after"
                return [("text", self._take())]
        if self._state == "inside":
            pieces.extend(self._inside())
        if self._state == "between" and (rest := self._held.lstrip()):
            self._state, self._held = "after", ""
            pieces.append(("text", rest))
        return pieces

    def finish(self) -> list[Piece]:
        """What was held back when the text ends."""
        if not self._held or self._state == "between":
            return []
        return [("thinking" if self._state == "inside" else "text", self._take())]

    def _inside(self) -> list[Piece]:
        thinking, found, rest = self._held.partition(self._closing)
        if found:
            self._state, self._held = "between", rest
            return [("thinking", thinking)] if thinking else []
        # The end may be the beginning of the closing tag.
        keep = next(
            (size for size in range(len(self._closing) - 1, 0, -1) if self._held.endswith(self._closing[:size])), 0
        )
        sure = self._held[: len(self._held) - keep]
        self._held = self._held[len(sure) :]
        return [("thinking", sure)] if sure else []

    def _take(self) -> str:
        held, self._held = self._held, ""
        return held
