"""What is asked of an agent run, as plain values; imports nothing that a run needs.

Refuses an amount or a run id that could mean anything, naming where it was given.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from pipeline_project.errors import InvalidInput

_RUN_ID: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,79}")


@dataclass(frozen=True)
class Order:
    """What is asked for. Empty values leave the profile's, or the settings', in force.

    `run_id`: the same one again goes on where that run was. `policy`: rules instead of the policy file.
    """

    task: str
    agent: str = "general-purpose"
    model: str = ""
    tools: tuple[str, ...] | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    workspace: Path | None = None
    policy: Mapping[str, Any] | None = None
    schema: Mapping[str, Any] | None = None
    max_turns: int | None = None
    max_cost: Decimal | None = None
    run_id: str = ""


def amount(text: str, *, where: str) -> Decimal | None:
    """US dollars; '' is no limit. Raises InvalidInput for what is no amount from 0."""
    try:
        value = Decimal(text.strip()) if text.strip() else None
    except InvalidOperation:
        value = Decimal("nan")
    if value is not None and not (value.is_finite() and value >= 0):
        raise InvalidInput(f"{text!r} is no amount", where=where, remedy="Write 0.50.")
    return value


def check_run_id(run_id: str) -> None:
    """Raises InvalidInput for an id that no person would have been given."""
    if not _RUN_ID.fullmatch(run_id):
        remedy = "Use 1 to 80 letters, digits, _, - or ., no dot in front; `agent list` shows those there are."
        raise InvalidInput(f"{run_id[:100]!r} is no run id", where="run_id", remedy=remedy)
