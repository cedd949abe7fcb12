"""Rules on thinking blocks in the history: signed, never last, first where manual thinking asks for it."""

from collections.abc import Iterator
from itertools import takewhile

from pipeline_project.messages.blocks import THINKING_BLOCK_TYPES
from pipeline_project.validation import sources
from pipeline_project.validation.registry import ANTHROPIC, Problem, rule
from pipeline_project.validation.subject import Content, Request, text_of


@rule("thinking-block.signature", sources.THINKING, scope="content", providers=ANTHROPIC)
def thinking_is_signed(subject: Content) -> Iterator[Problem]:
    """Each thinking block carries the signature the API gave it."""
    for block in subject.of("thinking"):
        if not text_of(block, "signature"):
            yield (
                (*block.path, "signature"),
                "the thinking block has no signature; send it as it was received, or drop it",
            )


@rule("thinking-block.final", sources.THINKING, scope="conversation", providers=ANTHROPIC)
def thinking_is_not_last(request: Request) -> Iterator[Problem]:
    """No assistant turn ends with thinking.

    The API: the final block in an assistant message cannot be `thinking`.
    """
    for turn in request.turns:
        if turn.role == "assistant":
            for block in takewhile(lambda each: each.kind in THINKING_BLOCK_TYPES, reversed(turn.blocks)):
                yield block.path, "the assistant turn ends with thinking; drop it or add what followed"


@rule(
    "thinking-block.first",
    sources.EXTENDED_THINKING,
    scope="request",
    severity="warning",
    providers=ANTHROPIC,
)
def last_turn_starts_with_thinking(request: Request) -> Iterator[Problem]:
    """With manual thinking, the last assistant turn with tool calls starts with its thinking."""
    if request.thinking.get("type") != "enabled":
        return
    last = next((turn for turn in reversed(request.turns) if turn.role == "assistant"), None)
    if last is None or not any(block.kind == "tool_use" for block in last.blocks):
        return
    if last.blocks[0].kind not in THINKING_BLOCK_TYPES:
        yield last.blocks[0].path, "the turn does not start with its thinking block; send it back unchanged"
