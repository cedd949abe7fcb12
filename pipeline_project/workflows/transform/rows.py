"""Operations on the list of rows: filter, map, flatten, sort, distinct, limit."""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipeline_project.errors import InvalidInput
from pipeline_project.persistence.json import Json
from pipeline_project.workflows.expressions.evaluate import located
from pipeline_project.workflows.expressions.failure import Failure
from pipeline_project.workflows.expressions.limits import CONTAINER
from pipeline_project.workflows.expressions.values import NUMBER, TEXT, kind
from pipeline_project.workflows.transform.base import BareExpression, OperationBase, Place, Row, identity


class Filter(OperationBase):
    """Keeps the items for which an expression is true."""

    op: Literal["filter"]
    where: BareExpression = Field(description="A bare expression, without ${ }: item.amount > 100")

    def apply(self, data: Json, place: Place) -> Json:
        """The items that pass, in order. Raises ExpressionError for an answer that is no boolean."""
        return [item for index, item in enumerate(place.items(data)) if self._keeps(item, index, place)]

    def _keeps(self, item: Any, index: int, place: Place) -> bool:
        answer = place.compute(self.where, item, index)
        if isinstance(answer, bool):
            return answer
        failure = Failure(f"it is {kind(answer)}, not true or false", "Compare it with something")
        raise located(failure, self.where, place.at(index))

    def sources(self) -> Iterator[tuple[str, str]]:
        """The condition."""
        yield "where", self.where


class Map(OperationBase):
    """Sets fields of each row, or replaces each item by a value. One mapping counts as one row."""

    op: Literal["map"]
    set: dict[str, BareExpression] = Field(
        default={},
        description="Field: bare expression, without ${ }, as in {total: item.qty * item.price}; "
        "each sees the row as it was before",
    )
    to: BareExpression | None = Field(None, description="Instead of set: what each item becomes, as in item.name")

    @model_validator(mode="after")
    def _one_of_both(self) -> "Map":
        if bool(self.set) == (self.to is not None):
            raise ValueError("a map has either `set` or `to`")
        return self

    def apply(self, data: Json, place: Place) -> Json:
        """Every item mapped, in order."""
        if isinstance(data, dict):
            return self._mapped(data, 0, place)
        items = place.items(data) if self.to is not None else place.rows(data)
        return [self._mapped(item, index, place) for index, item in enumerate(items)]

    def _mapped(self, item: Any, index: int, place: Place) -> Any:
        if self.to is not None:
            return place.compute(self.to, item, index)
        made = {field: place.compute(source, item, index, field=field) for field, source in self.set.items()}
        return {**item, **made}

    def sources(self) -> Iterator[tuple[str, str]]:
        """Every field's expression, or the one of `to`."""
        yield from ((f"set.{field}", source) for field, source in self.set.items())
        if self.to is not None:
            yield "to", self.to


class Flatten(OperationBase):
    """One row per item of a list field; without a field, a list of lists becomes one list."""

    op: Literal["flatten"]
    field: str | None = Field(None, description="The list field; its items' fields join the row's other fields")
    keep_empty: bool = Field(False, description="Keep a row whose list is empty or null, with null in the field")

    def apply(self, data: Json, place: Place) -> Json:
        """The longer list, in order."""
        if self.field is None:
            lists = place.items(data)
            for index, item in enumerate(lists):
                if not isinstance(item, list):
                    raise InvalidInput(f"the item is {kind(item)} and must be a list", where=place.at(index))
            return [inner for item in lists for inner in item]
        rows = place.rows(data)
        return [made for index, row in enumerate(rows) for made in self._expanded(row, index, self.field, place)]

    def _expanded(self, row: Row, index: int, field: str, place: Place) -> Iterator[Row]:
        inner = place.field(row, index, field)
        if not isinstance(inner, list | None):
            raise InvalidInput(f"the field is {kind(inner)} and must be a list", where=place.at(index, field))
        rest = {name: value for name, value in row.items() if name != field}
        place.budget.items(len(inner or ()) * (len(row) + CONTAINER))
        for item in inner or ():
            if isinstance(item, dict) and (shared := rest.keys() & item.keys()):
                twice = ", ".join(sorted(shared))
                raise InvalidInput(
                    f"its items and the row both have: {twice}",
                    where=place.at(index, field),
                    remedy="Rename the fields of the row before.",
                )
            yield {**rest, **item} if isinstance(item, dict) else {**rest, field: item}
        if not inner and self.keep_empty:
            yield {**rest, field: None}


class SortField(BaseModel):
    """A field to sort by, and its direction."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: str = Field(description="The field")
    descending: bool = Field(default=False, description="Largest first")


class Sort(OperationBase):
    """Sorts rows by fields; rows that tie keep their order, null comes last in both directions."""

    op: Literal["sort"]
    by: list[str | SortField] = Field(
        min_length=1, description="Fields, the most important first: a name, or {field, descending}"
    )

    def apply(self, data: Json, place: Place) -> Json:
        """The rows in order. Raises InvalidInput for a field that is neither all numbers nor all text."""
        rows: list[Any] = list(place.rows(data))
        keys = [SortField(field=key) if isinstance(key, str) else key for key in self.by]
        for key in keys:
            self._comparable(rows, key.field, place)
        for key in reversed(keys):
            there = [row for row in rows if row[key.field] is not None]
            there.sort(key=lambda row, field=key.field: row[field], reverse=key.descending)
            rows = there + [row for row in rows if row[key.field] is None]
        return rows

    def _comparable(self, rows: list[Row], field: str, place: Place) -> None:
        wanted = None
        for index, row in enumerate(rows):
            value = place.field(row, index, field)
            if value is None:
                continue
            wanted = wanted or kind(value)
            if kind(value) != wanted or wanted not in (NUMBER, TEXT):
                raise InvalidInput(
                    f"the field is {kind(value)}, so the rows have no order",
                    where=place.at(index, field),
                    remedy="Cast the field to number or text before.",
                )


class Distinct(OperationBase):
    """Drops items that repeat an earlier one."""

    op: Literal["distinct"]
    by: list[str] = Field(default=[], description="Fields that make rows the same; none: the whole item")

    def apply(self, data: Json, place: Place) -> Json:
        """The first of each, in order."""
        items = place.rows(data) if self.by else place.items(data)
        first: dict[Any, Any] = {}
        for index, item in enumerate(items):
            value = [place.field(item, index, field) for field in self.by] if self.by else item
            first.setdefault(identity(value), item)
        return list(first.values())


class Limit(OperationBase):
    """Keeps so many items."""

    op: Literal["limit"]
    count: int = Field(ge=0, description="How many")
    offset: int = Field(0, ge=0, description="How many are left out before")

    def apply(self, data: Json, place: Place) -> Json:
        """The items from `offset` on, at most `count`."""
        return place.items(data)[self.offset : self.offset + self.count]
