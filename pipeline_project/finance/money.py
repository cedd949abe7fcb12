"""Decimal numbers as documents write them.

`strict_decimal` reads the one spelling XML allows; `written_decimal` reads what people write ("1.234,56",
"1,234.56", "1'234.50", "12,5"). Refuses to guess: a spelling that fits no pattern gives None, never a number.
"""

import re
from decimal import ROUND_HALF_UP, Decimal, localcontext

# Longer than any sum of money with its fractions; bounds the work on hostile digits.
MAX_DIGITS = 40

_STRICT = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_GROUPED = re.compile(
    r"([1-9]\d{0,2}(?:(?P<group>[.,' \u00a0\u202f\u2019])\d{3})(?:(?P=group)\d{3})*)(?:[.,](\d{1,4}))?"
)
_PLAIN = re.compile(r"(\d+)(?:[.,](\d{1,6}))?")


def strict_decimal(text: str) -> Decimal | None:
    """`text` as XML Schema's decimal, its scale kept ("100.00" has two decimals); None when it is not one."""
    if len(text) > MAX_DIGITS or not _STRICT.fullmatch(text):
        return None
    return Decimal(text)


def written_decimal(text: str) -> Decimal | None:
    """`text` as a number with the separators of any European locale; None when it is not one.

    A comma or point before exactly three digits is read as grouping ("1.234" is 1234), since amounts have two
    decimals. A minus before or behind the digits is read, "12,-" is 12.
    """
    text = text.strip()
    if len(text) > MAX_DIGITS:
        return None
    sign = "-" if text.startswith(("-", "\u2212")) or re.search(r"\d-$", text) else ""
    digits = re.sub(r"[.,][-\u2013\u2014]+$", "", text).strip("+-\u2212 ")
    grouped = _GROUPED.fullmatch(digits)
    if grouped and (grouped[3] is None or digits[grouped.end(1)] != grouped["group"]):
        return Decimal(f"{sign}{re.sub(r'[^0-9]', '', grouped[1])}.{grouped[3] or ''}".rstrip("."))
    plain = _PLAIN.fullmatch(digits)
    return Decimal(f"{sign}{plain[1]}.{plain[2] or ''}".rstrip(".")) if plain else None


def rounded(value: Decimal, digits: int = 2) -> Decimal:
    """`value` to `digits` decimals, halves away from zero as in commerce."""
    with localcontext(prec=2 * MAX_DIGITS + digits):  # a hostile number must not end in InvalidOperation
        return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
