"""Exact arithmetic on int and Decimal, in contexts of its own that no other code can change.

`+ - *` are exact or refused; `/` and powers of decimals have 28 significant digits, ties to even, like
Python's default decimal context. `//` rounds down and `%` has the sign of the divisor, for int and Decimal
alike. No booleans.
"""

import decimal
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from pipeline_project.workflows.expressions.failure import Failure
from pipeline_project.workflows.expressions.limits import MAX_DIGITS, MAX_EXPONENT
from pipeline_project.workflows.expressions.tree import Arithmetic
from pipeline_project.workflows.expressions.values import Number, number

_TOO_LARGE = 10**MAX_DIGITS
_TOO_LONG = f"a number has more than {MAX_DIGITS} digits"
_TRAPS = [decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow]


def _context(precision: int, rounding: str, traps: list[Any]) -> decimal.Context:
    return decimal.Context(
        prec=precision, rounding=rounding, Emin=-MAX_DIGITS, Emax=MAX_DIGITS, capitals=1, clamp=0, traps=traps
    )


_EXACT = _context(MAX_DIGITS, decimal.ROUND_HALF_EVEN, [*_TRAPS, decimal.Inexact, decimal.Subnormal])
_DIVISION = _context(28, decimal.ROUND_HALF_EVEN, _TRAPS)
_COMMERCIAL = _context(MAX_DIGITS, decimal.ROUND_HALF_UP, _TRAPS)


def exact(written: int | str) -> Number:
    """The number of a literal, given as text where it has a point or an exponent. Raises Failure beyond MAX_DIGITS."""
    try:
        return _bounded(Decimal(written) if isinstance(written, str) else written)
    except decimal.DecimalException as error:
        raise Failure(_TOO_LONG) from error


def calculate(operator: Arithmetic, left: Any, right: Any) -> Number:
    """`left operator right`. Raises Failure for other kinds, a division by zero and too many digits."""
    return _guarded(_OPERATIONS[operator], number(left), number(right))


def negate(value: Any) -> Number:
    """`-value`, exactly."""
    return _guarded(_times, number(value), -1)


def round_half_up(value: Any, digits: int) -> Number:
    """`value` to `digits` decimals, halves away from zero; an int when `digits` is 0 or less."""
    if abs(digits) > MAX_DIGITS // 2:
        raise Failure(f"it rounds to more than {MAX_DIGITS // 2} digits")

    def rounded(a: Number, b: Number) -> Number:
        result = _COMMERCIAL.quantize(Decimal(a), Decimal((0, (1,), -int(b))))
        return result if b > 0 else int(result)

    return _guarded(rounded, number(value), digits)


def _guarded(operation: Callable[[Number, Number], Number], a: Number, b: Number) -> Number:
    try:
        return _bounded(operation(_bounded(a), _bounded(b)))
    except decimal.DecimalException as error:
        raise Failure(_TOO_LONG) from error


def _bounded(value: Number) -> Number:
    """`value` if it has no more than MAX_DIGITS digits, without the sign of a minus zero.

    Operands are looked at too, and before any conversion: int(Decimal('1e999999')) alone would take a second.
    """
    if isinstance(value, Decimal):
        return _EXACT.plus(value)
    if abs(value) >= _TOO_LARGE:
        raise Failure(_TOO_LONG)
    return value


def _whole(a: Number, b: Number) -> bool:
    return isinstance(a, int) and isinstance(b, int)


def _plus(a: Number, b: Number) -> Number:
    return int(a) + int(b) if _whole(a, b) else _EXACT.add(Decimal(a), Decimal(b))


def _minus(a: Number, b: Number) -> Number:
    return int(a) - int(b) if _whole(a, b) else _EXACT.subtract(Decimal(a), Decimal(b))


def _times(a: Number, b: Number) -> Number:
    return int(a) * int(b) if _whole(a, b) else _EXACT.multiply(Decimal(a), Decimal(b))


def _over(a: Number, b: Number) -> Number:
    _refuse_zero(b)
    return _DIVISION.divide(Decimal(a), Decimal(b))


def _modulo(a: Number, b: Number) -> Number:
    _refuse_zero(b)
    if _whole(a, b):
        return int(a) % int(b)
    rest = _EXACT.remainder(Decimal(a), Decimal(b))
    return _EXACT.add(rest, Decimal(b)) if rest and (rest < 0) != (b < 0) else rest


def _floor(a: Number, b: Number) -> Number:
    if _whole(a, b) and b:
        return int(a) // int(b)
    return int(_EXACT.divide_int(_EXACT.subtract(Decimal(a), Decimal(_modulo(a, b))), Decimal(b)))


def _power(a: Number, b: Number) -> Number:
    if b != int(b) or abs(b) > MAX_EXPONENT:
        raise Failure(f"a power must be a whole number from -{MAX_EXPONENT} to {MAX_EXPONENT}")
    exponent = int(b)
    if exponent < 0:
        _refuse_zero(a)
    if isinstance(a, Decimal) or exponent < 0:
        return _DIVISION.power(Decimal(a), exponent) if exponent else 1
    if (abs(a).bit_length() - 1) * exponent > _TOO_LARGE.bit_length():
        raise Failure(_TOO_LONG)
    return a**exponent


def _refuse_zero(divisor: Number) -> None:
    if not divisor:
        raise Failure("it divides by zero", "Test the divisor first, as in a / b if b != 0 else 0")


_OPERATIONS: Mapping[Arithmetic, Callable[[Number, Number], Number]] = {
    "+": _plus,
    "-": _minus,
    "*": _times,
    "/": _over,
    "//": _floor,
    "%": _modulo,
    "**": _power,
}
