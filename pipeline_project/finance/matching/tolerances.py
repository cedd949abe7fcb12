"""How far an invoice may go beyond its order and what was received, and the receipts it is compared with.

Refuses to read a missing limit as a small one: 0 means no variance, empty means no limit at all.
"""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _empty_is_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


Tolerance = Annotated[
    Annotated[Decimal, Field(ge=0, max_digits=22, decimal_places=6)] | None, BeforeValidator(_empty_is_none)
]


class Tolerances(BaseModel):
    """Each limits by itself, so whichever is hit first decides; one left out or empty limits nothing.

    Percentages and amounts are of what exceeds: billing less, or at a lower price, is no variance. Tax may
    differ in neither direction.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ordered_percent: Tolerance = Field(
        default=None, description="Percent that may be billed above the quantity ordered, over all invoices"
    )
    received_percent: Tolerance = Field(
        default=None, description="Percent that may be billed above the quantity received, over all invoices"
    )
    price_percent: Tolerance = Field(default=None, description="Percent a price may be above the one ordered")
    amount: Tolerance = Field(
        default=None,
        description="Money an invoice may be above its quantities at ordered prices, and all invoices above "
        "the order; in the order's currency, without tax",
    )
    tax: Tolerance = Field(default=None, description="Money the tax may differ from that of the order's rates")


_ZERO = Decimal(0)
NO_VARIANCE = Tolerances(ordered_percent=_ZERO, received_percent=_ZERO, price_percent=_ZERO, amount=_ZERO, tax=_ZERO)


class ReceiptLine(BaseModel):
    """Goods received; the line says by `order_line` or `item` what they were ordered as."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order_line: str | None = Field(default=None, description="Line of the order")
    item: str | None = Field(default=None, description="Item number of seller, buyer or GTIN, or the item's name")
    quantity: Decimal = Field(description="How many; below zero for goods returned")


class Receipt(BaseModel):
    """One delivery against an order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: str | None = Field(default=None, description="Number of the delivery note")
    lines: tuple[ReceiptLine, ...] = Field(description="What was received")
