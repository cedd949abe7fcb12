"""What single models accept, as far as it changes a request: one table per target, first match wins.

Figures: the providers' model pages and error messages, and litellm's price map (November 2026). A model that is not
listed is not guessed: `reasoning` is None, nothing is clamped, and its target's profile says what is sent.
"""

import re
from typing import Final, NamedTuple

from pipeline_project.conversion.report import Target

# Weakest first. OpenAI's scale, of which Anthropic's (low to max) is a part.
EFFORT_SCALE: Final = ("none", "minimal", "low", "medium", "high", "xhigh", "max")

_LOW_TO_HIGH: Final = ("low", "medium", "high")
_NONE_TO_HIGH: Final = ("none", *_LOW_TO_HIGH)
_NONE_TO_XHIGH: Final = (*_NONE_TO_HIGH, "xhigh")
_LOW_TO_MAX: Final = (*_LOW_TO_HIGH, "xhigh", "max")


class Capabilities(NamedTuple):
    """What one model accepts.

    `reasoning`: None when not known. `efforts`: accepted reasoning_effort values, weakest first. `max_output`: tokens.
    `sampling`, `stop`, `parallel`: whether temperature/top_p, stop and parallel_tool_calls may be sent.
    `effort_with_tools`: False where chat completions refuses function tools beside any effort but "none".
    `thinking_back`: the model wants its reasoning_content back with the history, whatever serves it.
    `signed_calls`: every turn of calls in the history must carry a thought signature.
    """

    reasoning: bool | None = None
    efforts: tuple[str, ...] = ()
    max_output: int | None = None
    sampling: bool = True
    stop: bool = True
    parallel: bool = True
    effort_with_tools: bool = True
    thinking_back: bool = False
    signed_calls: bool = False


UNKNOWN: Final = Capabilities()


def _plain(max_output: int | None) -> Capabilities:
    return Capabilities(reasoning=False, max_output=max_output)


def _gpt5(efforts: tuple[str, ...], *, with_tools: bool = True) -> Capabilities:
    return Capabilities(
        reasoning=True, efforts=efforts, max_output=128_000, sampling=False, stop=False, effort_with_tools=with_tools
    )


_O_SERIES: Final = Capabilities(
    reasoning=True, efforts=_LOW_TO_HIGH, max_output=100_000, sampling=False, stop=False, parallel=False
)

_TABLES: Final[dict[Target, tuple[tuple[str, Capabilities], ...]]] = {
    "openai": (
        (r"gpt-[5-9](\.\d+)?-chat|chatgpt|chat-latest", _plain(16_384)),
        (r"gpt-5-pro", _gpt5(("high",))),
        (r"gpt-5(-|$)", _gpt5(("minimal", *_LOW_TO_HIGH))),
        (r"gpt-5\.1", _gpt5(_NONE_TO_HIGH)),
        (r"gpt-5\.[23]", _gpt5(_NONE_TO_XHIGH)),
        # From 5.4 on: "Function tools with reasoning_effort are not supported … set reasoning_effort to 'none'".
        (r"gpt-5\.\d", _gpt5(_NONE_TO_XHIGH, with_tools=False)),
        (r"gpt-[6-9]", _gpt5(_LOW_TO_MAX)),
        (r"o\d", _O_SERIES),
        (r"codex", _gpt5(_LOW_TO_HIGH)),
        (r"gpt-4\.1", _plain(32_768)),
        (r"gpt-4o-2024-05-13", _plain(4_096)),
        (r"gpt-4o|gpt-4\.5", _plain(16_384)),
        (r"gpt-4|gpt-3", _plain(4_096)),
        (r"gpt-oss", Capabilities(reasoning=True, efforts=_LOW_TO_HIGH)),
    ),
    "gemini": (
        (r"gemini-(1|2\.0)|gemma-[123]|learnlm", _plain(8_192)),
        (r"gemini-2\.5-flash", Capabilities(reasoning=True, efforts=_NONE_TO_HIGH, max_output=65_536)),
        (r"gemini-2\.5", Capabilities(reasoning=True, efforts=_LOW_TO_HIGH, max_output=65_536)),
        (r"gemini-", Capabilities(reasoning=True, efforts=_LOW_TO_HIGH, max_output=65_536, signed_calls=True)),
    ),
    # DeepSeek maps every step of the scale to its own low, high and max.
    "deepseek": (
        (r"deepseek-chat", Capabilities(reasoning=True, efforts=EFFORT_SCALE[1:], max_output=8_192)),
        (r"deepseek-reasoner", Capabilities(reasoning=True, efforts=EFFORT_SCALE[1:], max_output=65_536)),
        (r"deepseek", Capabilities(reasoning=True, efforts=EFFORT_SCALE[1:], max_output=393_216)),
    ),
    "generic": (
        (
            r"deepseek-(v[3-9]|reasoner|flash)|kimi|glm-[4-9]|minimax-m",
            Capabilities(reasoning=True, efforts=_LOW_TO_HIGH, thinking_back=True),
        ),
        (
            r"gpt-oss|o[1-4](-|$)|gpt-5|deepseek-r1|.*thinking|qwq|qwen3|magistral|grok-[3-9]",
            Capabilities(reasoning=True, efforts=_LOW_TO_HIGH),
        ),
    ),
    "anthropic": (),
}

_COMPILED: Final = {
    target: tuple((re.compile(pattern), capabilities) for pattern, capabilities in rows)
    for target, rows in _TABLES.items()
}


def capabilities_of(model: str, target: Target) -> Capabilities:
    """What `model` accepts at `target`; a provider prefix (`openrouter/openai/…`) does not matter."""
    name = model.lower().rsplit("/", 1)[-1]
    for pattern, capabilities in _COMPILED[target]:
        if pattern.match(name):
            return capabilities
    return UNKNOWN


def clamp_effort(effort: str, efforts: tuple[str, ...]) -> str:
    """The strongest accepted effort that is not above the one asked for, else the weakest accepted."""
    asked = EFFORT_SCALE.index(effort)
    below = [accepted for accepted in efforts if EFFORT_SCALE.index(accepted) <= asked]
    return below[-1] if below else efforts[0]
