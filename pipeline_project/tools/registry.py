"""Name → tool. Data, not code: a tool's module is imported when the tool is first used.

A tool has one canonical name; its aliases are the names older or other clients know it by.
"""

import difflib
from functools import cache
from importlib import import_module
from typing import Any, Final

from pipeline_project.errors import NotFound
from pipeline_project.tools.base import Tool

_CLASSES: Final = {
    "Read": "files.read:Read",
    "Write": "files.write:Write",
    "Edit": "files.edit:Edit",
    "MultiEdit": "files.multi_edit:MultiEdit",
    "LS": "files.ls:LS",
    "Glob": "search.glob:Glob",
    "Grep": "search.grep:Grep",
    "Bash": "shell.bash:Bash",
    "BashOutput": "shell.background:BashOutput",
    "KillShell": "shell.background:KillShell",
    "Task": "task:Task",
    "WebFetch": "web.fetch:WebFetch",
    "WebSearch": "web.search:WebSearch",
    "NotebookRead": "notebooks.read:NotebookRead",
    "NotebookEdit": "notebooks.edit:NotebookEdit",
    "TodoRead": "todos.whole:TodoRead",
    "TodoWrite": "todos.whole:TodoWrite",
    "TaskCreate": "todos.single:TaskCreate",
    "TaskGet": "todos.single:TaskGet",
    "TaskList": "todos.single:TaskList",
    "TaskUpdate": "todos.single:TaskUpdate",
}
_ALIASES: Final = {"Agent": "Task", "KillBash": "KillShell"}
_LATER: Final = {"computer": "drives a browser, which this version does not; use WebFetch to read a page"}


class Registry:
    """The tools there are, by name and alias."""

    def names(self) -> list[str]:
        """Canonical names, in the order they are shown."""
        return list(_CLASSES)

    def aliases(self, name: str) -> list[str]:
        """Other names of a tool."""
        return [alias for alias, target in _ALIASES.items() if target == name]

    def get(self, name: str) -> Tool[Any]:
        """The tool of a name or alias. Raises NotFound with the nearest names."""
        return _tool(self.canonical(name))

    def canonical(self, name: str) -> str:
        """The canonical name of a name or alias. Raises NotFound."""
        found = _ALIASES.get(name, name)
        if found in _CLASSES:
            return found
        if found in _LATER:
            raise NotFound(f"{name} {_LATER[found]}", where="tool")
        known = [*_CLASSES, *_ALIASES]
        folded = {known_name.lower(): known_name for known_name in known}
        near = [folded[key] for key in difflib.get_close_matches(name.lower(), folded, n=3, cutoff=0.5)]
        remedy = f"Near names: {', '.join(near)}." if near else f"There are: {', '.join(known)}."
        raise NotFound(f"there is no tool {name!r}", where="tool", remedy=remedy)

    def __iter__(self) -> Any:
        return (self.get(name) for name in _CLASSES)

    def definitions(self, names: list[str] | None = None) -> list[dict[str, Any]]:
        """Tool definitions of the Messages API (name, description, input_schema), all or the named ones."""
        chosen = [self.get(name) for name in names] if names is not None else list(self)
        return [{"name": each.name, "description": each.description, "input_schema": each.schema()} for each in chosen]


@cache
def _tool(name: str) -> Tool[Any]:
    module, _, kind = _CLASSES[name].partition(":")
    return getattr(import_module(f"pipeline_project.tools.{module}"), kind)()


_REGISTRY: Final = Registry()


def tools() -> Registry:
    """The tools of this version."""
    return _REGISTRY
