"""The targets, as data: what each wire accepts and how this converter speaks to it. No code looks at a target's name.

Sources: OpenAI chat completions reference; ai.google.dev "OpenAI compatibility" and its Schema reference;
api-docs.deepseek.com "Thinking Mode" and "Create Chat Completion". `generic` is the least that OpenAI-compatible
servers (vLLM, Ollama, OpenRouter, LM Studio …) have in common.
"""

import re
from typing import Final, Literal, NamedTuple

from pipeline_project.conversion.report import Target
from pipeline_project.errors import InvalidInput


class Profile(NamedTuple):
    """How one target's wire differs; the field comments say what each choice means."""

    name: Target
    # Longest tool call id and tool name, and the names it takes.
    id_limit: int = 64
    name_limit: int = 64
    name_pattern: re.Pattern[str] = re.compile(r"[a-zA-Z0-9_-]+")
    id_pattern: re.Pattern[str] = re.compile(r"[a-zA-Z0-9_-]+")
    # Which JSON Schema it reads in tools: nearly all of it, or Google's subset of OpenAPI.
    schema: Literal["open", "gemini"] = "open"
    # A system turn inside the conversation: as such, or as a marked user turn.
    system_turns: Literal["system", "note"] = "note"
    # Whether turns of one role must be merged because roles have to alternate.
    alternating: bool = True
    images: bool = True
    files: bool = True
    # Whether content must be one string.
    flat_text: bool = False
    # The content of an assistant turn that only calls tools.
    no_content: str | None = None
    named_results: bool = False
    user_field: bool = True
    parallel_field: bool = True
    max_stops: int | None = None
    max_completion_tokens: bool = False
    # `{"thinking": {"type": …}}` beside reasoning_effort, and thinking that goes back with the history.
    thinking_switch: bool = False
    thinking_history: Literal["dropped", "reasoning_content", "signature"] = "dropped"
    # Efforts for a model that is in no table; empty: none are sent.
    default_efforts: tuple[str, ...] = ()
    response_format: Literal["json_schema", "json_object"] = "json_schema"
    # A last assistant turn: left as it stands, or followed by a request to go on.
    prefill: Literal["kept", "continued"] = "kept"
    # Tags around reasoning that arrives inside the text.
    think_tags: tuple[str, str] | None = None


PROFILES: Final[dict[Target, Profile]] = {
    "openai": Profile(
        name="openai",
        # "Invalid 'messages[…].tool_calls[0].id': string too long. Expected … maximum length 40".
        id_limit=40,
        system_turns="system",
        alternating=False,
        max_stops=4,
        max_completion_tokens=True,
        default_efforts=("low", "medium", "high"),
    ),
    "anthropic": Profile(name="anthropic", system_turns="system", alternating=False),
    "gemini": Profile(
        name="gemini",
        name_pattern=re.compile(r"[a-zA-Z_][a-zA-Z0-9_-]*"),
        schema="gemini",
        # "Expected string or list of content parts, got: null".
        no_content="",
        named_results=True,
        user_field=False,
        # "Unknown name "parallel_tool_calls": Cannot find field."
        parallel_field=False,
        max_stops=5,
        thinking_history="signature",
        default_efforts=("low", "medium", "high"),
        prefill="continued",
        think_tags=("<thought>", "</thought>"),
    ),
    "deepseek": Profile(
        name="deepseek",
        system_turns="system",
        images=False,
        files=False,
        flat_text=True,
        user_field=False,
        parallel_field=False,
        max_stops=16,
        thinking_switch=True,
        thinking_history="reasoning_content",
        default_efforts=("minimal", "low", "medium", "high", "xhigh", "max"),
        response_format="json_object",
    ),
    "generic": Profile(name="generic", think_tags=("<think>", "</think>")),
}


def profile_of(target: str) -> Profile:
    """The profile of a target. Raises InvalidInput for a name that is none."""
    for name, profile in PROFILES.items():
        if name == target:
            return profile
    raise InvalidInput(
        f"{target!r} is not a conversion target", where="target", remedy=f"Use one of {', '.join(PROFILES)}."
    )
