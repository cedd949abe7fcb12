"""Walks one key of a path into a value, and says what is there when the key is not.

Keys of mappings are text, indexes of lists and texts are whole numbers (negative from the end); nothing is
ever looked up as a Python attribute.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pipeline_project.workflows.expressions.failure import Failure, Missing
from pipeline_project.workflows.expressions.limits import Budget
from pipeline_project.workflows.expressions.scope import closest, listed, shortened
from pipeline_project.workflows.expressions.values import LIST, MAPPING, NULL, NUMBER, TEXT, kind


def step_into(value: Any, key: Any, where: str) -> Any:
    """`value[key]`; `where` is how the path to `value` is written. Raises Missing, naming what is there."""
    what = kind(value)
    if what == MAPPING:
        if kind(key) != TEXT:
            raise Failure(f"{where} is a mapping and {kind(key)} is no key of one", "Write the key as text")
        if key in value:
            return value[key]
        message = f"{where} has no key {shortened(key)!r}, only: {listed(value)}"
        raise Missing(message, lambda: _meant(value, key, where))
    if what in (LIST, TEXT) and kind(key) == NUMBER:
        if not isinstance(key, int):
            raise Failure(f"an index of {where} must be a whole number", "Write // for a whole division, or round(x)")
        if -len(value) <= key < len(value):
            return value[key]
        raise Missing(f"{where} has {len(value)} {'items' if what == LIST else 'characters'}, so no {written_key(key)}")
    if what == NULL:
        raise Missing(f"{where} is null", f"Where that may be, write default({where}…, fallback)")
    hint = "Its items are reached by index, as in [0]" if what == LIST else None
    raise Missing(f"{where} is {what} and has no {written_key(key)}", hint)


def _meant(value: Mapping[str, Any], key: str, where: str) -> str | None:
    close = closest(key, map(str, value))
    return f"Did you mean {where}{written_key(close)}?" if close else None


def cut(value: Any, start: Any, stop: Any, *, where: str, budget: Budget) -> Any:
    """`value[start:stop]` of a list or text; null leaves an end open. Raises Failure for other kinds."""
    for end in (start, stop):
        if end is not None and (isinstance(end, bool) or not isinstance(end, int)):
            raise Failure(f"an end of a slice of {where} must be a whole number")
    what = kind(value)
    if what == NULL:
        raise Missing(f"{where} is null", f"Where that may be, write default({where}…, fallback)")
    if what not in (LIST, TEXT):
        raise Failure(f"{where} is {what}; only lists and texts can be cut")
    part = value[start:stop]
    (budget.items if what == LIST else budget.characters)(len(part))
    return part


def written(root: str, keys: Iterable[Any]) -> str:
    """A path as people write it: `config.items[2]['first name']`."""
    return root + "".join(map(written_key, keys))


def written_key(key: Any) -> str:
    """One key as it is written in a path."""
    if isinstance(key, str):
        return f".{shortened(key)}" if key.isidentifier() else f"[{shortened(key)!r}]"
    # Python refuses to spell an int of thousands of digits
    return f"[{key}]" if not isinstance(key, int) or key.bit_length() < 64 else "[…]"
