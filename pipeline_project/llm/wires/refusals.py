"""An upstream's refusal as one of our errors, with the place, the remedy and when to come back.

What the vendor echoes of a key is hidden, also where the vendor masked it in part. Refuses to guess: the classes come
from `conversion.service_error`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pipeline_project import clock
from pipeline_project.conversion import service_error, upstream_failure
from pipeline_project.errors import (
    AuthenticationFailed,
    ContentRefused,
    ContextOverflow,
    NotFound,
    PipelineError,
    RequestRejected,
)
from pipeline_project.security.redaction import redact_text
from pipeline_project.security.sensitive import MARK

# "Incorrect API key provided: sk-ab************wxyz"
_MASKED: Final = re.compile(r"[^\s:'\"=]*\*{3,}[^\s'\".,]*")
_LONGEST: Final = 2_000


@dataclass(frozen=True)
class Place:
    """Who is called, for messages: `name` (`openai gpt-5`), and what names its key and its base URL."""

    name: str
    credential: str
    address: str


def refusal(status: int | None, body: Any, place: Place, *, headers: Mapping[str, str] | None = None) -> PipelineError:
    """The error to raise. `status`: of HTTP, None inside a stream; `headers`: by lower-case name, for Retry-After."""
    wait = retry_after(headers or {})
    error = service_error(status, body, retry_after=wait)
    # redacted before it is cut, or half a secret would pass
    message = hidden(error.message)[:_LONGEST]
    if not isinstance(error, ContextOverflow) and upstream_failure(status, body).status == 404:
        remedy = f"Check the model's name at the provider, and {place.address}."
        return NotFound(message, where=place.name, remedy=remedy)
    return type(error)(message, where=place.name, remedy=_remedy(error, place), retry_after=error.retry_after)


def hidden(text: str) -> str:
    """`text` without keys, whole or masked by the vendor."""
    return _MASKED.sub(MARK, redact_text(text))


def _remedy(error: PipelineError, place: Place) -> str | None:
    if isinstance(error, AuthenticationFailed):
        return f"Replace the key: {place.credential}."
    if isinstance(error, ContextOverflow):
        return "Send less, or choose a model with a larger context window."
    if isinstance(error, ContentRefused):
        return "Change the content, or ask another model."
    if isinstance(error, RequestRejected):
        return "Correct the request; the same one will be refused again."
    return None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait: `retry-after-ms` (OpenAI, Azure), else Retry-After as seconds or date (RFC 9110, 10.2.3)."""
    milliseconds = (headers.get("retry-after-ms") or "").strip()
    if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,9})?", milliseconds):
        return float(milliseconds) / 1000
    return clock.retry_after(headers.get("retry-after"))
