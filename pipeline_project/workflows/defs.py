"""What the workflows bring to the code location: a job per workflow, older versions in use, the resume sensor."""

from dagster import Definitions, JobDefinition

from pipeline_project import settings
from pipeline_project.errors import PipelineError
from pipeline_project.observability.logs import get_logger
from pipeline_project.persistence import engine
from pipeline_project.workflows import executions
from pipeline_project.workflows.assets import check_workflows, workflow_definitions, workflow_files_are_valid
from pipeline_project.workflows.compiler import compile_job
from pipeline_project.workflows.jobs import decide_approval
from pipeline_project.workflows.load import Catalog, load_default, summary
from pipeline_project.workflows.models import WorkflowDefinition
from pipeline_project.workflows.resources import resources
from pipeline_project.workflows.sensors import resume_sensor, workflow_files_sensor

log = get_logger(__name__)


def definitions() -> Definitions:
    """Read at load; the code location is reloaded to see a changed file."""
    catalog = load_default()
    for source in catalog.broken:
        log.error(
            "a workflow file is broken and was left out",
            file=str(source.path),
            problems=summary(source.report),
        )
    compiled = [*_current(list(catalog.definitions.values())), *_older(catalog)]
    names = {(definition.id, definition.content_hash): job.name for definition, job in compiled}
    jobs = [job for _, job in compiled]
    return Definitions(
        jobs=[*jobs, decide_approval, check_workflows],
        sensors=[workflow_files_sensor(check_workflows), *([resume_sensor(jobs, names)] if jobs else [])],
        assets=[workflow_definitions],
        asset_checks=[workflow_files_are_valid],
        resources=resources(),
    )


Compiled = tuple[WorkflowDefinition, JobDefinition]


def _current(found: list[WorkflowDefinition]) -> list[Compiled]:
    numbers = _version_numbers(found)
    return [(item, compile_job(item, version=numbers[item.id])) for item in found]


def _version_numbers(found: list[WorkflowDefinition]) -> dict[str, int]:
    """The number each content has, or will have at its first run; no store yet: 1."""
    if not _store_is_there():
        return {item.id: 1 for item in found}
    with engine.default().read() as connection:
        return {item.id: executions.number_of(connection, item) for item in found}


def _older(catalog: Catalog) -> list[Compiled]:
    """Versions that some execution still needs, as `<workflow>__v<N>`."""
    if not _store_is_there():
        return []
    compiled: list[Compiled] = []
    with engine.default().read() as connection:
        for workflow_id, version in executions.unfinished_versions(connection):
            try:
                definition = executions.definition_of(connection, workflow_id, version)
                current = catalog.definitions.get(workflow_id)
                if current is not None and current.content_hash == definition.content_hash:
                    continue
                name = executions.versioned(workflow_id, version)
                compiled.append((definition, compile_job(definition, version=version, name=name)))
            except (PipelineError, ValueError) as error:
                # one old version that this code cannot compile must not take the location down
                log.error(
                    "an older version cannot be compiled",
                    workflow=workflow_id,
                    version=version,
                    error=str(error),
                )
    return compiled


def _store_is_there() -> bool:
    """A SQLite store that does not exist yet is not created by merely loading definitions."""
    current = settings.load()
    return bool(current.database_url) or (current.home / "pipeline.db").exists()
