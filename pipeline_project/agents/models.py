"""What an agent is, what bounds it, and what it ends with. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pipeline_project.llm.responses import Usage

TOKENS = ("input", "output", "cache_read", "cache_write", "reasoning")
"""The counts of Usage that are shown; a vendor's terms are in the price."""


RETRIES_OF_A_TURN = 2
"""A turn is journaled and no step of its own, so that nothing above can repeat it: the client's own loop does."""


def counts(usage: Usage) -> dict[str, int]:
    """What was used, as numbers by name; for the journal and for results."""
    return {name: value for name, value in vars(usage).items() if isinstance(value, int)}


@dataclass(frozen=True)
class Bounds:
    """What one run may use. `cost`: US dollars; None limits nothing, and then a model without a price is fine too."""

    turns: int = 30
    cost: Decimal | None = None
    seconds: float = 1800
    tokens_per_turn: int = 8192


@dataclass(frozen=True)
class Agent:
    """A profile: who it is (`instructions` are its system prompt), which model, which tools, within which bounds.

    `schema`: JSON Schema of its last answer. `agents`: whether it may start sub-agents (the Task tool).
    """

    name: str
    instructions: str
    model: str | None = None
    tools: tuple[str, ...] = ()
    schema: Mapping[str, Any] | None = None
    bounds: Bounds = field(default_factory=Bounds)
    description: str = ""


@dataclass(frozen=True)
class Call:
    """One tool call of a run, as an inspector sees it."""

    turn: int
    tool: str
    is_error: bool
    seconds: float
    rule: str
    restored: bool = False


@dataclass(frozen=True)
class AgentResult:
    """What a run ended with. `output`: the object, when the agent has a schema, else the text.

    `cost`: US dollars of this run and its sub-agents; None as soon as one call's price is unknown. `restored`: calls of
    the model and of tools that were taken from the journal instead of being made.
    """

    run_id: str
    output: Any
    text: str
    turns: int
    calls: tuple[Call, ...]
    usage: Usage
    cost: Decimal | None
    model: str
    provider: str
    restored: int = 0
    written: tuple[str, ...] = ()
