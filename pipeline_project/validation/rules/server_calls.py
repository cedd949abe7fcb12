"""Rules on calls that the provider runs: each result after its call, each call finished with its turn."""

from collections.abc import Iterator

from pipeline_project.messages.blocks import SERVER_CALL_TYPES, SERVER_RESULT_TYPES
from pipeline_project.validation import sources
from pipeline_project.validation.registry import ANTHROPIC, Problem, rule
from pipeline_project.validation.subject import Request, text_of


@rule("server-result.stray", sources.TOOL_ERRORS, scope="conversation", providers=ANTHROPIC)
def server_results_follow_their_calls(request: Request) -> Iterator[Problem]:
    """Each server tool result stands after the call it answers."""
    called: set[str] = set()
    for block in request.blocks:
        if block.kind in SERVER_CALL_TYPES:
            called.add(text_of(block, "id"))
        elif block.kind in SERVER_RESULT_TYPES and (identifier := text_of(block, "tool_use_id")) not in called:
            yield (
                (*block.path, "tool_use_id"),
                f"no server tool call {identifier} stands before this result; send call and result together",
            )


@rule("server-tool.unresolved", sources.TOOL_ERRORS, scope="conversation", providers=ANTHROPIC)
def open_server_calls_get_only_results(request: Request) -> Iterator[Problem]:
    """While a server tool call has no result yet, the user turn after it holds only tool results."""
    finished = {text_of(block, "tool_use_id") for block in request.blocks if block.kind in SERVER_RESULT_TYPES}
    for index, turn in enumerate(request.turns[:-1]):
        after = request.turns[index + 1]
        if turn.role == "assistant" and any(block.kind != "tool_result" for block in after.blocks):
            for block in turn.blocks:
                if block.kind in SERVER_CALL_TYPES and text_of(block, "id") not in finished:
                    yield (
                        block.path,
                        f"{block.kind} {text_of(block, 'id')} has no result and the turn after it has other"
                        " blocks than tool results; answer with tool results only",
                    )
