"""Token counts of an OpenAI-compatible answer → Anthropic usage, where the cached part is counted apart.

Providers spell the cached part differently: OpenAI `prompt_tokens_details.cached_tokens`, DeepSeek
`prompt_cache_hit_tokens`, Moonshot `cached_tokens`; litellm and OpenRouter also what was written. Refuses negative
counts.
"""

from typing import Any

from pipeline_project.messages.shapes import Usage


def usage_of(raw: dict[str, Any]) -> Usage:
    """The usage of one answer. Input is the prompt without what the cache gave or took."""
    details = _object(raw, "prompt_tokens_details") or _object(raw, "input_tokens_details")
    prompt = _first(raw, "prompt_tokens", "input_tokens")
    read = _first(details, "cached_tokens") or _first(
        raw, "prompt_cache_hit_tokens", "cache_read_input_tokens", "cached_tokens"
    )
    written = _first(details, "cache_write_tokens", "cache_creation_tokens") or _first(
        raw, "cache_creation_input_tokens"
    )
    usage: Usage = {
        "input_tokens": max(0, prompt - read - written),
        "output_tokens": _first(raw, "completion_tokens", "output_tokens"),
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": read,
    }
    spent = _object(raw, "completion_tokens_details") or _object(raw, "output_tokens_details")
    if thinking := _first(spent, "reasoning_tokens"):
        usage["output_tokens_details"] = {"thinking_tokens": thinking}
    return usage


def says_something(raw: dict[str, Any]) -> bool:
    """Whether a usage object counts anything; some providers send zeros until the last chunk."""
    keys = ("prompt_tokens", "completion_tokens", "input_tokens", "output_tokens")
    return any(_first(raw, key) for key in keys)


def _object(raw: dict[str, Any], key: str) -> dict[str, Any]:
    value = raw.get(key)
    return value if isinstance(value, dict) else {}


def _first(raw: dict[str, Any], *keys: str) -> int:
    """The first of these counts that is given and not zero."""
    for key in keys:
        value = raw.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e15:
            return int(value)
    return 0
