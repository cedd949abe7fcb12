"""What one chat completions chunk says, in the spellings of its many servers: choice, thinking, text, usage.

Pure readers of foreign JSON: a part of the wrong shape is passed over, never an error.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

_FIRST: Final = (None, 0, "0")


class Thought(NamedTuple):
    """A piece of thinking: its text, the signature that ends it, or the data of a redacted block."""

    text: str = ""
    signature: str = ""
    redacted: str = ""


def choice_of(chunk: dict[str, Any]) -> dict[str, Any] | None:
    """The first choice; others (`n` > 1) have no place in an Anthropic answer."""
    choices = chunk.get("choices")
    if isinstance(choices, list):
        for choice in choices:
            if isinstance(choice, dict) and choice.get("index") in _FIRST:
                return choice
    return None


def delta_of(choice: dict[str, Any]) -> dict[str, Any]:
    """The delta of a choice, or the message that some servers send in its place."""
    delta = choice.get("delta")
    if not isinstance(delta, dict):
        delta = choice.get("message")
    return delta if isinstance(delta, dict) else {}


def usage_in(chunk: dict[str, Any], choice: dict[str, Any] | None) -> dict[str, Any] | None:
    """The usage of a chunk, which Moonshot puts in the choice and Groq in `x_groq`."""
    usage = chunk.get("usage")
    if usage is None and choice is not None:
        usage = choice.get("usage")
    if usage is None and isinstance(groq := chunk.get("x_groq"), dict):
        usage = groq.get("usage")
    return usage if isinstance(usage, dict) else None


def finish_of(choice: dict[str, Any]) -> str | None:
    """The finish reason in lower case; None while there is none."""
    finish = choice.get("finish_reason")
    return finish.lower() if isinstance(finish, str) and finish else None


def thoughts_of(delta: dict[str, Any]) -> Iterator[Thought]:
    """The thinking in a delta, once, however many fields repeat it."""
    blocks = delta.get("thinking_blocks")
    if blocks and isinstance(blocks, list):
        yield from _litellm_blocks(blocks)
        return
    text = text_in(delta, "reasoning_content") or text_in(delta, "reasoning")
    details = delta.get("reasoning_details")
    if not isinstance(details, list):
        if text:
            yield Thought(text)
        return
    signature = ""
    for detail in details:
        if isinstance(detail, dict):
            if not text:
                yield Thought(text_in(detail, "text") or text_in(detail, "summary"))
            # Only a signature that Anthropic made is one for an Anthropic client.
            if text_in(detail, "format").startswith("anthropic"):
                signature = text_in(detail, "signature") or signature
    if text or signature:
        yield Thought(text, signature)


def _litellm_blocks(blocks: list[Any]) -> Iterator[Thought]:
    for block in blocks:
        if not isinstance(block, dict):
            continue
        if block.get("type") == "redacted_thinking":
            yield Thought(redacted=text_in(block, "data"))
        else:
            yield Thought(text_in(block, "thinking"), text_in(block, "signature"))


def contents_of(parts: Any) -> Iterator[tuple[str, str]]:
    """(thinking or text, the text) of each part of a content list, as Mistral sends it."""
    for part in parts if isinstance(parts, list) else ():
        if not isinstance(part, dict):
            continue
        thinking = part.get("thinking")
        if isinstance(thinking, str):
            yield "thinking", thinking
        elif isinstance(thinking, list):
            yield "thinking", "".join(text_in(each, "text") for each in thinking if isinstance(each, dict))
        elif text := text_in(part, "text"):
            yield "text", text


def text_in(value: dict[str, Any], key: str) -> str:
    """The string under a key; "" for anything else."""
    text = value.get(key)
    return text if isinstance(text, str) else ""
