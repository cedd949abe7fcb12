"""Which line of an order a billed or received line belongs to.

A line says so itself, or bears the same item number, or the same name; in this order. Refuses to pair by
position, price or likeness: what cannot be told was not ordered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pipeline_project.finance.duplicates import number_key
from pipeline_project.finance.invoices.models import Line
from pipeline_project.finance.matching.tolerances import ReceiptLine
from pipeline_project.finance.orders.models import OrderLine
from pipeline_project.finance.vendors import name_key

ItemKind = Literal["seller", "buyer", "standard"]


@dataclass(frozen=True, slots=True)
class Signs:
    """What a line can be told by."""

    reference: str | None
    items: frozenset[tuple[ItemKind, str]]
    names: frozenset[str]

    @property
    def item_numbers(self) -> frozenset[str]:
        """The item numbers, whoever gave them."""
        return frozenset(value for _, value in self.items)


def signs(line: Line | OrderLine, *, reference: str | None) -> Signs:
    """The signs of a billed or an ordered line; `reference` is the order line it names, or its own id."""
    standard = line.standard_item.value if line.standard_item else None
    items: list[tuple[ItemKind, str | None]] = [
        ("seller", line.seller_item),
        ("buyer", line.buyer_item),
        ("standard", standard),
    ]
    return Signs(
        reference=number_key(reference),
        items=frozenset((kind, key) for kind, value in items if (key := number_key(value))),
        names=frozenset(key for name in (line.name, line.description) if name and (key := name_key(name))),
    )


class Allocation:
    """Distributes quantities over the lines of an order, one after another.

    Where several ordered lines are of one item, the first with enough left takes the quantity.
    """

    def __init__(self, lines: Sequence[OrderLine]) -> None:
        self._signs = [signs(line, reference=line.id) for line in lines]
        self._ordered = [line.quantity for line in lines]
        self.quantities = [Decimal(0) for _ in lines]

    def add(self, line: Line, quantity: Decimal | None) -> int | None:
        """The position of the ordered line that `line` belongs to; its quantity is added there."""
        return self._add(self._candidates(signs(line, reference=line.order_line)), quantity)

    def add_received(self, line: ReceiptLine) -> int | None:
        """The same for goods received, whose item may be a number of any kind or a name."""
        number, name = number_key(line.item), name_key(line.item or "")
        by_line = [
            index for index, each in enumerate(self._signs) if _same(each.reference, number_key(line.order_line))
        ]
        by_item = [index for index, each in enumerate(self._signs) if number in each.item_numbers]
        by_name = [index for index, each in enumerate(self._signs) if name and name in each.names]
        return self._add(by_line or by_item or by_name, line.quantity)

    def other_item(self, line: Line, index: int) -> bool:
        """Whether `line` bears another item number, of the same kind, than the ordered line it names."""
        mine, theirs = dict(signs(line, reference=None).items), dict(self._signs[index].items)
        both = mine.keys() & theirs.keys()
        return bool(both) and all(mine[kind] != theirs[kind] for kind in both)

    def _candidates(self, line: Signs) -> list[int]:
        lines = list(enumerate(self._signs))
        return (
            [index for index, each in lines if _same(each.reference, line.reference)]
            or [index for index, each in lines if each.items & line.items]
            or [index for index, each in lines if each.names & line.names and not _contradict(each, line)]
        )

    def _add(self, candidates: list[int], quantity: Decimal | None) -> int | None:
        if not candidates:
            return None
        needed = quantity or Decimal(0)
        enough = (index for index in candidates if self._left(index) >= needed)
        chosen = next(enough, None)
        if chosen is None:
            chosen = max(candidates, key=self._left)
        self.quantities[chosen] += needed
        return chosen

    def _left(self, index: int) -> Decimal:
        ordered = self._ordered[index]
        return Decimal("Infinity") if ordered is None else ordered - self.quantities[index]


def _same(one: str | None, other: str | None) -> bool:
    return one is not None and one == other


def _contradict(one: Signs, other: Signs) -> bool:
    mine, theirs = dict(one.items), dict(other.items)
    return any(mine[kind] != theirs[kind] for kind in mine.keys() & theirs.keys())
