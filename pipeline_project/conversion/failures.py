"""Errors on the way back: an upstream's error in any shape → the HTTP status and body an Anthropic client knows.

A context overflow is worded the way clients recognise it (`prompt is too long: N tokens > M maximum`), whatever the
upstream called it. Refuses to show the text of an unforeseen exception: it may hold anything.
"""

from typing import Any, Final, NamedTuple

from pipeline_project import errors
from pipeline_project.conversion.refusal_words import BAD_KEY, NO_CREDIT, NO_ROOM, REFUSED, STATUS_BY_WORD, overflow
from pipeline_project.messages.blocks import ErrorType
from pipeline_project.messages.shapes import ErrorBody

_TYPES: Final[dict[int, ErrorType]] = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    409: "invalid_request_error",
    413: "request_too_large",
    422: "invalid_request_error",
    429: "rate_limit_error",
    499: "api_error",
    500: "api_error",
    502: "api_error",
    503: "overloaded_error",
    504: "timeout_error",
    529: "overloaded_error",
}


class Failure(NamedTuple):
    """The HTTP status of a failed request and its Anthropic body; the body is also the data of an `error` event."""

    status: int
    body: ErrorBody


def _failure(status: int, message: str) -> Failure:
    kind = _TYPES.get(status) or ("api_error" if status >= 500 else "invalid_request_error")
    return Failure(status, {"type": "error", "error": {"type": kind, "message": message}})


def is_error(body: dict[str, Any]) -> bool:
    """Whether a body or chunk that came with status 200 is an error all the same."""
    return bool(body.get("error")) or body.get("object") == "error"


def upstream_failure(status: int | None, body: Any) -> Failure:
    """An upstream's error as the client sees it.

    `status`: its HTTP status, None inside a stream. `body`: its parsed body or text (OpenAI, Gemini's list, vLLM,
    OpenRouter, Ollama's bare string …).
    """
    detail = _detail(body)
    message = _message(detail) or "the upstream sent neither an answer nor a reason"
    if worded := overflow(message, detail):
        return _failure(400, worded)
    own = _status_in(detail)
    if status is None or status < 400:
        status = own or 500
    elif status == 429 and _words(detail) & NO_CREDIT:
        status = 402
    return _failure(status, message)


def _words(detail: Any) -> frozenset[str]:
    """The words by which an error object names itself, in lower case."""
    if not isinstance(detail, dict):
        return frozenset()
    values = (detail.get(key) for key in ("status", "code", "type"))
    return frozenset(value.lower() for value in values if isinstance(value, str))


def _detail(body: Any) -> Any:
    """The part of an error body that says what is wrong."""
    for _ in range(4):
        if isinstance(body, list):
            body = body[0] if body else None
            continue
        inner = None
        if isinstance(body, dict) and not isinstance(body.get("message"), str):
            # OpenAI and most; Cloudflare; FastAPI's list of problems; MiniMax.
            inner = next((body[key] for key in ("error", "errors", "detail", "base_resp") if body.get(key)), None)
        if not isinstance(inner, dict | list | str):
            return body
        body = inner
    return body


def _message(detail: Any) -> str:
    if isinstance(detail, str):
        return detail.strip()
    if not isinstance(detail, dict):
        return ""
    for key in ("message", "msg", "status_msg", "error_msg"):
        value = detail.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def _status_in(detail: Any) -> int | None:
    """The HTTP status that an error object carries as a number or implies by a word."""
    if not isinstance(detail, dict):
        return None
    for key in ("status", "code", "status_code", "type"):
        value = detail.get(key)
        if isinstance(value, str) and value.isascii() and value.isdigit():
            value = int(value[:4])
        if isinstance(value, int) and not isinstance(value, bool) and 400 <= value < 600:
            return value
        if isinstance(value, str) and value.lower() in STATUS_BY_WORD:
            return STATUS_BY_WORD[value.lower()]
    return None


def failure_of(error: BaseException) -> Failure:
    """One of our own errors, or any other exception, as the client sees it."""
    if isinstance(error, errors.ServiceError):
        # The words of the service alone: clients match them ("prompt is too long: …").
        return _failure(_service_status(error), error.message)
    if isinstance(error, errors.PipelineError):
        status = next((status for kind, status in _STATUS_BY_ERROR.items() if isinstance(error, kind)), 500)
        return _failure(status, str(error))
    if isinstance(error, TimeoutError):
        return _failure(504, "the upstream did not answer in time")
    return _failure(500, "internal error")


_STATUS_BY_ERROR: Final[dict[type[errors.PipelineError], int]] = {
    errors.InvalidInput: 400,
    errors.NotFound: 404,
    # the key of a provider is missing, and a client knows no other word for it
    errors.NotConfigured: 401,
    errors.BudgetExceeded: 402,
    errors.PermissionDenied: 403,
    errors.Conflict: 409,
    errors.StepTimeout: 504,
    errors.Cancelled: 499,
}


def _service_status(error: errors.ServiceError) -> int:
    if isinstance(error, errors.AuthenticationFailed):
        return 401
    if isinstance(error, errors.RequestRejected):
        return 400
    if isinstance(error, errors.RateLimited):
        return 429
    return 529 if isinstance(error, errors.ServiceUnavailable) else 502


def service_error(
    status: int | None,
    body: Any,
    *,
    retry_after: float | None = None,
    where: str | None = None,
    remedy: str | None = None,
) -> errors.ServiceError:
    """An upstream's error as one of ours, to be raised. `retry_after`: seconds, when the upstream named them."""
    failure = upstream_failure(status, body)
    message = failure.body["error"]["message"]
    kind = _kind(failure, _detail(body))
    return kind(message, where=where, remedy=remedy, retry_after=retry_after)


def _kind(failure: Failure, detail: Any) -> type[errors.ServiceError]:
    status, message = failure.status, failure.body["error"]["message"]
    if overflow(message, detail):
        return errors.ContextOverflow
    if status < 500 and status not in (401, 429) and _is_refused(message, detail):
        return errors.ContentRefused
    kinds: dict[int, type[errors.ServiceError]] = {
        401: errors.AuthenticationFailed,
        403: errors.AuthenticationFailed,
        429: errors.RateLimited,
        529: errors.Overloaded,
    }
    if status in kinds:
        return kinds[status]
    if status == 400 and BAD_KEY.search(message):
        return errors.AuthenticationFailed
    if status >= 500 and NO_ROOM.search(message):
        return errors.Overloaded
    return errors.ServiceUnavailable if status >= 500 or status == 408 else errors.RequestRejected


def _is_refused(message: str, detail: Any) -> bool:
    """Whether a content policy stands behind a refusal; Azure tells it in an inner error."""
    inner = detail.get("innererror") if isinstance(detail, dict) else None
    said = [message, *_words(detail), *([str(inner.get("code"))] if isinstance(inner, dict) else [])]
    return any(REFUSED.search(part) for part in said)
