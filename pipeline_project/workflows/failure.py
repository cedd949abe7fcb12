"""An exception as the journal keeps it."""

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
        problems = "; ".join(f"{path_of(item['loc'])}: {message_of(item)}" for item in error.errors())
        raise InvalidConfig(
            problems, where=where, remedy="`workflow schema` lists the fields of every step type."
        ) from error


def path_of(location: tuple[int | str, ...]) -> str:
    """A pydantic location as a path: a.b[2].c."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.lstrip(".") or "config"


def message_of(item: Any) -> str:
    """A pydantic message in our words where its own are about Python."""
    known = {"missing": "is required", "extra_forbidden": "is not a field here"}
    return known.get(item["type"]) or str(item["msg"]).removeprefix("Value error, ")
