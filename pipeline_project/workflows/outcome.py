"""What came of one node in one run, for whoever shows it: the op shell, a test."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

OutcomeKind = Literal["ran", "restored", "skipped", "held", "waiting", "tolerated", "cancelled"]


@dataclass(frozen=True)
class Outcome:
    """`ports`: the outputs to yield. `reason`: why it was skipped, holds or waits. `result`: what it journaled.

    tolerated: the step failed, and on_error or its parallel step lets the execution go on.
    """

    kind: OutcomeKind
    ports: tuple[str, ...] = ()
    reason: str = ""
    attempt: int = 1
    result: Any = None
    wait_id: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
