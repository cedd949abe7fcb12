"""Decimal arithmetic as the rules want it: sums of what is there, halves rounded towards plus infinity.

Refuses floats by its types. The rounding is that of XPath's `round` on hundredths, in which the published
rules are written: 0.125 becomes 0.13 and -0.125 becomes -0.12, unlike both half-even and half-up.
"""

from collections.abc import Iterable
from decimal import ROUND_FLOOR, Decimal

ZERO = Decimal(0)
_HALF_CENT = Decimal("0.005")
_CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    """`amount` to two decimals, halves towards plus infinity."""
    return (amount + _HALF_CENT).quantize(_CENT, rounding=ROUND_FLOOR)


def total(amounts: Iterable[Decimal | None]) -> Decimal:
    """The sum of the amounts that are stated; 0 for none."""
    return sum((amount for amount in amounts if amount is not None), ZERO)
