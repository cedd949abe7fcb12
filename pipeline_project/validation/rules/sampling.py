"""Rules on sampling and stop sequences: ranges, what the model accepts, what thinking rules out."""

from collections.abc import Iterator
from typing import Final

from pipeline_project.validation import sources
from pipeline_project.validation.registry import ANTHROPIC, OTHERS, Problem, rule
from pipeline_project.validation.subject import Request, as_list, is_number, is_whole

_SENT = ("messages",)
# With thinking on, top_p may only be between these.
_LEAST_TOP_P_THINKING: Final = 0.95
# The default: models without sampling accept it and refuse what is below.
_DEFAULT_TOP_P: Final = 0.99


@rule("temperature.range", sources.CREATE, scope="request", endpoints=_SENT)
def temperature_is_in_range(request: Request) -> Iterator[Problem]:
    """temperature is a number from 0 to 1, to 2 for providers other than Anthropic."""
    value, most = request.keys.get("temperature"), request.provider_limits.temperature
    if value is not None and not (is_number(value) and 0 <= value <= most):
        yield ("temperature",), f"temperature must be a number from 0 to {most:g}"


@rule("top-p.range", sources.CREATE, scope="request", endpoints=_SENT)
def top_p_is_in_range(request: Request) -> Iterator[Problem]:
    """top_p is a number from 0 to 1."""
    value = request.keys.get("top_p")
    if value is not None and not (is_number(value) and 0 <= value <= 1):
        yield ("top_p",), "top_p must be a number from 0 to 1"


@rule("top-k.range", sources.CREATE, scope="request", endpoints=_SENT)
def top_k_is_a_count(request: Request) -> Iterator[Problem]:
    """top_k is a whole number that is not negative."""
    value = request.keys.get("top_k")
    if value is not None and not (is_whole(value) and value >= 0):
        yield ("top_k",), "top_k must be a whole number from 0"


@rule("sampling.model", sources.PARAMETERS, scope="request", endpoints=_SENT, providers=ANTHROPIC)
def model_takes_sampling(request: Request) -> Iterator[Problem]:
    """Claude 4.7 and later models take no temperature, top_p or top_k but the default."""
    if request.limits.sampling:
        return
    temperature, top_p = request.keys.get("temperature"), request.keys.get("top_p")
    refused = {
        "temperature": is_number(temperature) and temperature != 1,
        "top_p": is_number(top_p) and top_p < _DEFAULT_TOP_P,
        "top_k": bool(request.keys.get("top_k")),
    }
    for key, present in refused.items():
        if present:
            yield (key,), f"{request.keys.get('model')} takes no {key} but the default; leave it out"


@rule("sampling.thinking", sources.THINKING, scope="request", endpoints=_SENT, providers=ANTHROPIC)
def thinking_fixes_sampling(request: Request) -> Iterator[Problem]:
    """With thinking on, temperature is 1, top_p from 0.95 to 1, and there is no top_k."""
    if request.thinking.get("type") not in ("enabled", "adaptive") or not request.limits.sampling:
        return
    temperature, top_p = request.keys.get("temperature"), request.keys.get("top_p")
    if is_number(temperature) and temperature != 1:
        yield ("temperature",), "temperature must be 1 with thinking on; leave it out"
    if is_number(top_p) and top_p < _LEAST_TOP_P_THINKING:
        yield ("top_p",), "top_p must be from 0.95 to 1 with thinking on; leave it out"
    if request.keys.get("top_k"):
        yield ("top_k",), "top_k cannot be set with thinking on; leave it out"


@rule("sampling.both", sources.MIGRATION, scope="request", endpoints=_SENT, providers=ANTHROPIC)
def one_sampler_is_set(request: Request) -> Iterator[Problem]:
    """Claude 4.1 to 4.6 models take temperature or top_p, not both."""
    both = request.keys.get("temperature") is not None and request.keys.get("top_p") is not None
    if both and request.limits.one_sampler:
        yield ("top_p",), f"{request.keys.get('model')} takes temperature or top_p, not both; leave one out"


@rule("stop-sequences.item", sources.CREATE, scope="request", endpoints=_SENT)
def each_stop_sequence_says_something(request: Request) -> Iterator[Problem]:
    """Each stop sequence is a string that is not empty, for Anthropic not blank.

    The API: each stop sequence must contain non-whitespace.
    """
    for index, text in enumerate(as_list(request.keys.get("stop_sequences"))):
        blank = isinstance(text, str) and text.isspace() and request.provider == "anthropic"
        if not isinstance(text, str) or not text or blank:
            yield ("stop_sequences", index), "a stop sequence must be a string that is not blank; drop it"


@rule(
    "stop-sequences.count",
    sources.OPENAI_CHAT,
    scope="request",
    severity="warning",
    endpoints=_SENT,
    providers=OTHERS,
)
def stop_sequences_are_not_too_many(request: Request) -> Iterator[Problem]:
    """There are at most as many stop sequences as the provider takes: OpenAI 4, Gemini 5, DeepSeek 16."""
    count, limit = len(as_list(request.keys.get("stop_sequences"))), request.provider_limits.stop_sequences
    if limit is not None and count > limit:
        yield (
            ("stop_sequences",),
            f"{count} stop sequences, {request.provider} takes {limit}; the rest is lost",
        )
