"""The only source of time and chance, so that a test can hold both still.

Refuses to hand out naive times: everything in the product is UTC with its zone attached.
"""

import random
import uuid
from datetime import UTC, datetime


def now() -> datetime:
    """The current moment, timezone-aware UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """A new globally unique id: 32 lowercase hexadecimal digits (a version 4 UUID without dashes)."""
    return uuid.uuid4().hex


def jitter(seconds: float) -> float:
    """`seconds` stretched by up to a quarter, so that many retries do not arrive at once."""
    return seconds * (1 + random.random() / 4)  # noqa: S311 - spreads load, guards nothing
