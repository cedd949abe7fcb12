"""What the recorded calls cost, summed over one dimension. Refuses to count a call without a known price as 0."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Row, select

from pipeline_project.errors import InvalidInput
from pipeline_project.persistence.engine import Database
from pipeline_project.persistence.tables import llm_calls as table

_COLUMNS: Final = {
    "model": table.c.model,
    "provider": table.c.provider,
    "user": table.c.user,
    "workspace": table.c.workspace,
    "workflow": table.c.workflow_id,
    "agent": table.c.agent,
    "execution": table.c.execution_id,
    "step": table.c.step_id,
    "run": table.c.run_id,
    "key": table.c.key_id,
}
DIMENSIONS: Final = (*_COLUMNS, "day")


@dataclass
class Cost:
    """The sums of one subject. `cost`: US dollars of calls whose price is known; `unpriced`: how many are not in it."""

    subject: str
    calls: int = 0
    failed: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal = Decimal(0)
    unpriced: int = 0


def costs(database: Database, *, by: str, since: datetime) -> list[Cost]:
    """Sums per subject, the dearest first; days in UTC, in order. Raises InvalidInput for an unknown dimension."""
    if by not in DIMENSIONS:
        raise InvalidInput(f"costs have no {by!r}", where="--by", remedy=f"Use one of {', '.join(DIMENSIONS)}.")
    found: dict[str, Cost] = {}
    with database.read() as connection:
        for row in connection.execute(select(table).where(table.c.at >= since)):
            subject = row.at.date().isoformat() if by == "day" else getattr(row, _COLUMNS[by].name) or ""
            _add(found.setdefault(subject, Cost(subject)), row)
    if by == "day":
        return [found[day] for day in sorted(found)]
    return sorted(found.values(), key=lambda each: (-each.cost, -each.calls, each.subject))


def _add(cost: Cost, row: Row[Any]) -> None:
    cost.calls += 1
    cost.failed += row.outcome not in ("success", "cancelled")
    cost.input_tokens += (row.input_tokens or 0) + (row.cache_read_tokens or 0) + (row.cache_write_tokens or 0)
    cost.output_tokens += row.output_tokens or 0
    cost.cost += row.cost or Decimal(0)
    # a call that failed before it used anything has no price to know
    cost.unpriced += row.cost is None and row.input_tokens is not None
