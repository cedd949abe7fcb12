"""Operations on groups of rows: group, aggregate. Equal fields, null included, make a group."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipeline_project.persistence.json import Json
from pipeline_project.workflows.expressions.arithmetic import calculate
from pipeline_project.workflows.expressions.failure import Failure
from pipeline_project.workflows.expressions.values import less
from pipeline_project.workflows.transform.base import BareExpression, OperationBase, Place, Row, identity

Indexed = list[tuple[int, Any]]


class Group(OperationBase):
    """One row per group: the grouping fields and the list of its rows."""

    op: Literal["group"]
    by: list[str] = Field(min_length=1, description="Fields that rows of a group share")
    into: str = Field("items", description="The field that takes the rows")

    @model_validator(mode="after")
    def _distinct_names(self) -> "Group":
        if self.into in self.by:
            raise ValueError(f"`into` cannot be {self.into!r}, a field of `by`")
        return self

    def apply(self, data: Json, place: Place) -> Json:
        """The groups, in the order of their first rows."""
        return [
            {**shared, self.into: [row for _, row in members]}
            for shared, members in grouped(place.rows(data), self.by, place)
        ]


class Measure(BaseModel):
    """One number (or value) per group."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fn: Literal["count", "sum", "min", "max", "average", "first", "last", "list"] = Field(
        description="sum and average of numbers, min and max also of text (dates); null values are left out"
    )
    of: BareExpression | None = Field(
        None, description="A bare expression per row, without ${ }: item.amount; only count can be without"
    )

    @model_validator(mode="after")
    def _has_values(self) -> "Measure":
        if self.of is None and self.fn != "count":
            raise ValueError(f"{self.fn} needs `of`, as in item.amount")
        return self


class Aggregate(OperationBase):
    """Computes measures over all rows (one mapping), or per group (one row each)."""

    op: Literal["aggregate"]
    by: list[str] = Field(default=[], description="Fields that rows of a group share; none: all rows are one group")
    set: dict[str, Measure] = Field(
        min_length=1, description="Field: {fn, of}, as in {total: {fn: sum, of: item.amount}}"
    )

    @model_validator(mode="after")
    def _distinct_names(self) -> "Aggregate":
        if shared := self.set.keys() & set(self.by):
            raise ValueError(f"`set` and `by` share {', '.join(sorted(shared))}")
        return self

    def apply(self, data: Json, place: Place) -> Json:
        """The measures. Of no values: count and sum are 0, list is empty, everything else is null."""
        if not self.by:
            return self._measured(list(enumerate(place.items(data))), place)
        groups = grouped(place.rows(data), self.by, place)
        return [{**shared, **self._measured(members, place)} for shared, members in groups]

    def _measured(self, members: Indexed, place: Place) -> Row:
        return {field: _measure(measure, members, field, place) for field, measure in self.set.items()}

    def sources(self) -> Iterator[tuple[str, str]]:
        """Every measure's expression."""
        for field, measure in self.set.items():
            if measure.of is not None:
                yield f"set.{field}.of", measure.of


def grouped(rows: Sequence[Row], by: Sequence[str], place: Place) -> list[tuple[Row, Indexed]]:
    """The shared fields and the indexed rows of each group, in the order of their first rows."""
    groups: dict[Any, tuple[Row, Indexed]] = {}
    for index, row in enumerate(rows):
        shared = {field: place.field(row, index, field) for field in by}
        groups.setdefault(identity(list(shared.values())), (shared, []))[1].append((index, row))
    return list(groups.values())


def _measure(measure: Measure, members: Indexed, field: str, place: Place) -> Any:
    source = measure.of
    if source is None:
        return len(members)
    computed = ((index, place.compute(source, item, index, field=field)) for index, item in members)
    values = [(index, value) for index, value in computed if value is not None]
    match measure.fn:
        case "count":
            return len(values)
        case "list":
            return [value for _, value in values]
        case "first" | "last":
            return (values[0] if measure.fn == "first" else values[-1])[1] if values else None
        case "sum":
            return _total(values, field, place)
        case "average":
            return calculate("/", _total(values, field, place), len(values)) if values else None
        case "min" | "max":
            return _extreme(values, field, place, smallest=measure.fn == "min")


def _total(values: Indexed, field: str, place: Place) -> Any:
    total: Any = 0
    for index, value in values:
        try:
            total = calculate("+", total, value)
        except Failure as failure:
            raise place.refuse(failure, index, field) from failure
    return total


def _extreme(values: Indexed, field: str, place: Place, *, smallest: bool) -> Any:
    best = values[0][1] if values else None
    for index, value in values:
        try:
            if less(value, best) if smallest else less(best, value):
                best = value
        except Failure as failure:
            raise place.refuse(failure, index, field) from failure
    return best
