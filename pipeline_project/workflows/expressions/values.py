"""JSON values as expressions see them: kinds, comparison, spelling, and the copy that is handed out.

Numbers are int and Decimal; a float in the data is read as the Decimal of its shortest spelling. True is not
1, and values of different kinds are never quietly unequal at the top of a comparison.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pipeline_project.persistence.json import Json, dumps
from pipeline_project.workflows.expressions.failure import Failure
from pipeline_project.workflows.expressions.limits import CONTAINER, MAX_DATA_DEPTH, MAX_DIGITS, Budget

Number = int | Decimal
NULL, BOOLEAN, NUMBER, TEXT, LIST, MAPPING = "null", "a boolean", "a number", "text", "a list", "a mapping"

_KINDS: Mapping[type, str] = {
    type(None): NULL,
    bool: BOOLEAN,
    int: NUMBER,
    Decimal: NUMBER,
    float: NUMBER,
    str: TEXT,
    list: LIST,
    tuple: LIST,
    dict: MAPPING,
}


def kind(value: Any) -> str:
    """What `value` is, in the words of messages; raises Failure for what JSON has no word for."""
    known = _KINDS.get(type(value))
    if known:
        return known
    for base in (str, int, Mapping):
        if isinstance(value, base):
            return MAPPING if base is Mapping else _KINDS[base]
    raise Failure(f"the data holds a {type(value).__name__}, which is no JSON value")


def number(value: Any) -> Number:
    """`value` as int or Decimal; raises Failure for another kind, NaN and infinities."""
    if kind(value) != NUMBER:
        raise Failure(f"it needs a number and got {kind(value)}")
    if isinstance(value, int):
        return int(value)
    exact = Decimal(repr(value)) if isinstance(value, float) else value
    if not exact.is_finite():
        raise Failure("the data holds NaN or an infinity, which is no JSON value")
    return exact


def boolean(value: Any, what: str) -> bool:
    """`value` if it is true or false; raises Failure for anything else, as there is no truthiness."""
    if isinstance(value, bool):
        return value
    raise Failure(f"{what} is {kind(value)}, not true or false", "Compare it with something, as in a > 0 or a != null")


def same(left: Any, right: Any, budget: Budget, depth: int = 0) -> bool:
    """Whether two values are equal through and through; of different kinds they are not."""
    budget.work()
    if depth > MAX_DATA_DEPTH:
        raise Failure(f"the data is nested deeper than {MAX_DATA_DEPTH}")
    shared = kind(left)
    if shared != kind(right):
        return False
    if shared == NUMBER:
        return number(left) == number(right)
    if shared == LIST:
        pairs = zip(left, right, strict=False)
        return len(left) == len(right) and all(same(a, b, budget, depth + 1) for a, b in pairs)
    if shared == MAPPING:
        return left.keys() == right.keys() and all(same(left[key], right[key], budget, depth + 1) for key in left)
    return left == right


def equal(left: Any, right: Any, budget: Budget) -> bool:
    """`left == right`. Raises Failure for different kinds; only null compares with everything."""
    if kind(left) != kind(right) and NULL not in (kind(left), kind(right)):
        raise Failure(f"{kind(left)} cannot be compared with {kind(right)}", "Compare values of one kind")
    return same(left, right, budget)


def less(left: Any, right: Any) -> bool:
    """`left < right` for two numbers or two texts (by code point). Raises Failure for anything else."""
    if kind(left) == kind(right) == NUMBER:
        return number(left) < number(right)
    if kind(left) == kind(right) == TEXT:
        return left < right
    raise Failure(
        f"{kind(left)} and {kind(right)} have no order",
        "Order two numbers or two texts; where a value may be null, write default(value, fallback)",
    )


def contains(container: Any, value: Any, budget: Budget) -> bool:
    """Whether a text holds a text, a list an equal item, a mapping a key.

    Raises Failure when no item is equal and one is of another kind: 5 is not quietly absent from ['5'].
    """
    if kind(container) == LIST:
        if any(same(item, value, budget) for item in container):
            return True
        others = {kind(item) for item in container} - {kind(value), NULL}
        if others and kind(value) != NULL:
            raise Failure(f"{kind(value)} is looked for in a list with {', '.join(sorted(others))}")
        return False
    if kind(container) not in (TEXT, MAPPING):
        raise Failure(f"{kind(container)} contains nothing", "Look in a list, a text or a mapping")
    if kind(value) != TEXT:
        raise Failure(f"{kind(value)} is looked for in {kind(container)}", "Only text can be in a text or a mapping")
    budget.work(len(container) // 100)
    return value in container


def spelled(value: Any, budget: Budget) -> str:
    """`value` as it stands inside a longer text: numbers plainly, true/false, lists and mappings as JSON.

    Raises Failure for null, because nobody wants to read "null" in a letter.
    """
    what = kind(value)
    if what == NULL:
        raise Failure("it is null inside a longer text", "Write default(…, 'text to show instead')")
    if what == TEXT:
        text = str.__str__(value)
    elif what == BOOLEAN:
        text = "true" if value else "false"
    elif what == NUMBER:
        text = plain(number(value))
    else:
        return as_json(value, budget)
    budget.characters(len(text))
    return text


def plain(value: Number) -> str:
    """The digits of a number without an exponent. Raises Failure when that needs more than MAX_DIGITS."""
    digits = value.bit_length() // 4 if isinstance(value, int) else abs(value.adjusted())
    if digits > MAX_DIGITS:
        raise Failure(f"a number needs more than {MAX_DIGITS} digits")
    return format(value, "d" if isinstance(value, int) else "f")


def as_json(value: Any, budget: Budget) -> str:
    """The JSON text of `value`, within the budget."""
    try:
        text = dumps(fresh(value, budget))
    except ValueError as error:  # a whole number too long for Python to spell
        raise Failure("it holds a number that is too long for JSON text") from error
    budget.characters(len(text))
    return text


def fresh(value: Any, budget: Budget, depth: int = 0) -> Json:
    """A copy of `value` that shares no list or mapping with it, floats as Decimal, tuples as lists.

    Raises Failure for what is no JSON value.
    """
    what = kind(value)
    if depth > MAX_DATA_DEPTH:
        raise Failure(f"the data is nested deeper than {MAX_DATA_DEPTH}")
    if what == NUMBER:
        return number(value)
    if what == TEXT:
        budget.characters(len(value))
        return str.__str__(value)
    if what not in (LIST, MAPPING):
        return value
    budget.items(len(value) + CONTAINER)
    if what == LIST:
        return [fresh(item, budget, depth + 1) for item in value]
    return {str(key): fresh(item, budget, depth + 1) for key, item in value.items()}
