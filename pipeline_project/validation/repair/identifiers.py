"""Repairs of tool call ids: safe characters, no id twice; a result follows the id of its call."""

import re
from collections import deque
from collections.abc import Iterator
from typing import Any, Final

from pipeline_project.validation.repair.edits import Edit, apply_edits
from pipeline_project.validation.repair.step import Step, Stepped
from pipeline_project.validation.rules.calls import ID_PATTERN, calls, exchanges, results
from pipeline_project.validation.subject import Request, text_of

_UNSAFE: Final = re.compile(r"[^a-zA-Z0-9_-]")
_KEYS: Final = {"tool_use": "id", "tool_result": "tool_use_id"}


class _Names:
    """Gives out ids that no call or result of the request has."""

    def __init__(self, request: Request) -> None:
        self._taken = {text_of(block, key) for kind, key in _KEYS.items() for block in request.of(kind)}
        self._counts: dict[str, int] = {}

    def like(self, identifier: str) -> str:
        base = _UNSAFE.sub("_", identifier) or "call"
        name, count = base, self._counts.get(base, 1)
        while name in self._taken:
            count += 1
            name = f"{base}_{count}"
        self._counts[base] = count
        self._taken.add(name)
        return name


def rename_unsafe(request: Request) -> Stepped:
    """Ids with other characters get safe ones, the same in the call and in its results."""
    names, renamed = _Names(request), dict[str, str]()
    edits: list[Edit] = []
    for kind, key in _KEYS.items():
        for block in request.of(kind):
            old = block.value.get(key)
            if isinstance(old, str) and not ID_PATTERN.fullmatch(old):
                new = renamed[old] if old in renamed else renamed.setdefault(old, names.like(old))
                edits.append(Edit("tool-use.id", (*block.path, key), new, f"renamed the call to {new}"))
    return _edited(request, edits)


def rename_duplicates(request: Request) -> Stepped:
    """Each later call with an id gets an id of its own, and the results in the turn after it follow."""
    return _edited(request, list(_renamings(request, _Names(request))))


def _renamings(request: Request, names: _Names) -> Iterator[Edit]:
    seen: set[str] = set()
    paired = {call.path for turn, _ in exchanges(request) for call in calls(turn)}
    for turn, answer in exchanges(request):
        queues: dict[str, deque[str]] = {}
        for call in calls(turn):
            old = call.value["id"]
            new = names.like(old) if old in seen else old
            seen.add(old)
            queues.setdefault(old, deque()).append(new)
            if new != old:
                yield _rename((*call.path, "id"), new)
        for result in results(answer):
            queue = queues.get(result.value["tool_use_id"], ())
            if queue and (new := queue.popleft()) != result.value["tool_use_id"]:
                yield _rename((*result.path, "tool_use_id"), new)
    # calls where none can stand keep their place, which another rule speaks of
    for block in request.of("tool_use"):
        if block.path not in paired and (old := text_of(block, "id")):
            if old in seen:
                yield _rename((*block.path, "id"), names.like(old))
            seen.add(old)


def _rename(path: tuple[Any, ...], new: str) -> Edit:
    return Edit("tool-use.duplicate", path, new, f"renamed the call to {new}")


def _edited(request: Request, edits: list[Edit]) -> Stepped:
    body, made = apply_edits(request.body, edits)
    return request.with_body(body), [edit.as_repair() for edit in made]


STEPS: Final = (
    Step(("tool-use.id",), rename_unsafe),
    Step(("tool-use.duplicate",), rename_duplicates),
)
