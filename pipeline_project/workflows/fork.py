"""Prepares a fork: a new execution that takes over what is strictly upstream of a step. No Dagster."""

from dataclasses import dataclass
from typing import Any

from pipeline_project import clock
from pipeline_project.errors import InvalidInput, NotFound
from pipeline_project.finance.budgets import release_execution
from pipeline_project.persistence.engine import Database
from pipeline_project.workflows import executions
from pipeline_project.workflows.executions import Execution
from pipeline_project.workflows.input import accept
from pipeline_project.workflows.journal import Journal, copy_settled
from pipeline_project.workflows.models import WorkflowDefinition
from pipeline_project.workflows.plan import START, Plan
from pipeline_project.workflows.planning import plan
from pipeline_project.workflows.readiness import View
from pipeline_project.workflows.session import objects


@dataclass(frozen=True)
class Fork:
    """A fork that is ready to run; `note` says what was decided differently from what was asked."""

    execution: Execution
    definition: WorkflowDefinition
    note: str = ""


def prepare_fork(
    database: Database, execution_id: str, step_id: str, overrides: dict[str, Any], by: str, via: str
) -> Fork:
    """Record the new execution and its taken-over results in one transaction. Raises NotFound, InvalidInput."""
    with database.read() as connection:
        parent = executions.find(connection, execution_id)
        definition = executions.definition_of(connection, parent.workflow_id, parent.version)
    drawn = plan(definition)
    if step_id not in definition.steps:
        steps = ", ".join(definition.steps)
        raise NotFound(f"{definition.id} has no step {step_id!r}", remedy=f"Its steps: {steps}.")
    variables, changed_input = _split(definition, parent, overrides)
    view = Journal(database, parent.id, objects=objects()).view()
    point, note = _fork_point(drawn, view, step_id)
    with database.write() as connection:
        release_execution(connection, parent.id)
        fork = executions.create(
            connection,
            definition,
            execution_id=clock.new_id(),
            input_data=changed_input,
            variables={**parent.variables, **variables},
            requested_by=by,
            via=via,
            parent_id=parent.id,
            fork_step=point,
        )
        copy_settled(connection, parent.id, fork.id, drawn.ancestors[point] - {START})
    return Fork(fork, definition, note)


def _split(
    definition: WorkflowDefinition, parent: Execution, overrides: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(variables, input): each override goes to the variable of its name, else to the input field."""
    variables = {name: value for name, value in overrides.items() if name in definition.variables}
    rest = {name: value for name, value in overrides.items() if name not in variables}
    properties = definition.input_schema.get("properties")
    fields = properties if isinstance(properties, dict) else {}
    for name in rest:
        if name not in fields and name not in parent.input:
            known = ", ".join(sorted({*definition.variables, *fields})) or "none"
            remedy = f"Variables and input fields: {known}."
            raise InvalidInput(f"{name!r} is neither a variable nor an input field", where="fork", remedy=remedy)
    return variables, accept(definition, {**parent.input, **rest})


def _fork_point(drawn: Plan, view: View, step_id: str) -> tuple[str, str]:
    """The step itself or, when it was skipped, the decision that skipped it, and a note that says so."""
    point = step_id
    while point in view and view[point].status == "skipped":
        above = [edge.source for edge in drawn.nodes[point].edges if edge.source in drawn.definition.steps]
        if not above or view[point].reason == "its condition is false":
            break
        point = above[0]
    note = "" if point == step_id else f"{step_id} was skipped; forked at {point}, the decision that skipped it"
    return point, note
