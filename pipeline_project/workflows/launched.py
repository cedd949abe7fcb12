"""What a launch came to, for whoever tells it; apart from the launcher, which imports Dagster."""

from dataclasses import dataclass

from pipeline_project.workflows.models import WorkflowStatus


@dataclass(frozen=True)
class Launched:
    """The execution, its newest Dagster run, where the execution stands now, and what was decided differently."""

    execution_id: str
    run_id: str
    status: WorkflowStatus
    note: str = ""
