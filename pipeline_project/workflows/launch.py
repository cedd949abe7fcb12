"""Starts, continues, forks and cancels executions in the calling process, on the Dagster instance of DAGSTER_HOME.

Nothing runs outside Dagster: each of these ends in a Dagster run of the workflow's job. Every function is
synchronous and returns when its run has ended, which for a workflow that waits is when it waits.
"""

from collections.abc import Mapping
from typing import Any

from dagster import DagsterInstance

from pipeline_project import clock, home, settings
from pipeline_project.errors import Conflict, LeaseHeld, NotFound
from pipeline_project.persistence import engine
from pipeline_project.workflows import continuation, executions, inspection, launcher, settlement
from pipeline_project.workflows import lease as leases
from pipeline_project.workflows.executions import Execution
from pipeline_project.workflows.fork import prepare_fork
from pipeline_project.workflows.identity import ACTOR_TAG, EXECUTION_TAG, VIA_TAG
from pipeline_project.workflows.input import accept
from pipeline_project.workflows.launched import Launched
from pipeline_project.workflows.load import load_default
from pipeline_project.workflows.models import WorkflowDefinition, WorkflowStatus
from pipeline_project.workflows.ops import run_is_over
from pipeline_project.workflows.planning import plan
from pipeline_project.workflows.session import make_void


def execute_workflow(
    workflow_id: str,
    input_data: Mapping[str, Any],
    user_id: str | None = None,
    resume_from_step: str | None = None,
    *,
    via: str = "cli",
) -> Launched:
    """Run the current version of a workflow on an input.

    `user_id`: who asks (default: PIPELINE_ACTOR or the system's user). `resume_from_step`: take over what the newest
    execution with the same input did before that step. Raises NotFound, InvalidDefinition, InvalidInput.
    """
    definition = load_default().get(workflow_id)
    accepted = accept(definition, input_data)
    if resume_from_step is not None:
        return fork_execution(_newest_alike(definition, accepted), resume_from_step, user_id=user_id, via=via)
    tags = {EXECUTION_TAG: clock.new_id(), ACTOR_TAG: _actor(user_id), VIA_TAG: via}
    return launcher.run(definition, accepted, tags)


def resume_workflow(execution_id: str, step_id: str | None = None) -> Launched:
    """Go on with an execution; with `step_id`, run that step and everything below it anew.

    Raises LeaseHeld while another run is alive, Conflict when it has ended.
    """
    home.prepare()
    with DagsterInstance.get() as instance, engine.default().read() as connection:
        execution = executions.find(connection, execution_id)
        definition = executions.definition_of(connection, execution.workflow_id, execution.version)
        _refuse_live(execution, instance)
    if step_id is not None:
        _void(execution, definition, step_id)
    elif execution.outcome is not None:
        remedy = "Name a step to run anew (--step), or fork it."
        raise Conflict(f"execution {execution.id} has ended: {execution.outcome}", remedy=remedy)
    return _continue(execution, definition)


def fork_execution(
    execution_id: str,
    step_id: str,
    new_variables: Mapping[str, Any] | None = None,
    *,
    user_id: str | None = None,
    via: str = "cli",
) -> Launched:
    """A new execution that takes over the results strictly upstream of `step_id`, and runs the rest anew.

    `new_variables` override variables, else input fields, by name. Raises NotFound, InvalidInput.
    """
    fork = prepare_fork(engine.default(), execution_id, step_id, dict(new_variables or {}), _actor(user_id), via)
    tags = {EXECUTION_TAG: fork.execution.id, ACTOR_TAG: _actor(user_id), VIA_TAG: via}
    return launcher.run(fork.definition, fork.execution.input, tags, note=fork.note)


def cancel_execution(execution_id: str, user_id: str | None = None) -> WorkflowStatus:
    """Ask for an end: a running step is stopped within a second, what waits is released at once.

    The run itself is left to finish: Dagster's terminate would cut it off before it has settled the execution.
    """
    home.prepare()
    with DagsterInstance.get() as instance, engine.default().write() as connection:
        execution = executions.find(connection, execution_id)
        if execution.outcome is not None:
            raise Conflict(f"execution {execution.id} has ended: {execution.outcome}")
        executions.request_cancel(connection, execution.id, by=_actor(user_id))
        live = leases.is_live(execution, run_is_over=lambda run_id: run_is_over(instance, run_id))
        if not live:
            settlement.cancel(connection, execution.id)
    return WorkflowStatus.RUNNING if live else WorkflowStatus.CANCELLED


def get_workflow_definitions() -> dict[str, WorkflowDefinition]:
    """The usable definitions by id: the shipped templates and those of PIPELINE_WORKFLOWS_DIR."""
    return dict(load_default().definitions)


def get_workflow_execution_stats(workflow_id: str | None = None) -> dict[str, Any]:
    """Counts by status, success rate and durations, for one workflow or all."""
    return inspection.stats(engine.default(), workflow_id)


def _continue(execution: Execution, definition: WorkflowDefinition) -> Launched:
    with engine.default().read() as connection:
        tags = continuation.continuation(connection, executions.get(connection, execution.id)).tags
    return launcher.run(definition, execution.input, tags)


def _newest_alike(definition: WorkflowDefinition, accepted: Mapping[str, Any]) -> str:
    with engine.default().read() as connection:
        for execution in executions.listed(connection, workflow_id=definition.id, limit=1000):
            if execution.input == accepted:
                return execution.id
    raise NotFound(
        f"no execution of {definition.id} has had this input",
        remedy="Run it once without resume_from_step first.",
    )


def _void(execution: Execution, definition: WorkflowDefinition, step_id: str) -> None:
    drawn = plan(definition)
    if step_id not in drawn.nodes:
        steps = ", ".join(definition.steps)
        raise NotFound(f"{definition.id} has no step {step_id!r}", remedy=f"Its steps: {steps}.")
    with engine.default().write() as connection:
        make_void(connection, drawn, execution.id, frozenset({step_id}))


def _refuse_live(execution: Execution, instance: DagsterInstance) -> None:
    if leases.is_live(execution, run_is_over=lambda run_id: run_is_over(instance, run_id)):
        raise LeaseHeld(
            f"execution {execution.id} is being run by {leases.holder(execution)}",
            remedy="Wait for that run to end, or cancel it.",
        )


def _actor(user_id: str | None) -> str:
    if user_id is None:
        return settings.load().actor_name
    return user_id if ":" in user_id else f"user:{user_id}"
