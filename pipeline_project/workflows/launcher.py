"""One Dagster run of one execution, in the calling process; goes on while answers have come meanwhile."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from dagster import DagsterInstance, ExecuteInProcessResult

from pipeline_project import home
from pipeline_project.errors import Conflict
from pipeline_project.persistence import engine
from pipeline_project.workflows import continuation, executions, inspection
from pipeline_project.workflows import lease as leases
from pipeline_project.workflows.compiler import compile_job
from pipeline_project.workflows.identity import EXECUTION_TAG
from pipeline_project.workflows.launched import Launched
from pipeline_project.workflows.lease import Lease
from pipeline_project.workflows.load import load_default
from pipeline_project.workflows.models import WorkflowDefinition
from pipeline_project.workflows.ops import run_is_over


def run(
    definition: WorkflowDefinition, input_data: Mapping[str, Any], tags: Mapping[str, str], *, note: str = ""
) -> Launched:
    """Execute the definition's job on the instance of DAGSTER_HOME. Raises Conflict when the run could not begin."""
    home.prepare()
    execution_id = tags[EXECUTION_TAG]
    job = compile_job(definition, **_naming(definition))
    # the story is told from the journal; Dagster's own lines on the console would bury it
    config = {**run_config(input_data), "loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with DagsterInstance.get() as instance:
        while True:
            result = job.execute_in_process(run_config=config, instance=instance, tags=dict(tags), raise_on_error=False)
            _raise_if_refused(result)
            _let_go(execution_id, result.run_id)
            due = _due(execution_id, instance)
            if due is None:
                status = inspection.status(
                    engine.default(), execution_id, run_is_over=lambda run_id: run_is_over(instance, run_id)
                )
                return Launched(execution_id, result.run_id, status, note)
            tags = {**tags, **due.tags}


def run_config(input_data: Mapping[str, Any]) -> dict[str, Any]:
    """The Dagster run config of an input: the fields of `start`."""
    return {"ops": {"start": {"config": _config(dict(input_data))}}}


def _naming(definition: WorkflowDefinition) -> dict[str, Any]:
    """The version of a definition and the name its job has in the code location."""
    with engine.default().read() as connection:
        version = executions.number_of(connection, definition)
    current = load_default().definitions.get(definition.id)
    is_current = current is not None and current.content_hash == definition.content_hash
    return {"version": version, "name": definition.id if is_current else executions.versioned(definition.id, version)}


def _due(execution_id: str, instance: DagsterInstance) -> continuation.Continuation | None:
    """The continuation of this execution, when an answer came while its run was under way."""
    due = continuation.due(engine.default(), run_is_over=lambda run_id: run_is_over(instance, run_id))
    mine = [item for item in due if item.execution.id == execution_id]
    return next((item for item in mine if isinstance(item, continuation.Continuation)), None)


def _let_go(execution_id: str, run_id: str) -> None:
    """Give back the lease of a run that ended without its `finish`: this process lives on and would seem to hold it."""
    with engine.default().write() as connection:
        execution = executions.get(connection, execution_id)
        leases.release(connection, Lease(execution_id, run_id, execution.fencing))


def _raise_if_refused(result: ExecuteInProcessResult) -> None:
    """A run that never got hold of its execution is an error of the launch, not a failed step."""
    if result.success:
        return
    with engine.default().read() as connection:
        entered = executions.execution_of_run(connection, result.run_id) is not None
    if not entered:
        failures = [event for event in result.all_events if event.is_step_failure]
        data = failures[0].step_failure_data if failures else None
        metadata = data.user_failure_data if data is not None else None
        text = metadata.description if metadata is not None and metadata.description else "the run could not begin"
        raise Conflict(text, where=f"run {result.run_id}")


def _config(value: Any) -> Any:
    """Plain values as Dagster's config takes them: it knows floats, no Decimals."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: _config(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_config(item) for item in value]
    return value
