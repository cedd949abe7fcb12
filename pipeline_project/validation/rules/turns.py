"""Rules on the order of turns: where system turns may stand, who speaks last, who must alternate."""

from collections.abc import Iterator

from pipeline_project.messages.blocks import SERVER_CALL_TYPES, SERVER_RESULT_TYPES
from pipeline_project.validation import sources
from pipeline_project.validation.registry import ANTHROPIC, OTHERS, Problem, rule
from pipeline_project.validation.subject import Block, Request, Turn, text_of


@rule("system.first", sources.SYSTEM_TURNS, scope="conversation", providers=ANTHROPIC)
def system_turn_is_not_first(request: Request) -> Iterator[Problem]:
    """A system message is not the first message."""
    if request.turns and request.turns[0].role == "system":
        yield ("messages", 0), "a system message cannot be the first; use the top-level system prompt"


@rule("system.placement", sources.SYSTEM_TURNS, scope="conversation", providers=ANTHROPIC)
def system_turns_stand_between_user_and_assistant(request: Request) -> Iterator[Problem]:
    """A system turn follows a user turn or a server tool result and precedes an assistant turn or the end."""
    turns = request.turns
    for index, turn in enumerate(turns):
        if turn.role == "system" and index and not system_turn_fits(turns, index):
            yield (
                ("messages", turn.start),
                "a system message must follow a user turn and precede an assistant turn or the end; move it",
            )


@rule("system.model", sources.SYSTEM_TURNS, scope="conversation", providers=ANTHROPIC)
def model_takes_system_turns(request: Request) -> Iterator[Problem]:
    """The model accepts system messages inside the conversation."""
    if request.limits.system_turns is False:
        for turn in request.turns:
            if turn.role == "system":
                yield (
                    ("messages", turn.start, "role"),
                    f"{request.keys.get('model')} takes no system messages; use the top-level system prompt",
                )


@rule(
    "turns.alternate",
    sources.DEEPSEEK_ROUNDS,
    scope="conversation",
    severity="warning",
    providers=("gemini", "deepseek", "generic"),
)
def roles_alternate(request: Request) -> Iterator[Problem]:
    """Messages of one role do not follow each other, for providers that do not join them."""
    for turn in request.turns:
        joinable = joinable_messages(request, turn)
        if len(joinable) > 1:
            yield ("messages", joinable[1]), f"{len(joinable)} {turn.role} messages in a row; merge them"


@rule("prefill.model", sources.PREFILL, scope="conversation", providers=ANTHROPIC)
def model_takes_a_prefill(request: Request) -> Iterator[Problem]:
    """Only models before Claude 4.6 continue a final assistant message."""
    if request.limits.prefill is False and (text := prefill(request)):
        yield text.path, f"{request.keys.get('model')} takes no prefill; end with a user message"


@rule("prefill.thinking", sources.THINKING, scope="request", providers=ANTHROPIC)
def prefill_is_not_with_thinking(request: Request) -> Iterator[Problem]:
    """A final assistant message cannot be continued with thinking on."""
    if request.thinking.get("type") in ("enabled", "adaptive") and (text := prefill(request)):
        yield text.path, "a prefill cannot be combined with thinking; disable thinking or drop the prefill"


@rule("prefill.format", sources.STRUCTURED, scope="request", providers=ANTHROPIC)
def prefill_is_not_with_a_format(request: Request) -> Iterator[Problem]:
    """A final assistant message cannot be continued in a JSON output format."""
    if request.output_config.get("format") and (text := prefill(request)):
        yield text.path, "a prefill cannot be combined with output_config.format; drop one of them"


@rule("prefill.whitespace", sources.CREATE, scope="conversation", providers=ANTHROPIC)
def prefill_does_not_end_in_space(request: Request) -> Iterator[Problem]:
    """The final assistant message does not end in white space.

    The API: final assistant content cannot end with trailing whitespace.
    """
    text = prefill(request)
    if text and (words := text_of(text)) and words[-1].isspace() and not words.isspace():
        yield text.path, "the final assistant text ends in white space; strip it"


@rule("prefill.ignored", sources.OPENAI_CHAT, scope="conversation", severity="warning", providers=OTHERS)
def prefill_is_not_continued(request: Request) -> Iterator[Problem]:
    """Only Anthropic continues a final assistant message."""
    if text := prefill(request):
        yield text.path, "the final assistant message is not continued; end with a user message"


def joinable_messages(request: Request, turn: Turn) -> list[int]:
    """Where in the messages a user or assistant turn has content that can be joined."""
    if turn.role not in ("user", "assistant"):
        return []
    span = range(turn.start, turn.stop)
    return [index for index in span if isinstance(request.messages[index].get("content"), str | list)]


def system_turn_fits(turns: list[Turn], index: int) -> bool:
    """True when the system turn at `index` stands where the API takes one."""
    before = turns[index - 1] if index else None
    after = turns[index + 1] if index + 1 < len(turns) else None
    if before is None or not (before.role == "user" or ends_in_server_result(before)):
        return False
    return after is None or after.role == "assistant"


def ends_in_server_result(turn: Turn) -> bool:
    """True for an assistant turn whose last block is the result of a server tool."""
    return turn.role == "assistant" and bool(turn.blocks) and turn.blocks[-1].kind in SERVER_RESULT_TYPES


def prefill(request: Request) -> Block | None:
    """The final text a model would have to continue; None for a paused turn, which is resumed as it is."""
    if not request.turns or request.turns[-1].role != "assistant":
        return None
    blocks = request.turns[-1].blocks
    if not blocks or blocks[-1].kind != "text":
        return None
    paused = any(block.kind in SERVER_CALL_TYPES | SERVER_RESULT_TYPES for block in blocks)
    return None if paused else blocks[-1]
