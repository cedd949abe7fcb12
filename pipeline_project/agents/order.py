"""What is asked of an agent run, as plain values; imports nothing that a run needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any


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
