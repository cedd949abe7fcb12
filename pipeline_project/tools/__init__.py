"""Tools of agents: files, search, shell, web, notebooks, todos; a planner that says what may run together.

Plain Python without Dagster; the ops and jobs beside it are a thin shell. Refuses to act without a decision of
governance, and to touch anything outside the workspace.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pipeline_project.tools.base import Tool, ToolResult
    from pipeline_project.tools.batch import run_batch
    from pipeline_project.tools.planner import Plan, plan
    from pipeline_project.tools.registry import tools
    from pipeline_project.tools.run import run_tool
    from pipeline_project.tools.session import Limits, Session

__all__ = ["Limits", "Plan", "Session", "Tool", "ToolResult", "plan", "run_batch", "run_tool", "tools"]

_DOORS: Final = {
    "Limits": "session",
    "Plan": "planner",
    "Session": "session",
    "Tool": "base",
    "ToolResult": "base",
    "plan": "planner",
    "run_batch": "batch",
    "run_tool": "run",
    "tools": "registry",
}


def __getattr__(name: str) -> Any:
    """A door, imported when it is first used: loading a code location touches this package and calls no tool."""
    if name not in _DOORS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_DOORS[name]}"), name)
