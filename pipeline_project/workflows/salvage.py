"""Reads what can be read of a broken definition, so that `check` can speak of the rest in the same report."""

import copy
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from pipeline_project.workflows.expressions import Problem
from pipeline_project.workflows.failure import message_of, path_of
from pipeline_project.workflows.models import WorkflowDefinition, WorkflowStepType

ROUNDS = 5
STAND_IN = WorkflowStepType.DELAY
"""The type a step gets while its own is unreadable; its config is not looked at."""


def salvage(raw: Mapping[str, Any]) -> tuple[WorkflowDefinition | None, tuple[Problem, ...], frozenset[str]]:
    """(the definition without its unreadable parts, the problems of those, the steps that lost type or config)."""
    kept: Any = copy.deepcopy(dict(raw))
    problems: list[Problem] = []
    opaque: set[str] = set()
    for _ in range(ROUNDS):
        try:
            return WorkflowDefinition.model_validate(kept), tuple(problems), frozenset(opaque)
        except ValidationError as error:
            for item in error.errors():
                location = tuple(part for part in item["loc"] if part not in ("int", "str"))
                problems.append(Problem(path_of(location), _message(item)))
                if not _set_aside(kept, location, opaque):
                    return None, tuple(dict.fromkeys(problems)), frozenset()
    return None, tuple(dict.fromkeys(problems)), frozenset()


def _message(item: Any) -> str:
    given = item.get("input")
    shown = f" (got {given!r})" if isinstance(given, str | int | float) and item["type"] != "extra_forbidden" else ""
    return message_of(item) + shown


def _set_aside(kept: dict[str, Any], location: tuple[Any, ...], opaque: set[str]) -> bool:
    """Remove what an error is about; False where the rest would mean nothing."""
    if location[:1] == ("steps",) and len(location) > 1:
        step_id = str(location[1])
        steps = kept["steps"]
        if len(location) == 2 or location[2] in ("type", "config"):
            opaque.add(step_id)
            known = steps[step_id] if isinstance(steps[step_id], dict) else {}
            steps[step_id] = {**known, "type": STAND_IN.value, "config": {}}
            return True
        steps[step_id].pop(location[2], None)
        return True
    if len(location) >= 1 and location[0] not in ("id", "steps"):
        kept.pop(location[0], None)
        return True
    if location == ("id",) and "steps" in kept:
        kept["id"] = "unnamed"
        return True
    return False
