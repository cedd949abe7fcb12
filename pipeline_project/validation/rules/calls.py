"""Rules on tool calls and results across a conversation: each call answered once, in the next user turn.

Turns are taken as the API takes them: consecutive messages of one role are one turn.
"""

import re
from collections.abc import Iterator
from typing import Final

from pipeline_project.validation import sources
from pipeline_project.validation.registry import ANTHROPIC, Problem, rule
from pipeline_project.validation.subject import Block, Content, Request, Turn, text_of

ID_PATTERN: Final = re.compile(r"[a-zA-Z0-9_-]+")
MAX_USED_NAME: Final = 200


@rule("tool-use.id", sources.HANDLE_TOOLS, scope="content", providers=ANTHROPIC)
def ids_use_safe_characters(subject: Content) -> Iterator[Problem]:
    """Ids of calls and results match ^[a-zA-Z0-9_-]+$."""
    for kind, key in (("tool_use", "id"), ("tool_result", "tool_use_id")):
        for block in subject.of(kind):
            identifier = block.value.get(key)
            if isinstance(identifier, str) and not ID_PATTERN.fullmatch(identifier):
                yield (*block.path, key), "the id must match ^[a-zA-Z0-9_-]+$; rename it in call and result"


@rule("tool-use.duplicate", sources.HANDLE_TOOLS, scope="content")
def ids_are_unique(subject: Content) -> Iterator[Problem]:
    """No two tool calls have one id."""
    seen: set[str] = set()
    for block in subject.of("tool_use"):
        identifier = block.value.get("id")
        if isinstance(identifier, str):
            if identifier in seen:
                yield (*block.path, "id"), f"a second call is called {identifier}; give each call its own id"
            seen.add(identifier)


@rule("tool-use.name", sources.DEFINE_TOOLS, scope="content", providers=ANTHROPIC)
def used_names_are_not_too_long(subject: Content) -> Iterator[Problem]:
    """The tool name in a call has 1 to 200 characters."""
    for block in subject.of("tool_use"):
        name = block.value.get("name")
        if isinstance(name, str) and not 1 <= len(name) <= MAX_USED_NAME:
            yield (*block.path, "name"), f"the tool name must have 1 to {MAX_USED_NAME} characters"


@rule("tool-result.missing", sources.HANDLE_TOOLS, scope="conversation")
def each_call_is_answered(request: Request) -> Iterator[Problem]:
    """Each tool_use has its tool_result in the next user turn."""
    for call_turn, answer in exchanges(request):
        answered = {block.value.get("tool_use_id") for block in results(answer)}
        for call in calls(call_turn):
            if call.value["id"] not in answered:
                yield (
                    call.path,
                    f"call {call.value['id']} has no tool_result in the next user turn; add one",
                )


@rule("tool-result.stray", sources.HANDLE_TOOLS, scope="conversation")
def each_result_has_its_call(request: Request) -> Iterator[Problem]:
    """Each tool_result answers a tool_use of the assistant turn right before it."""
    before: Turn | None = None
    for turn in request.turns:
        if turn.role == "user":
            called = {block.value["id"] for block in calls(before)}
            for block in results(turn):
                if block.value["tool_use_id"] not in called:
                    yield (
                        (*block.path, "tool_use_id"),
                        f"no call {block.value['tool_use_id']} stands in the turn before; drop the result",
                    )
        before = turn


@rule("tool-result.duplicate", sources.HANDLE_TOOLS, scope="conversation")
def each_call_is_answered_once(request: Request) -> Iterator[Problem]:
    """No call has two results in one turn."""
    for turn in request.turns:
        seen: set[str] = set()
        for block in results(turn):
            identifier = block.value["tool_use_id"]
            if identifier in seen:
                yield (
                    (*block.path, "tool_use_id"),
                    f"call {identifier} is answered twice; keep one tool_result",
                )
            seen.add(identifier)


@rule("tool-result.order", sources.HANDLE_TOOLS, scope="conversation", providers=ANTHROPIC)
def results_come_first(request: Request) -> Iterator[Problem]:
    """In a user turn, tool results stand before everything else."""
    for turn in request.turns:
        if turn.role == "user" and (misplaced := before_a_result(turn)):
            yield (
                misplaced.path,
                f"{misplaced.kind} stands before a tool_result; put all tool results of the turn first",
            )


@rule("tool-result.split", sources.PARALLEL_TOOLS, scope="conversation", severity="info", providers=ANTHROPIC)
def results_share_a_message(request: Request) -> Iterator[Problem]:
    """Results of parallel calls stand in one user message."""
    for turn in request.turns:
        homes = {block.path[1] for block in results(turn)}
        if len(homes) > 1:
            yield ("messages", turn.start), "tool results are spread over messages; send them in one message"


@rule("tool-result.search-mix", sources.SEARCH_RESULTS, scope="conversation", providers=ANTHROPIC)
def search_results_stand_alone(request: Request) -> Iterator[Problem]:
    """A tool_result with a search_result holds nothing but search results."""
    for block in request.of("tool_result"):
        content = block.value.get("content")
        if isinstance(content, list):
            kinds = {item.get("type") == "search_result" for item in content if isinstance(item, dict)}
            if kinds == {True, False}:
                yield (
                    (*block.path, "content"),
                    "search_result is mixed with other blocks; put the text inside a search_result",
                )


def exchanges(request: Request) -> Iterator[tuple[Turn, Turn | None]]:
    """Each assistant turn with the turn right after it, if that is a user turn."""
    for index, turn in enumerate(request.turns):
        if turn.role == "assistant":
            after = request.turns[index + 1] if index + 1 < len(request.turns) else None
            yield turn, after if after is not None and after.role == "user" else None


def calls(turn: Turn | None) -> list[Block]:
    """The tool_use blocks with an id of an assistant turn."""
    if turn is None or turn.role != "assistant":
        return []
    return [block for block in turn.blocks if block.kind == "tool_use" and text_of(block, "id")]


def results(turn: Turn | None) -> list[Block]:
    """The tool_result blocks with an id of a user turn."""
    if turn is None or turn.role != "user":
        return []
    return [block for block in turn.blocks if block.kind == "tool_result" and text_of(block, "tool_use_id")]


def before_a_result(turn: Turn) -> Block | None:
    """The first block of the turn that stands before a tool_result without being one."""
    first: Block | None = None
    for block in turn.blocks:
        if block.kind == "tool_result":
            if first is not None:
                return first
        elif first is None:
            first = block
    return None
