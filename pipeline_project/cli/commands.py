"""The nouns of the command line, each loaded when it is called for: together they take three times as long to import.

`--help` shows the lines given here, so that it needs none of them.
"""

from collections.abc import Callable
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final

import typer
from typer.core import TyperGroup

HELP: Final = MappingProxyType(
    {
        "workflow": "What can be run.",
        "execution": "What has run, runs and waits.",
        "approval": "What waits for a person.",
        "agent": "Agents: a model with tools, within bounds.",
        "tools": "Tools of agents: files, search, shell, web, notebooks.",
        "llm": "Models: ask one, and see to keys, costs and budgets.",
        "finance": "The rules that invoices are judged by.",
        "message": "What becomes of a Messages request.",
        "outbox": "What was written instead of being delivered.",
        "db": "The store.",
        "doctor": "Look at everything a run needs; exit 1 if something is a problem.",
        "dev": "The Dagster UI with sensors and schedules on, until Ctrl-C.",
    }
)
"""By name, which is also that of the module in this package: it has an `app`, or a function of its own name."""


class Commands(TyperGroup):
    """The group at the top: what stands in it until a command is called for has a name and a line of help."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name in HELP:
            self.add_command(_command(lambda: None, name))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command that will run, now loaded."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, _load(name) if name else None, rest


def _load(name: str) -> Any:
    module = import_module(f"pipeline_project.cli.{name}")
    if not hasattr(module, "app"):
        return _command(getattr(module, name), name)
    group = typer.main.get_group(module.app)
    group.name, group.help = name, HELP[name]
    return group


def _command(function: Callable[..., Any], name: str) -> Any:
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(name, help=HELP[name])(function)
    return typer.main.get_command(app)
