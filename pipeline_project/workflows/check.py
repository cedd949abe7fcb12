"""Reports all problems of a definition at once, each with its path (`steps.notify.config.channel`).

Never raises for a bad definition and never stops at the first problem: what cannot be read is set aside and the
rest is checked all the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline_project.workflows import check_flow, check_references
from pipeline_project.workflows.check_config import config_problems
from pipeline_project.workflows.expressions import Problem
from pipeline_project.workflows.input import schema_problem
from pipeline_project.workflows.models import WorkflowDefinition
from pipeline_project.workflows.names import id_problem
from pipeline_project.workflows.salvage import salvage

MOST_STEPS = 1000
MOST_DEPTH = 100


@dataclass(frozen=True)
class Report:
    """What is wrong with a definition; nothing, when `ok`, and only then there is a `definition` to use."""

    workflow_id: str
    problems: tuple[Problem, ...]
    definition: WorkflowDefinition | None = None

    @property
    def ok(self) -> bool:
        """Whether it can be compiled."""
        return not self.problems


def check(definition: WorkflowDefinition | Mapping[str, Any]) -> Report:
    """Every problem of a definition, or of the mapping that is to become one, sorted by path."""
    if isinstance(definition, WorkflowDefinition):
        found = tuple(_problems(definition, frozenset()))
        return Report(definition.id, _sorted(found), None if found else definition)
    if _is_deeper(definition, MOST_DEPTH):
        deep = Problem("", f"is nested deeper than {MOST_DEPTH} levels")
        return Report(str(definition.get("id", "")), (deep,))
    kept, problems, opaque = salvage(definition)
    if kept is None:
        return Report(str(definition.get("id", "")), _sorted(problems))
    found = (*problems, *_problems(kept, opaque))
    return Report(kept.id, _sorted(found), None if found else kept)


def _is_deeper(value: Any, most: int) -> bool:
    """Whether mappings and lists stand in each other more than `most` deep."""
    level = [value]
    for _ in range(most):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, Mapping) else outer)
            if isinstance(inner, Mapping | list | tuple)
        ]
        if not level:
            return False
    return True


def _problems(definition: WorkflowDefinition, opaque: frozenset[str]) -> Iterator[Problem]:
    """`opaque`: steps whose own shape is broken, so that nothing more can be said of their config."""
    yield from _id_problems(definition)
    if len(definition.steps) > MOST_STEPS:
        yield Problem("steps", f"{len(definition.steps)} steps are more than {MOST_STEPS}; use several workflows")
    wrong_schema = schema_problem(definition.input_schema)
    if wrong_schema:
        yield Problem("input_schema", wrong_schema)
    for step in definition.steps.values():
        if step.id not in opaque:
            yield from config_problems(step)
    flow = list(check_flow.problems(definition, opaque))
    yield from flow
    # where the flow itself is broken there is no upstream to check references against
    yield from check_references.problems(definition, opaque, upstream=not flow)


def _id_problems(definition: WorkflowDefinition) -> Iterator[Problem]:
    wrong = id_problem(definition.id)
    if wrong:
        yield Problem("id", wrong)
    for step_id, step in definition.steps.items():
        wrong = id_problem(step_id, step=True)
        if wrong:
            yield Problem(f"steps.{step_id}", wrong)
        if step.id != step_id:
            yield Problem(f"steps.{step_id}.id", f"is {step.id!r}; leave it out, or make it {step_id!r}")


def _sorted(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: (problem.path, problem.message)))
