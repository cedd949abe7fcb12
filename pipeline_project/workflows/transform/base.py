"""What an operation is, and the place it works at: errors with row and field, one budget for the list."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict

from pipeline_project.errors import InvalidInput
from pipeline_project.persistence.json import Json
from pipeline_project.workflows.expressions import Scope
from pipeline_project.workflows.expressions.evaluate import run
from pipeline_project.workflows.expressions.failure import Failure
from pipeline_project.workflows.expressions.limits import Budget
from pipeline_project.workflows.expressions.parser import parse
from pipeline_project.workflows.expressions.scope import listed
from pipeline_project.workflows.expressions.values import kind

Row = dict[str, Any]
_NUMBER = re.compile(r"[+-]?[0-9]{1,400}(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,3})?")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an operation stands in its list, and what its expressions may see and cost."""

    where: str
    scope: Scope
    budget: Budget

    def at(self, index: int | None = None, field: str | None = None) -> str:
        """The place in words: `operations[1] (cast), row [3], field 'amount'`; rows count from 0."""
        row = "" if index is None else f", row [{index}]"
        return self.where + row + ("" if field is None else f", field {field!r}")

    def compute(self, source: str, item: Any, index: int, *, field: str | None = None) -> Json:
        """The value of an expression over `item` and `index`. Raises ExpressionError at row and field."""
        scope = replace(self.scope, item=item, index=index)
        return run(source, scope, self.budget, where=self.at(index, field))

    def items(self, data: Json) -> list[Any]:
        """`data` as a list. Raises InvalidInput for anything else."""
        if not isinstance(data, list):
            raise InvalidInput(f"the data is {kind(data)} and must be a list", where=self.at())
        return data

    def rows(self, data: Json) -> list[Row]:
        """`data` as a list of mappings. Raises InvalidInput naming the row that is none."""
        for index, item in enumerate(self.items(data)):
            if not isinstance(item, dict):
                raise InvalidInput(f"the row is {kind(item)} and must be a mapping", where=self.at(index))
        return self.items(data)

    def field(self, row: Mapping[str, Any], index: int, field: str) -> Any:
        """The value of a field that must be there; it may be null."""
        if field not in row:
            raise InvalidInput(f"the row has no such field, only: {listed(row)}", where=self.at(index, field))
        return row[field]

    def refuse(self, failure: Failure, index: int | None = None, field: str | None = None) -> InvalidInput:
        """The public error for `failure` at a row and field."""
        return InvalidInput(failure.message, where=self.at(index, field), remedy=failure.remedy)


class OperationBase(BaseModel, ABC):
    """Base of every operation: unknown keys are refused, each field's description is its reference."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @abstractmethod
    def apply(self, data: Json, place: Place) -> Json:
        """The transformed data; `data` itself stays as it is. Raises InvalidInput and ExpressionError."""

    def sources(self) -> Iterator[tuple[str, str]]:
        """Field and source of every expression in it."""
        return iter(())


def checked(source: str) -> str:
    """`source` if it is an expression. Raises ValueError with everything that is wrong with it."""
    problems = parse(source).problems
    if problems:
        raise ValueError("; ".join(map(str, problems)))
    return source


BareExpression = Annotated[str, AfterValidator(checked)]
"""An expression over `item` and `index`, written without ${ }, because it is computed once per row."""


def identity(value: Any) -> Any:
    """A hashable stand-in for a JSON value, equal for equal values: 1 and 1.0 alike, 1 and true not."""
    if isinstance(value, dict):
        return ("mapping", frozenset((key, identity(item)) for key, item in value.items()))
    if isinstance(value, list):
        return ("list", tuple(map(identity, value)))
    return (kind(value), value)


def written_number(text: str) -> int | Decimal | None:
    """The number a text spells as JSON does, white space and a plus allowed; None for anything else."""
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return None
    return int(text) if text.lstrip("+-").isdigit() else Decimal(text)
