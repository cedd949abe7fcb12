"""An exception as the journal keeps it."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from pipeline_project.errors import InvalidConfig, PipelineError
from pipeline_project.workflows.steps.base import BaseStepExecutor, StepConfig


def describe(error: Exception) -> dict[str, Any]:
    """Class, code, message and whether trying again could help."""
    known = isinstance(error, PipelineError)
    return {
        "class": type(error).__name__,
        "code": error.code if known else "unexpected",
        "message": str(error) or type(error).__name__,
        "permanent": not (known and error.transient),
    }


def parse_config(executor: BaseStepExecutor, raw: dict[str, Any], *, where: str) -> StepConfig:
    """The resolved config as the step type's model. Raises InvalidConfig naming every field that does not fit."""
    try:
        return executor.config.model_validate(raw)
    except ValidationError as error:
        problems = "; ".join(_problem(item, raw) for item in error.errors())
        raise InvalidConfig(
            problems, where=where, remedy="`workflow schema` lists the fields of every step type."
        ) from error


def _problem(item: Any, raw: dict[str, Any]) -> str:
    path = path_of(item["loc"], raw)
    return f"{path}: {message_of(item)}" if path else message_of(item)


def path_of(location: Sequence[int | str], value: Any = None) -> str:
    """A pydantic location within `value` as a path: a.b[2].c."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in walk(location, value)).lstrip(".")


def walk(location: Sequence[int | str], value: Any) -> list[int | str]:
    """The parts of a pydantic location that are keys of the data: it also names the members of unions it tried."""
    kept: list[int | str] = []
    for position, part in enumerate(location):
        known = isinstance(value, dict) and part in value
        counted = isinstance(value, list) and isinstance(part, int)
        if known or counted or value is None or (isinstance(value, dict) and position == len(location) - 1):
            kept.append(part)
            value = _inside(value, part)
    return kept


def _inside(value: Any, part: int | str) -> Any:
    if isinstance(value, dict):
        return value.get(part, "")
    if isinstance(value, list) and isinstance(part, int) and part < len(value):
        return value[part]
    return value if value is None else ""


def message_of(item: Any) -> str:
    """A pydantic message in our words where its own are about Python."""
    known = {"missing": "is required", "extra_forbidden": "is not a field here"}
    return known.get(item["type"]) or str(item["msg"]).removeprefix("Value error, ")
