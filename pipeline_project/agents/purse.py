"""What a run and its sub-agents have spent. A purse inside another spends from both, so that sub-agents that work side
by side share their parent's limit instead of each having all of it.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from pipeline_project.errors import BudgetExceeded
from pipeline_project.llm.responses import Usage


@dataclass
class Purse:
    """`limit`: US dollars, None limits nothing; `spent`: None as soon as one call's price is unknown."""

    owner: str
    limit: Decimal | None = None
    above: "Purse | None" = None
    spent: Decimal | None = Decimal(0)
    usage: Usage = field(default_factory=Usage)

    def spend(self, usage: Usage, cost: Decimal | None) -> None:
        """Add one call's."""
        self.usage = self.usage + usage
        self.spent = None if self.spent is None or cost is None else self.spent + cost
        if self.above is not None:
            self.above.spend(usage, cost)

    def check(self) -> "Purse | None":
        """The purse, this one or one above it, that is used up. Raises BudgetExceeded where that cannot be known."""
        if self.limit is not None:
            if self.spent is None:
                raise BudgetExceeded(
                    "has a cost limit, and the price of a call it made is not known",
                    where=f"agent {self.owner}",
                    remedy="Use a model with a known price, or drop the limit.",
                )
            if self.spent >= self.limit:
                return self
        return None if self.above is None else self.above.check()
