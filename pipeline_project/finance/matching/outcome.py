"""What comparing an invoice with its order gives: typed exceptions, the lines, and what was not compared."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline_project.finance.findings import Finding

ExceptionKind = Literal[
    "order_number",
    "currency",
    "seller",
    "not_ordered",
    "item",
    "unit",
    "quantity_ordered",
    "quantity_received",
    "price",
    "amount",
    "tax",
]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MatchException(_Value):
    """One way in which the invoice does not fit its order or its receipts."""

    kind: ExceptionKind
    field: str = Field(description="path in the invoice, such as lines[0].quantity")
    message: str = Field(description="a clause without a full stop")
    expected: str
    found: str
    order_line: str | None = Field(default=None, description="id of the ordered line")
    tolerance: str | None = Field(default=None, description="the limit that was hit")


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A comparison that was not made, and why."""

    reason: str


class LineMatch(_Value):
    """What was ordered in one line, what is billed of it now and was before, and what was received."""

    order_line: str | None
    name: str | None
    ordered: Decimal | None
    billed: Decimal
    billed_before: Decimal
    received: Decimal | None = Field(description="null without receipts")


class Match(_Value):
    """An invoice against its order."""

    order: str | None
    matched: bool = Field(description="no exception was found")
    three_way: bool = Field(description="receipts were compared too")
    complete: bool = Field(description="with this invoice everything ordered is billed")
    exceptions: tuple[MatchException, ...]
    lines: tuple[LineMatch, ...]
    unchecked: tuple[str, ...] = Field(description="what could not be compared, and why")


def finding(exception: MatchException) -> Finding:
    """An exception as a finding."""
    line = f"ordered line {exception.order_line}" if exception.order_line is not None else None
    limit = f"tolerance {exception.tolerance}" if exception.tolerance is not None else None
    return Finding(
        rule=f"order.{exception.kind}",
        field=exception.field,
        message=f"{exception.message}: let purchasing decide, or ask the seller for a correction",
        expected=exception.expected,
        found=exception.found,
        evidence=tuple(filter(None, (line, limit))),
    )
