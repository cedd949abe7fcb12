"""Walks over JSON values of any nesting, without recursion: how much text, and what has no JSON form.

Refuses to copy or change what it walks over.
"""

import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from pipeline_project.validation.report import Path


class Survey(NamedTuple):
    """`characters`: in all strings and keys. `expressible`: without lone surrogates, NaN and infinity."""

    characters: int
    expressible: bool


def survey(value: Any) -> Survey:
    """One pass over every string, key and number below `value`."""
    strings: list[str] = []
    finite = True
    stack: list[Any] = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            strings.append(item)
        elif isinstance(item, dict):
            strings.extend(map(str, item))
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, float | Decimal):
            finite = finite and math.isfinite(item)
    return Survey(sum(map(len, strings)), finite and not any(map(has_surrogate, strings)))


def has_surrogate(text: str) -> bool:
    """True when `text` holds half of a UTF-16 surrogate pair, so that it has no UTF-8 form."""
    if text.isascii():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def inexpressible(value: Any) -> Iterator[tuple[Path, Any]]:
    """Every value below `value` that has no JSON form, with its path; an object stands for its own keys.

    Paths are kept as links to the parent until they are needed: a chain 100,000 deep costs no quadratic
    memory.
    """
    stack: list[tuple[Any, Any]] = [(None, value)]
    while stack:
        link, item = stack.pop()
        if isinstance(item, dict):
            if any(isinstance(key, str) and has_surrogate(key) for key in item):
                yield _path(link), item
            stack.extend(((link, str(key)), child) for key, child in reversed(item.items()))
        elif isinstance(item, list):
            stack.extend(((link, index), item[index]) for index in range(len(item) - 1, -1, -1))
        elif isinstance(item, str):
            if has_surrogate(item):
                yield _path(link), item
        elif isinstance(item, float | Decimal) and not math.isfinite(item):
            yield _path(link), item


def _path(link: Any) -> Path:
    parts: list[str | int] = []
    while link is not None:
        link, part = link
        parts.append(part)
    return tuple(reversed(parts))
