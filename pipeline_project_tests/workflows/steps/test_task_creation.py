"""Proves what the task_creation step keeps, and that one step of one execution creates one task."""

import asyncio
import threading
from contextlib import asynccontextmanager
from datetime import date

import pytest
import structlog
from pydantic import ValidationError
from sqlalchemy import select

from pipeline_project.persistence import json
from pipeline_project.persistence.engine import Database
from pipeline_project.persistence.tables import tasks
from pipeline_project.workflows.steps.base import StepContext
from pipeline_project.workflows.steps.task_creation import TaskCreation


@pytest.fixture
def database(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'pipeline.db'}")
    yield database
    database.dispose()


def create(database, step="task", **config):
    @asynccontextmanager
    async def effect(*, repeatable, name=""):
        assert repeatable
        yield f"run/{step}/{name}"

    context = StepContext(
        execution_id="run",
        workflow_id="w",
        step_id=step,
        attempt=1,
        idempotency_key=f"run/{step}/",
        requested_by="user:ada",
        log=structlog.get_logger(),
        database=database,
        effect=effect,
    )
    model = TaskCreation.config.model_validate({"title": "Call the supplier", **config})
    return asyncio.run(TaskCreation().execute(model, context))


def stored(database):
    with database.read() as connection:
        return connection.execute(select(tasks)).all()


def test_a_task_is_kept_with_what_was_said_of_it(database):
    result = create(database, description="about *7*", assignee="ada", due="2026-03-01")
    (row,) = stored(database)
    task = result.task
    assert (task.title, task.description, task.assignee, task.due) == (
        "Call the supplier",
        "about *7*",
        "ada",
        "2026-03-01",
    )
    assert task.status == "open"
    assert task.created_at.tzinfo is not None
    assert row.id == task.id
    assert row.idempotency_key == "run/task/"
    assert TaskCreation.summarize(json.loads(json.dumps(result))) == f"task {task.id}: Call the supplier"


def test_a_repeated_attempt_changes_the_task_and_makes_no_second_one(database):
    first = create(database).task
    again = create(database, title="Write to the supplier", due="2026-03-02").task
    assert len(stored(database)) == 1
    assert (again.id, again.created_at) == (first.id, first.created_at)
    assert (again.title, again.due) == ("Write to the supplier", "2026-03-02")


def test_another_step_makes_another_task(database):
    assert create(database, "a").task.id != create(database, "b").task.id
    assert len(stored(database)) == 2


def test_many_attempts_at_once_make_one_task(database):
    create(database, "other")
    threads = [threading.Thread(target=create, args=(database,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stored(database)) == 2


@pytest.mark.parametrize(
    ("due", "kept"),
    [
        ("2026-03-01", "2026-03-01"),
        ("20260301", "2026-03-01"),
        (date(2026, 3, 1), "2026-03-01"),
        ("2026-03-01T17:00:00Z", "2026-03-01T17:00:00+00:00"),
        ("2026-03-01T17:00+01:00", "2026-03-01T17:00:00+01:00"),
        (None, None),
    ],
)
def test_a_due_time_is_a_day_or_a_moment_with_its_zone(database, due, kept):
    assert create(database, due=due).task.due == kept


@pytest.mark.parametrize("due", ["next Friday", "", "2026-02-30", "2026-03-01T17:00:00", 20260301, "01.03.2026"])
def test_a_due_time_that_is_neither_is_refused(due):
    with pytest.raises(ValidationError):
        TaskCreation.config.model_validate({"title": "x", "due": due})


def test_a_target_without_a_client_is_refused_in_a_sentence():
    with pytest.raises(ValidationError, match="tasks cannot be created in 'asana' yet; use local"):
        TaskCreation.config.model_validate({"title": "x", "target": "asana"})


@pytest.mark.parametrize("changes", [{"title": " "}, {"title": "x" * 501}, {"assignee": "x" * 201}, {"owner": "ada"}])
def test_a_config_of_another_shape_is_refused(changes):
    with pytest.raises(ValidationError):
        TaskCreation.config.model_validate({"title": "x", **changes})
