"""Does a step's config fit its type, as far as can be said before its expressions have values?"""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from pipeline_project.workflows.expressions import Problem
from pipeline_project.workflows.failure import message_of, path_of, walk
from pipeline_project.workflows.models import WorkflowStep
from pipeline_project.workflows.steps.registry import executor_of


def config_problems(step: WorkflowStep) -> Iterator[Problem]:
    """Every misfit whose value is already known."""
    try:
        executor_of(step.type).config.model_validate(step.config)
    except ValidationError as error:
        for item in error.errors():
            if item["type"] == "extra_forbidden" or not is_dynamic(_at(step.config, walk(item["loc"], step.config))):
                inner = path_of(item["loc"], step.config)
                path = f"steps.{step.id}.config"
                yield Problem(f"{path}.{inner}" if inner else path, message_of(item))


def is_dynamic(value: Any) -> bool:
    """Whether an expression anywhere inside decides what the value will be."""
    if isinstance(value, str):
        return "${" in value
    if isinstance(value, dict):
        return any(is_dynamic(item) for item in value.values())
    if isinstance(value, list):
        return any(is_dynamic(item) for item in value)
    return False


def _at(config: Any, location: list[int | str]) -> Any:
    """The raw value an error is about; None for a key that is missing, however dynamic its neighbours are."""
    value = config
    for part in location:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    return value
