"""Continues executions whose approval was decided, and checks workflow files that changed; each says why it skips."""

from collections.abc import Iterator, Mapping, Sequence

from dagster import (
    DefaultSensorStatus,
    JobDefinition,
    RunRequest,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
)
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from pipeline_project import settings
from pipeline_project.persistence import engine
from pipeline_project.workflows import continuation
from pipeline_project.workflows.continuation import Continuation
from pipeline_project.workflows.launcher import run_config
from pipeline_project.workflows.load import fingerprint
from pipeline_project.workflows.ops import run_is_over

JobNames = Mapping[tuple[str, str], str]
"""(workflow id, content hash) → the name of its job in this code location."""


def resume_sensor(jobs: Sequence[JobDefinition], names: JobNames) -> SensorDefinition:
    """The sensor that continues answered executions with the job of their own version."""

    def evaluate(context: SensorEvaluationContext) -> Iterator[RunRequest | SkipReason]:
        due = continuation.due(engine.default(), run_is_over=lambda run_id: run_is_over(context.instance, run_id))
        reasons = []
        for item in due:
            name = names.get((item.execution.workflow_id, item.execution.content_hash))
            if not isinstance(item, Continuation):
                reasons.append(f"{item.execution.id}: {item.reason}")
            elif name is None:
                reasons.append(f"{item.execution.id}: reload this code location to run its version")
            else:
                config = run_config(item.execution.input)
                yield RunRequest(run_key=item.key, job_name=name, run_config=config, tags=item.tags)
        if reasons:
            yield SkipReason("; ".join(reasons))
        elif not due:
            yield SkipReason("no decided approval waits to be consumed")

    return SensorDefinition(
        name="resume_sensor",
        description="Continues executions once their approval is decided",
        evaluation_fn=evaluate,
        jobs=list(jobs),
        minimum_interval_seconds=settings.load().resume_interval_seconds,
        default_status=DefaultSensorStatus.RUNNING,
    )


def workflow_files_sensor(check_job: UnresolvedAssetJobDefinition) -> SensorDefinition:
    """The sensor that checks the workflow files once after each change: a broken one shows as a failed check."""

    def evaluate(context: SensorEvaluationContext) -> RunRequest | SkipReason:
        now = fingerprint()
        if now == context.cursor:
            return SkipReason("no workflow file has changed")
        context.update_cursor(now)
        return RunRequest(run_key=now)

    return SensorDefinition(
        name="workflow_files_sensor",
        description="Checks the workflow files after each change; reload the code location to run what is new",
        evaluation_fn=evaluate,
        job=check_job,
        minimum_interval_seconds=30,
        default_status=DefaultSensorStatus.RUNNING,
    )
