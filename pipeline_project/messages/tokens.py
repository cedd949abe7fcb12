"""Token counts of requests: a stated estimate, and exact counts kept per message so that a session is not recounted.

Refuses to pass an estimate off as a count: who needs exact numbers brings the tokenizer.
"""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final

# Characters per token of English prose and code, near enough for a first display.
_CHARACTERS_PER_TOKEN: Final = 4
# Anthropic counts an image by its size; without decoding it, its documented typical maximum.
_IMAGE_TOKENS: Final = 1_600
_MEDIA: Final = frozenset({"image", "document"})


def estimate_tokens(body: Mapping[str, Any]) -> int:
    """About how many input tokens a Messages request has: a quarter of its characters, images at their usual cost."""
    parts = [body.get("system"), body.get("tools"), body.get("messages")]
    characters, images = 0, 0
    while parts:
        part = parts.pop()
        if isinstance(part, str):
            characters += len(part)
        elif isinstance(part, list):
            parts.extend(part)
        elif isinstance(part, dict):
            source = part.get("source")
            kind = part.get("type")  # a schema may have a property of that name
            if isinstance(kind, str) and kind in _MEDIA and isinstance(source, dict) and source.get("type") == "base64":
                images += 1
            else:
                parts.extend(part.values())
    return characters // _CHARACTERS_PER_TOKEN + images * _IMAGE_TOKENS


class PrefixCounter:
    """Exact counts of growing conversations: each message is measured once, however often it is sent again.

    `measure` counts the tokens of one JSON value; `size` is how many counts are kept.
    """

    def __init__(self, measure: Callable[[Any], int], *, size: int = 20_000) -> None:
        self._measure = measure
        self._size = size
        self._counts: OrderedDict[bytes, int] = OrderedDict()

    def count(self, body: Mapping[str, Any]) -> int:
        """Tokens of system, tools and all messages. Raises ValueError or TypeError for what is not JSON."""
        messages = body.get("messages")
        parts = [body.get("system"), body.get("tools"), *(messages if isinstance(messages, list) else ())]
        return sum(self._count(part) for part in parts if part)

    def _count(self, part: Any) -> int:
        key = hashlib.blake2b(json.dumps(part).encode(), digest_size=16).digest()
        count = self._counts.get(key)
        if count is None:
            count = self._counts[key] = self._measure(part)
            if len(self._counts) > self._size:
                self._counts.popitem(last=False)
        else:
            self._counts.move_to_end(key)
        return count
