"""Rules on max_tokens: there, whole, within the model's reach; 0 only to warm the prompt cache."""

from collections.abc import Iterator

from pipeline_project.validation import sources
from pipeline_project.validation.registry import ANTHROPIC, Problem, rule
from pipeline_project.validation.subject import Request, is_whole

_SENT = ("messages",)


@rule("max-tokens.value", sources.CREATE, scope="request", endpoints=_SENT)
def max_tokens_is_a_count(request: Request) -> Iterator[Problem]:
    """max_tokens is a whole number of at least 1, or 0 to warm Anthropic's prompt cache."""
    value = request.keys.get("max_tokens")
    least = 0 if request.provider == "anthropic" else 1
    if not is_whole(value) or value < least:
        yield (
            ("max_tokens",),
            "max_tokens is missing or not a whole number from 1; say how long the answer may be",
        )


@rule("max-tokens.limit", sources.MODELS, scope="request", endpoints=_SENT, providers=ANTHROPIC)
def max_tokens_is_within_the_model(request: Request) -> Iterator[Problem]:
    """max_tokens is at most what the model can put out."""
    value, limit = request.keys.get("max_tokens"), request.limits.max_output
    if is_whole(value) and limit is not None and value > limit:
        yield ("max_tokens",), f"{request.keys.get('model')} puts out at most {limit} tokens; ask for no more"


@rule("max-tokens.zero", sources.PREWARMING, scope="request", endpoints=_SENT, providers=ANTHROPIC)
def warming_asks_for_no_output(request: Request) -> Iterator[Problem]:
    """With max_tokens 0 nothing is set that implies output: stream, thinking, a format, a forced tool."""
    if not is_whole(value := request.keys.get("max_tokens")) or value != 0:
        return
    implied = {
        ("stream",): request.keys.get("stream") is True,
        ("thinking",): request.thinking.get("type") == "enabled",
        ("output_config", "format"): request.output_config.get("format") is not None,
        ("tool_choice",): request.forced,
    }
    for path, present in implied.items():
        if present:
            yield path, f"{path[-1]} needs output, but max_tokens is 0; leave it out to warm the cache"
