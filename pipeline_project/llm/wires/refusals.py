"""An upstream's refusal as one of our errors, with the place, the remedy and when to come back.

What the vendor echoes of a key is hidden, also where the vendor masked it in part. Refuses to guess: the classes come
from `conversion.service_error`.
"""

import json
import re
from collections.abc import Iterator, Mapping
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
    ServiceUnavailable,
)
from pipeline_project.security.redaction import redact_text
from pipeline_project.security.sensitive import MARK

# "Incorrect API key provided: sk-ab************wxyz"
_MASKED: Final = re.compile(r"[^\s:'\"=]*\*{3,}[^\s'\".,]*")
_LONGEST: Final = 2_000
# Google's RetryInfo, of which there is no header: "34s", "0.5s" (google.rpc.error_details).
_DELAY: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s")
_UNPAID: Final = re.compile(
    r"credit balance|insufficient[_ ](quota|balance|credits?|funds)|current quota", re.IGNORECASE
)


@dataclass(frozen=True)
class Place:
    """Who is called, for messages: `name` (`openai gpt-5`), and what names its key and its base URL."""

    name: str
    credential: str
    address: str


def refusal(status: int | None, body: Any, place: Place, *, headers: Mapping[str, str] | None = None) -> PipelineError:
    """The error to raise. `status`: of HTTP, None inside a stream; `headers`: by lower-case name, for Retry-After."""
    body = _with_inner(body)
    wait = retry_after(headers or {})
    error = service_error(status, body, retry_after=_delay_in(body) if wait is None else wait)
    # redacted before it is cut, or half a secret would pass
    message = hidden(error.message)[:_LONGEST]
    if not isinstance(error, ContextOverflow) and upstream_failure(status, body).status == 404:
        remedy = f"Check the model's name at the provider, and {place.address}."
        return NotFound(message, where=place.name, remedy=remedy)
    return type(error)(message, where=place.name, remedy=_remedy(error, place), retry_after=error.retry_after)


def a_page(status: int, place: Place) -> ServiceUnavailable:
    """The error for a page of HTML, which a proxy, a login or a wrong address answers with, whatever the status."""
    remedy = f"Check {place.address} and what stands before it, or try again."
    return ServiceUnavailable(f"answered {status} with a page of HTML", where=place.name, remedy=remedy)


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
    if isinstance(error, RequestRejected) and _UNPAID.search(error.message):
        return f"Add credit at the provider, or use another key: {place.credential}."
    if isinstance(error, RequestRejected):
        return "Correct the request; the same one will be refused again."
    return None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait: `retry-after-ms` (OpenAI, Azure), else Retry-After as seconds or date (RFC 9110, 10.2.3)."""
    milliseconds = (headers.get("retry-after-ms") or "").strip()
    if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,9})?", milliseconds):
        return float(milliseconds) / 1000
    return clock.retry_after(headers.get("retry-after"))


def _with_inner(body: Any) -> Any:
    """A router's "Provider returned error" with what the provider behind it said (OpenRouter, "Errors": metadata)."""
    error = body.get("error") if isinstance(body, Mapping) else None
    metadata = error.get("metadata") if isinstance(error, Mapping) else None
    raw = metadata.get("raw") if isinstance(metadata, Mapping) else None
    if not isinstance(body, Mapping) or not isinstance(error, Mapping) or not raw:
        return body
    inner = upstream_failure(None, _parsed(raw)).body["error"]["message"]
    return {**body, "error": {**error, "message": f"{error.get('message') or 'refused'}: {inner}"}}


def _parsed(raw: Any) -> Any:
    try:
        return json.loads(raw) if isinstance(raw, str) else raw
    except (ValueError, RecursionError):
        return raw


def _delay_in(body: Any) -> float | None:
    """Seconds to wait by the details of one of Google's errors."""
    found = (_DELAY.fullmatch(delay) for delay in _delays(body) if isinstance(delay, str))
    return next((float(each[1]) for each in found if each), None)


def _delays(body: Any) -> Iterator[Any]:
    for part in body if isinstance(body, list) else [body]:
        error = part.get("error") if isinstance(part, Mapping) else None
        details = error.get("details") if isinstance(error, Mapping) else None
        for detail in details if isinstance(details, list) else ():
            if isinstance(detail, Mapping) and str(detail.get("@type")).endswith("google.rpc.RetryInfo"):
                yield detail.get("retryDelay")
