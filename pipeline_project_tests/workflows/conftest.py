"""Workflows written on the spot, run on a real Dagster instance in this process."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance

from pipeline_project import settings
from pipeline_project.persistence import engine
from pipeline_project.workflows import inspection, launch, waits
from pipeline_project.workflows.launched import Launched
from pipeline_project.workflows.models import WorkflowContext


@dataclass(frozen=True)
class Bench:
    """Where a test writes workflow files, runs them and looks at what came of it."""

    folder: Path

    def write(self, workflow_id: str, text: str) -> Path:
        """A workflow file; `id:` is put in front."""
        path = self.folder / f"{workflow_id}.yaml"
        path.write_text(f"id: {workflow_id}\n{text}", encoding="utf-8")
        return path

    def run(self, workflow_id: str, text: str | None = None, /, **given: Any) -> Launched:
        """Write (if there is a text) and run a workflow."""
        if text is not None:
            self.write(workflow_id, text)
        return self.ended_well(launch.execute_workflow(workflow_id, given))

    def resume(self, launched: Launched) -> Launched:
        """Resume in this process."""
        return self.ended_well(launch.resume_workflow(launched.execution_id))

    def ended_well(self, launched: Launched) -> Launched:
        """The launch, once it is sure that Dagster calls its run a success exactly when nothing failed."""
        with DagsterInstance.get() as instance:
            run = instance.get_run_by_id(launched.run_id)
        assert run is not None
        assert run.is_success == (launched.status != "failed"), run.status
        return launched

    def context(self, launched: Launched | str) -> WorkflowContext:
        """Everything about an execution."""
        execution_id = launched if isinstance(launched, str) else launched.execution_id
        return inspection.context(engine.default(), execution_id)

    def attempts(self, launched: Launched | str) -> Mapping[str, list[str]]:
        """Step id → the statuses of its attempts, in order, void ones included."""
        execution_id = launched if isinstance(launched, str) else launched.execution_id
        found: dict[str, list[str]] = {}
        for entry in inspection.entries(engine.default(), execution_id, superseded=True):
            found.setdefault(entry.step_id, []).append(entry.status)
        return found

    def question(self, launched: Launched, step_id: str) -> waits.Approval:
        """The open question of a step."""
        with engine.default().read() as connection:
            found = waits.of_step(connection, launched.execution_id, step_id)
        assert found is not None
        return found

    def decide(self, launched: Launched, step_id: str, answer: waits.Answer = "approve", by: str = "user:boss") -> None:
        """Decide without resuming."""
        with engine.default().write() as connection:
            waits.decide(connection, self.question(launched, step_id).id, answer, actor=by, via="cli", comment="")


@pytest.fixture
def bench(data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """An empty folder of workflows."""
    folder = tmp_path / "workflows"
    folder.mkdir()
    monkeypatch.setenv("PIPELINE_WORKFLOWS_DIR", str(folder))
    settings.load.cache_clear()
    return Bench(folder)


@pytest.fixture
def counted(tmp_path: Path) -> Callable[[], int]:
    """How often the local task list was written to, as a side effect that can be counted."""
    from sqlalchemy import func, select

    from pipeline_project.persistence.tables import tasks

    def count() -> int:
        with engine.default().read() as connection:
            return connection.execute(select(func.count()).select_from(tasks)).scalar_one()

    return count
