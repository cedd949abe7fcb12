"""Functions on lists and mappings, and `default`."""

from typing import Any

from pipeline_project.workflows.expressions.failure import Failure
from pipeline_project.workflows.expressions.functions.base import Function, expect, function
from pipeline_project.workflows.expressions.limits import Budget
from pipeline_project.workflows.expressions.values import LIST, MAPPING, TEXT, boolean, contains, kind


def _len(_: Budget, value: Any) -> int:
    if kind(value) not in (TEXT, LIST, MAPPING):
        raise Failure(f"{kind(value)} has no length", "Take it of a text, a list or a mapping")
    return len(value)


def _contains(budget: Budget, container: Any, value: Any) -> bool:
    return contains(container, value, budget)


def _any(budget: Budget, items: Any) -> bool:
    return any(_booleans(budget, items, "any"))


def _all(budget: Budget, items: Any) -> bool:
    return all(_booleans(budget, items, "all"))


def _booleans(budget: Budget, items: Any, name: str) -> list[bool]:
    budget.work(len(expect(items, LIST, f"the argument of {name}")))
    return [boolean(item, f"item {index} of {name}") for index, item in enumerate(items)]


FUNCTIONS = (
    function("len(value) -> number", "Characters of a text, items of a list, keys of a mapping.", _len),
    function(
        "contains(container, value) -> boolean",
        "Whether a text holds a text, a list an equal item, a mapping a key: `value in container`.",
        _contains,
    ),
    function("any(list) -> boolean", "Whether one of the booleans is true; false for an empty list.", _any),
    function("all(list) -> boolean", "Whether all booleans are true; true for an empty list.", _all),
    Function(
        "default",
        "default(value, fallback) -> value",
        "The value; the fallback where it is null or its path is missing: a key, an index, a skipped step.",
        2,
        2,
        None,
    ),
)
