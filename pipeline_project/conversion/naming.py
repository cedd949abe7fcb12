"""One reversible mapping between the caller's tool names and call ids and what a target accepts.

A valid name is kept. An invalid one is cut and given a hash of itself, so it is sent alike in every request of a
session (prompt caches keep working). Refuses collisions: two originals are never sent as one.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import Final

_OTHER: Final = re.compile(r"[^a-zA-Z0-9_-]+")
_HASH_LENGTH: Final = 8


def digest(text: str, length: int = _HASH_LENGTH) -> str:
    """`length` hexadecimal digits that depend on the text alone."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:length]


def derive(original: str, limit: int, *, salt: str = "") -> str:
    """A name of at most `limit` letters, digits, `_` and `-` that starts like the original and ends in a hash."""
    stem = _OTHER.sub("_", original).strip("_-") or "x"
    if not (stem[0].isalpha() and stem[0].isascii()):
        stem = f"x_{stem}"
    return f"{stem[: limit - _HASH_LENGTH - 1]}_{digest(salt + original)}"


class NameMap:
    """Original → sent for one kind of name; `sent` holds the way back for what was changed."""

    __slots__ = ("_limit", "_pattern", "_taken", "known", "sent")

    def __init__(self, pattern: re.Pattern[str], limit: int, first: Iterable[str] = ()) -> None:
        self._pattern = pattern
        self._limit = limit
        self._taken: set[str] = set()
        self.known: dict[str, str] = {}
        self.sent: dict[str, str] = {}
        # Valid names first, so that no derived one can take the place of a name that needs no change.
        for name in sorted(first, key=self._needs_change):
            self.send(name)

    def send(self, original: str) -> str:
        """What is sent for this original; the same each time."""
        known = self.known.get(original)
        if known is None:
            known = self.known[original] = self.send_new(original)
        return known

    def send_new(self, original: str) -> str:
        """What is sent for a further thing of the same original name: never what was sent before."""
        taken = self._taken
        # An ASCII identifier fits every pattern here and is recognised faster.
        if (
            original not in taken
            and len(original) <= self._limit
            and ((original.isascii() and original.isidentifier()) or self._pattern.fullmatch(original))
        ):
            taken.add(original)
            return original
        salt = 0
        sent = derive(original, self._limit)
        while sent in taken:
            salt += 1
            sent = derive(original, self._limit, salt=f"{salt}:")
        taken.add(sent)
        self.sent[sent] = original
        return sent

    def _needs_change(self, name: str) -> bool:
        return len(name) > self._limit or not self._pattern.fullmatch(name)
