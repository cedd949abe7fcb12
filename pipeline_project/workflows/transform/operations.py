"""The closed set of operations, and the fold that applies a list of them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from pipeline_project.errors import InvalidConfig
from pipeline_project.persistence.json import Json
from pipeline_project.workflows.expressions import Scope
from pipeline_project.workflows.expressions.failure import Failure
from pipeline_project.workflows.expressions.limits import LARGE, Budget
from pipeline_project.workflows.expressions.values import fresh
from pipeline_project.workflows.transform.base import Place
from pipeline_project.workflows.transform.fields import Cast, Rename, Select
from pipeline_project.workflows.transform.groups import Aggregate, Group
from pipeline_project.workflows.transform.join import Join
from pipeline_project.workflows.transform.query import JmesPath
from pipeline_project.workflows.transform.rows import Distinct, Filter, Flatten, Limit, Map, Sort

Operation = Annotated[
    Select | Rename | Cast | Filter | Map | Flatten | Group | Aggregate | Sort | Distinct | Join | Limit | JmesPath,
    Field(discriminator="op"),
]
_OPERATIONS: TypeAdapter[list[Operation]] = TypeAdapter(list[Operation])


def read(value: Any, *, where: str = "operations") -> list[Operation]:
    """The operations that plain JSON values spell. Raises InvalidConfig naming every problem and its path."""
    try:
        return _OPERATIONS.validate_python(value)
    except ValidationError as error:
        problems = [
            f"{_path(where, problem['loc'])}: {problem['msg'].removeprefix('Value error, ')}"
            for problem in error.errors()
        ]
        raise InvalidConfig("; ".join(problems)) from error


def apply(
    operations: Sequence[Operation], data: Json, *, where: str = "operations", scope: Scope | None = None
) -> Json:
    """`data` after all operations, sharing nothing with it.

    Expressions see `item` and `index`, and what `scope` holds besides. Raises InvalidInput (an ExpressionError
    from expressions) naming the operation, the row, counted from 0, and the field.
    """
    budget = Budget(LARGE)
    place = Place(where, scope or Scope(), budget)
    try:
        current = fresh(data, Budget(LARGE))
        for position, operation in enumerate(operations):
            place = replace(place, where=f"{where}[{position}] ({operation.op})")
            budget.restart_clock()
            current = operation.apply(current, place)
        return fresh(current, Budget(LARGE))
    except Failure as failure:
        raise place.refuse(failure) from failure


def sources(operations: Sequence[Operation], *, where: str = "operations") -> Iterator[tuple[str, str]]:
    """Path and source of every bare expression in `operations`, for static checks."""
    for position, operation in enumerate(operations):
        yield from ((f"{where}[{position}].{path}", source) for path, source in operation.sources())


def _path(where: str, location: Sequence[int | str]) -> str:
    """`operations[1].set.total` from pydantic's location, which has the name of the operation in between."""
    keys = [key for depth, key in enumerate(location) if depth != 1]
    return where + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
