"""Operations on the fields of each row: select, rename, cast. One mapping counts as one row."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from pipeline_project.errors import InvalidInput
from pipeline_project.persistence.json import Json
from pipeline_project.workflows.expressions.failure import Failure
from pipeline_project.workflows.expressions.functions.dates import moment
from pipeline_project.workflows.expressions.limits import Budget
from pipeline_project.workflows.expressions.values import kind, spelled
from pipeline_project.workflows.transform.base import OperationBase, Place, Row, written_number

Type = Literal["text", "number", "integer", "boolean", "date"]


class RowOperation(OperationBase):
    """An operation that turns each row into one row."""

    def apply(self, data: Json, place: Place) -> Json:
        """Every row transformed, in order."""
        if isinstance(data, dict):
            return self.row(data, 0, place)
        return [self.row(row, index, place) for index, row in enumerate(place.rows(data))]

    @abstractmethod
    def row(self, row: Row, index: int, place: Place) -> Row:
        """One row transformed."""


class Select(RowOperation):
    """Keeps the named fields, in the order named."""

    op: Literal["select"]
    fields: list[str] = Field(min_length=1, description="Fields to keep")
    missing: Literal["fail", "null"] = Field("fail", description="What a row without the field does")

    def row(self, row: Row, index: int, place: Place) -> Row:
        """The row with the selected fields only."""
        if self.missing == "null":
            return {field: row.get(field) for field in self.fields}
        return {field: place.field(row, index, field) for field in self.fields}


class Rename(RowOperation):
    """Renames fields and leaves the others as they are."""

    op: Literal["rename"]
    fields: dict[str, str] = Field(min_length=1, description="Old name: new name")

    def row(self, row: Row, index: int, place: Place) -> Row:
        """The row under new names; two fields of one name are refused."""
        for field in self.fields:
            place.field(row, index, field)
        renamed = {self.fields.get(field, field): value for field, value in row.items()}
        if len(renamed) < len(row):
            names = [self.fields.get(field, field) for field in row]
            twice = next(name for name in names if names.count(name) > 1)
            raise InvalidInput("two fields would have this name", where=place.at(index, twice))
        return renamed


class Cast(RowOperation):
    """Gives fields a type; null stays null, and what does not fit is an error."""

    op: Literal["cast"]
    fields: dict[str, Type] = Field(
        min_length=1, description="Field: text, number, integer, boolean (true, false) or date (ISO 8601)"
    )

    def row(self, row: Row, index: int, place: Place) -> Row:
        """The row with the fields cast."""
        result = dict(row)
        for field, wanted in self.fields.items():
            value = place.field(row, index, field)
            try:
                result[field] = None if value is None else _CASTS[wanted](value, place.budget)
            except Failure as failure:
                raise place.refuse(failure, index, field) from failure
        return result


def _number(value: Any, _: Budget) -> int | Decimal:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return value
    number = written_number(value) if isinstance(value, str) else None
    if number is None:
        raise Failure(f"{kind(value)} is no number", "Write it as 1234.50, without separators or a currency")
    return number


def _integer(value: Any, budget: Budget) -> int:
    number = _number(value, budget)
    # an exponent far beyond any count would become millions of digits
    if isinstance(number, Decimal) and (number.adjusted() > 400 or number != number.to_integral_value()):
        raise Failure("the number is not whole", "Round it before, in a map: round(item.amount)")
    return int(number)


def _boolean(value: Any, _: Budget) -> bool:
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else ""
    if word not in ("true", "false"):
        raise Failure(f"{kind(value)} is neither true nor false", "Compute it in a map: item.paid == 'yes'")
    return word == "true"


def _date(value: Any, _: Budget) -> str:
    if not isinstance(value, str):
        raise Failure(f"{kind(value)} is no date", "Write 2025-01-31 (ISO 8601)")
    return moment(value.strip()).isoformat()


_CASTS: Mapping[Type, Callable[[Any, Budget], Any]] = {
    "text": spelled,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "date": _date,
}
