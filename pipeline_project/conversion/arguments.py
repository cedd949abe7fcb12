"""The arguments of one tool call, put together from whatever an upstream streams.

Incremental pieces, cumulative pieces (each repeats all before it), the whole once more at the end, an object instead of
text, JSON inside a JSON string. What is sure is handed on at once, what is not is held back; nothing is repaired: text
that is no JSON object stays as it came, and the reader marks it.
"""

import json
from typing import Any

from pipeline_project.conversion.marks import RAW_ARGUMENTS
from pipeline_project.conversion.shape import json_text


def parse_arguments(text: str) -> dict[str, Any]:
    """The arguments as an object; what is none is kept under one marking key. Empty text is an empty object."""
    if not text.strip():
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {RAW_ARGUMENTS: text}
    return value if isinstance(value, dict) else {RAW_ARGUMENTS: text}


class Arguments:
    """Collects the pieces of one call's arguments; `take` hands out what is new and sure."""

    __slots__ = ("_length", "_pieces", "_sure", "_taken")

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        # True once the pieces are known to be increments: then every piece may go out as it comes.
        self._sure = False
        self._taken = 0

    def __bool__(self) -> bool:
        return bool(self._pieces)

    @property
    def size(self) -> int:
        """Characters that came so far."""
        return self._length

    def add(self, piece: Any) -> None:
        """Take in one piece: text, or a whole object."""
        text = piece if isinstance(piece, str) else "" if piece is None else json_text(piece, "$.arguments")
        if not (text if self._pieces else text.strip()):
            return
        if not self._sure and self._pieces and not text.startswith(self._pieces[-1]):
            self._sure = True
        if self._sure and len(text) == self._length and text[0] == "{" and text == self.text() and _is_object(text):
            return
        self._pieces.append(text)
        self._length += len(text)

    def text(self) -> str:
        """All of it, as far as it came; cumulative pieces count once."""
        if self._sure or len(self._pieces) < 2:
            return "".join(self._pieces)
        whole = "".join(self._pieces)
        return whole if _is_object(whole) else self._pieces[-1]

    def is_complete(self) -> bool:
        """Whether a whole value is there, so that nothing more can belong to it."""
        if not self._pieces or self._pieces[-1].rstrip()[-1:] not in ("}", '"'):
            return False
        text = self.text()
        return _is_object(text) or self._unwrapped(text) is not None

    def take(self) -> str:
        """What is new since the last call and cannot change any more."""
        if not self._pieces or self._pieces[0].lstrip()[:1] != "{":
            return ""
        if not self._sure and (len(self._pieces) > 1 or self._taken):
            return ""
        new = "".join(self._pieces[self._taken :])
        self._taken = len(self._pieces)
        return new

    def take_rest(self) -> str:
        """What is left when no more pieces come, ready to be parsed by `parse_arguments`."""
        text = self.text()
        if self._taken:
            rest = text[sum(map(len, self._pieces[: self._taken])) :]
        elif not text.strip() or text.lstrip()[0] == "{":
            rest = text
        else:
            rest = self._unwrapped(text) or json_text({RAW_ARGUMENTS: text}, "$.arguments")
        self._taken, self._sure = len(self._pieces), True
        return rest if rest.strip() else ""

    @staticmethod
    def _unwrapped(text: str) -> str | None:
        """The object inside a JSON string, or "{}" for null; None if the text is neither."""
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return None
        if value is None:
            return "{}"
        return value if isinstance(value, str) and _is_object(value) else None


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
