"""Repair of tool results: every call answered once, right after it, results first.

A result that stands elsewhere is moved to its call; a call without one gets a result that says so; a result
without a call, and a second one, are dropped.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any, Final

from pipeline_project.validation.repair.step import Step, Stepped, repaired, with_messages
from pipeline_project.validation.report import Path, Repair
from pipeline_project.validation.rules.calls import before_a_result, calls, results
from pipeline_project.validation.subject import Block, Request, Turn

SUPPLIED: Final = "[No result of this call was recorded. This placeholder was supplied when the request was repaired.]"


class _Settlement:
    """Which results stay in place, and which are loose: to be moved to their call or dropped."""

    def __init__(self, request: Request) -> None:
        self.repairs: list[Repair] = []
        self.loose_paths: set[Path] = set()
        self._loose: dict[str, deque[Block]] = {}
        self._called: set[str] = set()
        before: Turn | None = None
        for turn in request.turns:
            open_calls = {call.value["id"] for call in calls(before)}
            self._called |= open_calls
            for result in results(turn):
                identifier = result.value["tool_use_id"]
                if identifier in open_calls:
                    open_calls.discard(identifier)
                else:
                    self.loose_paths.add(result.path)
                    self._loose.setdefault(identifier, deque()).append(result)
            before = turn

    def answer(self, call: Block) -> dict[str, Any]:
        """The result for a call that has none in place: its own from elsewhere, else a marked one."""
        identifier = call.value["id"]
        if loose := self._loose.get(identifier):
            result = loose.popleft()
            self.repairs.append(repaired("tool-result.stray", result.path, "moved the result to its call"))
            return result.value
        self.repairs.append(repaired("tool-result.missing", call.path, "supplied a result that says none exists"))
        shared = {key: call.value[key] for key in ("toolset_name",) if key in call.value}
        return {
            "type": "tool_result",
            "tool_use_id": identifier,
            "content": SUPPLIED,
            "is_error": True,
            **shared,
        }

    def drop_rest(self) -> None:
        """Notes the loose results that no call took."""
        for identifier, loose in self._loose.items():
            known = identifier in self._called
            rule = "tool-result.duplicate" if known else "tool-result.stray"
            what = "dropped a second result" if known else "dropped a result without a call"
            self.repairs.extend(repaired(rule, result.path, what) for result in loose)


def settle(request: Request) -> Stepped:
    """The request with every call answered once, in the user turn after it, results first."""
    settlement = _Settlement(request)
    messages: list[Any] = []
    open_calls: list[Block] = []
    for turn in request.turns:
        if turn.role != "user" and open_calls:
            messages.append({"role": "user", "content": [settlement.answer(call) for call in open_calls]})
            open_calls = []
        if turn.role == "user":
            answered = {
                result.value["tool_use_id"] for result in results(turn) if result.path not in settlement.loose_paths
            }
            added = [settlement.answer(call) for call in open_calls if call.value["id"] not in answered]
            messages.extend(_answering(request, turn, added, settlement))
            open_calls = []
        else:
            messages.extend(request.messages[turn.start : turn.stop])
            open_calls = calls(turn)
    if open_calls:
        messages.append({"role": "user", "content": [settlement.answer(call) for call in open_calls]})
    settlement.drop_rest()
    return with_messages(request, messages), settlement.repairs


def _answering(request: Request, turn: Turn, added: list[Any], settlement: _Settlement) -> list[Any]:
    """The messages of a user turn without loose results, with the added ones, results first."""
    loose = any(result.path in settlement.loose_paths for result in results(turn))
    misplaced = before_a_result(turn)
    if not (added or loose or misplaced):
        return request.messages[turn.start : turn.stop]
    if misplaced:
        settlement.repairs.append(repaired("tool-result.order", misplaced.path, "put the tool results first"))
    answers = [
        block.value for block in turn.blocks if block.kind == "tool_result" and block.path not in settlement.loose_paths
    ]
    return _in_front([*answers, *added], list(_without_results(request, turn)))


def _without_results(request: Request, turn: Turn) -> Iterator[Any]:
    """The messages of a turn with their tool results left out, and those that were nothing else."""
    taken = {block.path for block in turn.blocks if block.kind == "tool_result"}
    for index in range(turn.start, turn.stop):
        message = request.messages[index]
        content = message.get("content")
        if not isinstance(content, list):
            yield message
            continue
        path = ("messages", index, "content")
        others = [block for position, block in enumerate(content) if (*path, position) not in taken]
        if len(others) == len(content):
            yield message
        elif others:
            yield {**message, "content": others}


def _in_front(answers: list[Any], messages: list[Any]) -> list[Any]:
    """The messages with the tool results at the beginning of the first one, if it can take them."""
    if not answers:
        return messages
    content = messages[0].get("content") if messages else None
    if isinstance(content, str) and content:
        content = [{"type": "text", "text": content}]
    if isinstance(content, list):
        return [{**messages[0], "content": [*answers, *content]}, *messages[1:]]
    return [{"role": "user", "content": answers}, *messages]


STEPS: Final = (
    Step(
        ("tool-result.missing", "tool-result.stray", "tool-result.duplicate", "tool-result.order"),
        settle,
    ),
)
