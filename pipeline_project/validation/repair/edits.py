"""Changes of single places in a JSON value: set or removed by path, on copies, in one pass.

Each container on the way to a change is copied once, so a thousand changes in one array cost one copy of it.
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from pipeline_project.validation.report import Path, Repair, json_path, readable


class _Removed:
    """Marks a place that shall be gone; no JSON value is it."""


REMOVED: Final = _Removed()


class Edit(NamedTuple):
    """Set the place at `path` to `value`, or remove it with REMOVED, to satisfy `rule`."""

    rule: str
    path: Path
    value: Any
    message: str

    def as_repair(self) -> Repair:
        """The edit as the report states it."""
        return Repair(self.rule, json_path(self.path), readable(self.message))


def apply_edits(body: Any, edits: Iterable[Edit]) -> tuple[Any, list[Edit]]:
    """A copy of `body` with the edits in it, and the edits that were made.

    Of two edits at or below one place the upper, else the first, is made: the other may no longer be wanted
    then.
    """
    copies: dict[Path, Any] = {(): _copy(body)}
    made: dict[Path, Edit] = {}
    for edit in sorted(edits, key=lambda each: len(each.path)):
        if any(edit.path[:length] in made for length in range(1, len(edit.path) + 1)):
            continue
        parent = _container(copies, edit.path[:-1])
        parent[edit.path[-1]] = edit.value
        made[edit.path] = edit
    for container in copies.values():
        _sweep(container)
    return copies[()], list(made.values())


def _container(copies: dict[Path, Any], path: Path) -> Any:
    """The copy of the container at `path`, which exists; made, with those above it, if there is none."""
    known = len(path)
    while path[:known] not in copies:
        known -= 1
    container = copies[path[:known]]
    for depth in range(known, len(path)):
        container[path[depth]] = child = _copy(container[path[depth]])
        copies[path[: depth + 1]] = container = child
    return container


def _copy(value: Any) -> Any:
    return value.copy() if isinstance(value, dict | list) else value


def _sweep(container: Any) -> None:
    if isinstance(container, list):
        container[:] = [item for item in container if item is not REMOVED]
    elif isinstance(container, dict):
        for key in [key for key, value in container.items() if value is REMOVED]:
            del container[key]
