"""The only source of time and chance, so that a test can hold both still.

Refuses to hand out naive times: everything in the product is UTC with its zone attached.
"""

import random
import re
import uuid
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def now() -> datetime:
    """The current moment, timezone-aware UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """A new globally unique id: 32 lowercase hexadecimal digits (a version 4 UUID without dashes)."""
    return uuid.uuid4().hex


def jitter(seconds: float) -> float:
    """`seconds` stretched by up to a quarter, so that many retries do not arrive at once."""
    return seconds * (1 + random.random() / 4)  # noqa: S311 - spreads load, guards nothing


def retry_after(value: str | None) -> float | None:
    """Seconds from now, from a Retry-After header: seconds or an HTTP date (RFC 9110, 10.2.3); None if neither."""
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now()).total_seconds())
