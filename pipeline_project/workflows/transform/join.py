"""Joins rows with other rows on equal fields. Null equals nothing here, as in SQL."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from pipeline_project.errors import InvalidInput
from pipeline_project.persistence.json import Json
from pipeline_project.workflows.expressions.evaluate import run
from pipeline_project.workflows.expressions.limits import CONTAINER
from pipeline_project.workflows.expressions.values import fresh
from pipeline_project.workflows.transform.base import OperationBase, Place, Row, checked, identity


def _rows_or_expression(value: Any) -> Any:
    if not isinstance(value, str | list):
        raise ValueError("write an expression, as in steps.other.data, or a list of rows")
    return checked(value) if isinstance(value, str) else value


class Join(OperationBase):
    """Adds the fields of matching rows; several matches make several rows."""

    op: Literal["join"]
    with_: Annotated[Any, AfterValidator(_rows_or_expression)] = Field(
        alias="with", description="The other rows: a bare expression, without ${ }, as in steps.other.data; or a list"
    )
    on: list[str] | dict[str, str] = Field(
        min_length=1, description="Fields that must be equal; as a mapping, own field: the other rows' field"
    )
    how: Literal["inner", "left"] = Field("inner", description="left keeps rows without a match, with nulls")
    prefix: str = Field("", description="Put before the names of the other rows' fields")

    def apply(self, data: Json, place: Place) -> Json:
        """The joined rows, in the order of `data`, then of `with`. Refuses names that collide."""
        pairs = self.on if isinstance(self.on, dict) else {field: field for field in self.on}
        other = replace(place, where=f"{place.where}, with")
        others = other.rows(self._with(other))
        added = dict.fromkeys(field for row in others for field in row if field not in pairs.values())
        matching: dict[Any, list[Row]] = {}
        for index, row in enumerate(others):
            values = [other.field(row, index, field) for field in pairs.values()]
            if None not in values:
                matching.setdefault(identity(values), []).append(row)
        joined: list[Json] = []
        for index, row in enumerate(place.rows(data)):
            values = [place.field(row, index, field) for field in pairs]
            matches = matching.get(identity(values), []) or ([{}] if self.how == "left" else [])
            self._refuse_collision(row, added, place.at(index))
            place.budget.items(len(matches) * (len(row) + len(added) + CONTAINER))
            joined += [{**row, **{self.prefix + field: match.get(field) for field in added}} for match in matches]
        return joined

    def _with(self, other: Place) -> Json:
        if isinstance(self.with_, str):
            return run(self.with_, other.scope, other.budget, where=other.where)
        return fresh(self.with_, other.budget.through)

    def sources(self) -> Iterator[tuple[str, str]]:
        """The expression for the other rows."""
        if isinstance(self.with_, str):
            yield "with", self.with_

    def _refuse_collision(self, row: Row, added: dict[str, None], where: str) -> None:
        if shared := row.keys() & {self.prefix + field for field in added}:
            raise InvalidInput(
                f"both sides have: {', '.join(sorted(shared))}",
                where=where,
                remedy="Give the join a `prefix`.",
            )
