"""Fills a whole config tree: every `${…}` in its texts is computed, everything else is copied.

Keys are never expanded, and neither is what an expression brings in. The tree given is never changed.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from pipeline_project.errors import ExpressionError, InvalidInput
from pipeline_project.persistence.json import Json, to_json
from pipeline_project.workflows.expressions.evaluate import located, run
from pipeline_project.workflows.expressions.failure import Failure
from pipeline_project.workflows.expressions.limits import MAX_DATA_DEPTH, MAX_TREE, Budget
from pipeline_project.workflows.expressions.paths import written_key
from pipeline_project.workflows.expressions.scope import Scope
from pipeline_project.workflows.expressions.template import Expression, split
from pipeline_project.workflows.expressions.values import spelled


def resolve(value: Any, scope: Scope, *, where: str = "config") -> Json:
    """`value` with its expressions computed over `scope`; shares nothing with either.

    A text that is exactly one `${…}` becomes its value with its type; in a longer text values are spelled;
    `$${` is a literal `${`. Raises ExpressionError naming the path (`config.items[2].name`), NotConfigured.
    """
    return _Filling(scope, Budget()).fill(value, where, 0)


class _Filling:
    """One tree being filled: all of its expressions share one budget."""

    def __init__(self, scope: Scope, budget: Budget) -> None:
        self.scope = scope
        self.budget = budget
        self.count = 0

    def fill(self, value: Any, where: str, depth: int) -> Json:
        self.count += 1
        if self.count > MAX_TREE or depth > MAX_DATA_DEPTH:
            raise too_large(where)
        if isinstance(value, Enum):
            value = value.value
        if isinstance(value, str):
            return self._text(value, where)
        if isinstance(value, Mapping):
            return {str(key): self.fill(item, where + written_key(str(key)), depth + 1) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.fill(item, f"{where}[{index}]", depth + 1) for index, item in enumerate(value)]
        try:
            return to_json(value, where=where)
        except InvalidInput as error:
            raise ExpressionError(error.message, where=where, remedy=error.remedy) from error

    def _text(self, text: str, where: str) -> Json:
        try:
            parts = split(text)
        except Failure as failure:
            raise ExpressionError(failure.message, where=where, remedy=failure.remedy) from failure
        if len(parts) == 1:
            part = parts[0]
            return run(part.source, self.scope, self.budget, where=where) if isinstance(part, Expression) else part
        return "".join(self._spelled(part.source, where) if isinstance(part, Expression) else part for part in parts)

    def _spelled(self, source: str, where: str) -> str:
        value = run(source, self.scope, self.budget, where=where)
        try:
            return spelled(value, self.budget)
        except Failure as failure:
            raise located(failure, source, where) from failure


def too_large(where: str) -> ExpressionError:
    """The error for a tree beyond the bounds, which a few lines of YAML with aliases can be."""
    return ExpressionError(
        f"more than {MAX_TREE} values, or nested deeper than {MAX_DATA_DEPTH}",
        where=where,
        remedy="Pass large data as a step's result, and look for YAML aliases.",
    )
