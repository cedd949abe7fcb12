"""Limits of models and of providers, as data: the first row whose pattern occurs in the model's name applies.

Names are matched as vendors spell them everywhere (`claude-opus-4-8`, `anthropic.claude-opus-4-6-v1`,
`claude-haiku-4-5@20251001`, `anthropic/claude-sonnet-4.5`). A model that no row knows gets `GENERAL`, in
which None means "not known, so not limited": a newer model is never refused for being new.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from pipeline_project.messages.blocks import EFFORTS
from pipeline_project.validation.registry import Provider


@dataclass(frozen=True, slots=True)
class ModelLimits:
    """What one model accepts; None is unknown.

    `max_output`, `context`: tokens. `thinking`: accepted `thinking.type` values. `disabled_effort`: the
    strongest effort at which thinking may be disabled. `interleaved`: manual thinking may interleave, so
    its budget may exceed max_tokens. `efforts`: accepted levels. `sampling`: non-default temperature, top_p
    and top_k are accepted; `one_sampler`: temperature and top_p not together. `prefill`, `system_turns`,
    `forced_tools`: the feature exists.
    """

    max_output: int | None = None
    context: int | None = None
    tool_name: int = 128
    thinking: frozenset[str] | None = None
    disabled_effort: str | None = None
    interleaved: bool = True
    efforts: tuple[str, ...] | None = None
    sampling: bool = True
    one_sampler: bool = False
    prefill: bool | None = None
    system_turns: bool | None = None
    forced_tools: bool | None = None


@dataclass(frozen=True, slots=True)
class ProviderLimits:
    """What one provider accepts of any model; None is unknown or unlimited."""

    temperature: float
    tool_name: int
    stop_sequences: int | None = None
    tools: int | None = None


GENERAL: Final = ModelLimits()

PROVIDER_LIMITS: Final[dict[Provider, ProviderLimits]] = {
    "anthropic": ProviderLimits(temperature=1, tool_name=128),
    "openai": ProviderLimits(temperature=2, tool_name=64, stop_sequences=4, tools=128),
    "gemini": ProviderLimits(temperature=2, tool_name=64, stop_sequences=5),
    "deepseek": ProviderLimits(temperature=2, tool_name=64, stop_sequences=16, tools=128),
    "generic": ProviderLimits(temperature=2, tool_name=64),
}

_ADAPTIVE = frozenset({"adaptive"})
_SWITCHED = frozenset({"adaptive", "disabled"})
_MANUAL = frozenset({"enabled", "disabled"})

_CLAUDE_5 = ModelLimits(
    max_output=128_000,
    context=1_000_000,
    thinking=_SWITCHED,
    efforts=EFFORTS,
    sampling=False,
    prefill=False,
    system_turns=True,
    forced_tools=True,
)
_CLAUDE_4_6 = ModelLimits(
    max_output=128_000,
    context=1_000_000,
    thinking=_MANUAL | _ADAPTIVE,
    efforts=("low", "medium", "high", "max"),
    one_sampler=True,
    prefill=False,
    system_turns=False,
    forced_tools=True,
)
_CLAUDE_4_5 = ModelLimits(
    max_output=64_000,
    context=200_000,
    thinking=_MANUAL,
    efforts=(),
    one_sampler=True,
    prefill=True,
    system_turns=False,
    forced_tools=True,
)
_CLAUDE_4 = replace(_CLAUDE_4_5, one_sampler=False)
_CLAUDE_3 = replace(_CLAUDE_4, max_output=4_096, tool_name=64, thinking=frozenset({"disabled"}), interleaved=False)

# Ends a version: `claude-opus-5` must not match `claude-opus-5-5`, but does match `claude-opus-5-20260724`.
_END = r"(?=$|-\d{8}|-v\d|-latest|-[a-z]|[^\w-])"

# Sources: models overview, thinking troubleshooting (rejected configurations), effort, prefill, parameter
# deprecations, mid-conversation system messages, and the migration guides of the 5.5 models.
MODEL_LIMITS: Final[tuple[tuple[str, ModelLimits], ...]] = (
    (r"claude-(fable|mythos)-5-1" + _END, replace(_CLAUDE_5, thinking=_ADAPTIVE, forced_tools=False)),
    (r"claude-(fable|mythos)-5" + _END, replace(_CLAUDE_5, thinking=_ADAPTIVE)),
    (
        r"claude-mythos-preview",
        replace(_CLAUDE_5, thinking=frozenset({"adaptive", "enabled"}), system_turns=False, forced_tools=False),
    ),
    (r"claude-opus-5-5" + _END, replace(_CLAUDE_5, thinking=_ADAPTIVE, forced_tools=False)),
    (
        r"claude-sonnet-5-5" + _END,
        replace(_CLAUDE_5, thinking=frozenset({"adaptive", "between_tools"}), forced_tools=False),
    ),
    (r"claude-haiku-5-5" + _END, replace(_CLAUDE_5, disabled_effort="high", forced_tools=None)),
    (r"claude-opus-5" + _END, replace(_CLAUDE_5, disabled_effort="high")),
    # its page says no system turns, later client libraries say yes: unknown
    (r"claude-sonnet-5" + _END, replace(_CLAUDE_5, system_turns=None)),
    (r"claude-opus-4-8" + _END, _CLAUDE_5),
    (r"claude-opus-4-7" + _END, replace(_CLAUDE_5, system_turns=False)),
    (r"claude-opus-4-6" + _END, replace(_CLAUDE_4_6, interleaved=False)),
    (r"claude-sonnet-4-6" + _END, _CLAUDE_4_6),
    (r"claude-opus-4-5" + _END, replace(_CLAUDE_4_5, efforts=("low", "medium", "high"))),
    (r"claude-sonnet-4-5" + _END, replace(_CLAUDE_4_5, context=None)),
    (r"claude-haiku-4-5" + _END, replace(_CLAUDE_4_5, interleaved=False)),
    (r"claude-opus-4-1" + _END, replace(_CLAUDE_4_5, max_output=32_000)),
    (r"claude-opus-4(-0)?" + _END, replace(_CLAUDE_4, max_output=32_000)),
    (r"claude-sonnet-4(-0)?" + _END, replace(_CLAUDE_4, context=None)),
    # 128k with the beta output-128k-2025-02-19
    (r"claude-3-7-sonnet", replace(_CLAUDE_4, max_output=128_000, tool_name=64, interleaved=False)),
    (r"claude-3-5-(sonnet|haiku)", replace(_CLAUDE_3, max_output=8_192)),
    (r"claude-3-(opus|sonnet|haiku)", _CLAUDE_3),
)


@lru_cache(maxsize=256)
def model_limits(model: str) -> ModelLimits:
    """The limits of the model with this name; `GENERAL` when no row knows it."""
    name = re.sub(r"[.@]", "-", model.lower())
    for pattern, limits in MODEL_LIMITS:
        if re.search(pattern, name):
            return limits
    return GENERAL
