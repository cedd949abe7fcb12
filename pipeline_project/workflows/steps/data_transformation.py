"""data_transformation: reshapes data, by operations in order."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import Field

from pipeline_project.errors import InvalidConfig
from pipeline_project.workflows.expressions import Names, Problem, Reference, condition_problems, condition_references
from pipeline_project.workflows.steps.base import BaseStepExecutor, StepConfig, StepContext, StepResult
from pipeline_project.workflows.transform import Operation, apply, read, sources


class Config(StepConfig):
    """The data and what is done to it."""

    data: Any = Field(description="What is transformed, mostly a list of records: ${<step>.<path>}")
    operations: list[Operation] = Field(
        min_length=1,
        description="In order; each takes what the one before left. Their expressions are bare: item.price > 10",
    )


class Result(StepResult):
    """What is left after the last operation, and how many records that is (null when it is no list)."""

    data: Any
    count: int | None


class DataTransformation(BaseStepExecutor[Config, Result]):
    """Applies operations to data; an error names the operation, the row and the field."""

    config = Config
    result = Result
    deferred = frozenset({"operations"})

    async def execute(self, config: Config, context: StepContext) -> Result:
        """The transformed data. Raises InvalidInput or ExpressionError."""
        where = f"steps.{context.step_id}.config.operations"
        data = await asyncio.to_thread(apply, config.operations, config.data, where=where, scope=context.scope)
        return Result(data=data, count=len(data) if isinstance(data, list) else None)

    @classmethod
    def references(cls, config: Mapping[str, Any]) -> frozenset[Reference]:
        """What the data and the operations' own expressions refer to."""
        own = (condition_references(source) for _, source in _sources(config, "operations"))
        return super().references(config).union(*own)

    @classmethod
    def problems(cls, config: Mapping[str, Any], names: Names, *, where: str) -> list[Problem]:
        """What is wrong with the expressions, those of the operations included."""
        in_item = replace(names, in_item=True)
        found = super().problems(config, names, where=where)
        for path, source in _sources(config, f"{where}.operations"):
            found += condition_problems(source, in_item, where=path)
        return found

    @classmethod
    def summarize(cls, result: Mapping[str, Any]) -> str:
        """How much is left."""
        return "" if result["count"] is None else f"{result['count']} records"


def _sources(config: Mapping[str, Any], where: str) -> list[tuple[str, str]]:
    """Path and source of each expression in the operations; none where they cannot be read, which is told elsewhere."""
    try:
        return list(sources(read(config.get("operations"), where=where), where=where))
    except InvalidConfig:
        return []
