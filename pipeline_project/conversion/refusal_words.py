"""The words in which providers say what went wrong: statuses by name, overflows, refusals, sizes and limits.

Refuses to decide what follows from them; `failures` does.
"""

import re
from typing import Any, Final

# Words of providers that send no status with an error inside a stream.
STATUS_BY_WORD: Final = {
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
# Anthropic's wording where the input alone would fit; clients read the three numbers and ask for less.
_WITH_ANSWER: Final = re.compile(
    r"input length and `?max_tokens`? exceed context limit: \d+ \+ \d+ > \d+", re.IGNORECASE
)
# A content policy said no, whatever the status: OpenAI, Azure, Anthropic, OpenRouter, DeepSeek, Gemini through litellm.
REFUSED: Final = re.compile(
    r"content_filter|content_policy_violation|content management policy|ResponsibleAIPolicyViolation"
    r"|content filtering policy|violating our usage policy|rejected as a result of our safety system"
    r"|requires moderation on|your input was flagged|Content Exists Risk|data_inspection_failed"
    r"|prompt was blocked|PROHIBITED_CONTENT|contentpolicyviolation",
    re.IGNORECASE,
)
NO_ROOM: Final = re.compile(
    r"overloaded|at capacity|no capacity|insufficient capacity|too busy|high demand", re.IGNORECASE
)
# Gemini says 400 of a key that is none.
BAD_KEY: Final = re.compile(r"api key not valid|api key expired|API_KEY_INVALID", re.IGNORECASE)
# The key is good and its account empty: waiting does not help, so this is no rate limit.
NO_CREDIT: Final = frozenset({"insufficient_quota", "insufficient_balance", "billing_error"})
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


def overflow(message: str, detail: Any) -> str | None:
    """The wording of a context overflow that clients recognise; None if this is something else.

    `message`: of the error; `detail`: the object it stood in, if any.
    """
    if _WITH_ANSWER.search(message):
        return message
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
