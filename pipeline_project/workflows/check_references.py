"""What the expressions of a definition refer to: known names, and steps that are upstream."""

from collections.abc import Iterator

from pipeline_project import settings
from pipeline_project.workflows.expressions import Names, Problem, condition_problems, references
from pipeline_project.workflows.expressions import problems as expression_problems
from pipeline_project.workflows.models import WorkflowDefinition
from pipeline_project.workflows.planning import plan, step_references
from pipeline_project.workflows.steps.registry import executor_of


def problems(definition: WorkflowDefinition, opaque: frozenset[str], *, upstream: bool) -> Iterator[Problem]:
    """Every problem of every expression; `upstream`: also whether what is referred to has run by then."""
    names = _names(definition)
    for step in definition.steps.values():
        if step.id in opaque:
            continue
        yield from executor_of(step.type).problems(step.config, names, where=f"steps.{step.id}.config")
        if step.condition is not None:
            yield from condition_problems(step.condition, names, where=f"steps.{step.id}.condition")
    yield from expression_problems(definition.output, names, where="output")
    yield from _secrets_in_output(definition)
    if upstream:
        yield from _not_upstream(definition)


def _names(definition: WorkflowDefinition) -> Names:
    properties = definition.input_schema.get("properties")
    closed = isinstance(properties, dict) and properties and not definition.input_schema.get("additionalProperties")
    return Names(
        steps=frozenset(definition.steps),
        vars=frozenset(definition.variables),
        input=frozenset(properties) if closed and isinstance(properties, dict) else None,
        env=frozenset(settings.load().expression_env),
    )


def _secrets_in_output(definition: WorkflowDefinition) -> Iterator[Problem]:
    for reference in references(definition.output):
        if reference.namespace == "secrets":
            yield Problem("output", f"secrets.{reference.name} must not leave the workflow; remove it")


def _not_upstream(definition: WorkflowDefinition) -> Iterator[Problem]:
    drawn = plan(definition)
    for step in definition.steps.values():
        named = {item.name for item in step_references(step) if item.namespace in ("steps", "name")}
        for name in sorted(named & definition.steps.keys()):
            if drawn.result_node(name) not in drawn.ancestors[step.id]:
                what = "refers to itself" if name == step.id else f"refers to {name!r}, which has not run before it"
                yield Problem(f"steps.{step.id}", f"{what}; refer only to steps that lead here")
