"""Errors on the way back: an upstream's error in any shape → the HTTP status and body an Anthropic client knows.

A context overflow is worded the way clients recognise it (`prompt is too long: N tokens > M maximum`), whatever the
upstream called it. Refuses to show the text of an unforeseen exception: it may hold anything.
"""

import re
from typing import Any, Final, NamedTuple

from pipeline_project import errors
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

# Words of providers that send no status with an error inside a stream.
_STATUS_BY_WORD: Final = {
    "invalid_request_error": 400,
    "invalid_argument": 400,
    "failed_precondition": 400,
    "badrequesterror": 400,
    "context_length_exceeded": 400,
    "authentication_error": 401,
    "invalid_api_key": 401,
    "unauthenticated": 401,
    "insufficient_quota": 402,
    "billing_error": 402,
    "insufficient_balance": 402,
    "permission_error": 403,
    "permission_denied": 403,
    "not_found_error": 404,
    "not_found": 404,
    "model_not_found": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "resource_exhausted": 429,
    "server_error": 500,
    "internal": 500,
    "internal_server_error": 500,
    "insufficient_system_resource": 503,
    "unavailable": 503,
    "overloaded_error": 529,
    "overloaded": 529,
    "timeout_error": 504,
    "deadline_exceeded": 504,
}

_OVERFLOW: Final = re.compile(
    r"prompt is too long|maximum context length|context window|context_length_exceeded|exceed_context_size"
    r"|available context size|exceeds the maximum number of tokens|maximum model length"
    r"|input is too long|input length should be|reduce the length of the (messages|prompt)|too large for model with",
    re.IGNORECASE,
)
_NUMBER: Final = r"(\d[\d,]*)"
# The size of the prompt and the limit, in the words of the providers, most telling first.
_PROMPT_SIZES: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"prompt is too long: {_NUMBER} tokens",
        rf"resulted in {_NUMBER} tokens",
        rf"requested (?:about )?{_NUMBER} tokens",
        rf"input token count \(?(?:of )?{_NUMBER}",
        rf"prompt contains {_NUMBER}",
        rf"prompt \(length {_NUMBER}\)",
        rf"request \({_NUMBER} tokens\)",
        rf"contains at least {_NUMBER} input tokens",
        rf"{_NUMBER} input tokens",
    )
)
_LIMITS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"tokens > {_NUMBER} maximum",
        rf"maximum context length (?:is|of) (?:only )?{_NUMBER}",
        rf"number of tokens allowed \(?(?:of )?{_NUMBER}",
        rf"model length of {_NUMBER}",
        rf"context size \({_NUMBER} tokens\)",
        rf"model with {_NUMBER}",
        rf"context window of {_NUMBER}",
        rf"input length should be \[\d+, {_NUMBER}\]",
    )
)


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
    if overflow := _overflow(message, detail):
        return _failure(400, overflow)
    own = _status_in(detail)
    if status is None or status < 400:
        status = own or 500
    return _failure(status, message)


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
        if isinstance(value, str) and value.lower() in _STATUS_BY_WORD:
            return _STATUS_BY_WORD[value.lower()]
    return None


def _overflow(message: str, detail: Any) -> str | None:
    """The client's wording of a context overflow; None if this is something else."""
    code = detail.get("code") if isinstance(detail, dict) else None
    kind = detail.get("type") if isinstance(detail, dict) else None
    if not _OVERFLOW.search(" ".join(str(part) for part in (message, code, kind) if part)):
        return None
    size, limit = _number(_PROMPT_SIZES, message), _number(_LIMITS, message)
    if isinstance(detail, dict):
        size = size or _count(detail.get("n_prompt_tokens"))
        limit = limit or _count(detail.get("n_ctx"))
    if size and limit:
        return f"prompt is too long: {size} tokens > {limit} maximum"
    return f"prompt is too long: {message}"


def _number(patterns: tuple[re.Pattern[str], ...], text: str) -> int | None:
    for pattern in patterns:
        if found := pattern.search(text):
            return int(found[1].replace(",", "")[:18])
    return None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


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


def service_error(status: int | None, body: Any, *, retry_after: float | None = None) -> errors.ServiceError:
    """An upstream's error as one of ours, to be raised. `retry_after`: seconds, when the upstream named them."""
    failure = upstream_failure(status, body)
    message = failure.body["error"]["message"]
    kinds: dict[int, type[errors.ServiceError]] = {
        401: errors.AuthenticationFailed,
        403: errors.AuthenticationFailed,
        429: errors.RateLimited,
    }
    kind = kinds.get(failure.status)
    if kind is None:
        unavailable = failure.status >= 500 or failure.status == 408
        kind = errors.ServiceUnavailable if unavailable else errors.RequestRejected
    return kind(message, retry_after=retry_after)
