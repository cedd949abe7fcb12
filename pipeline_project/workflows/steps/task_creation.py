"""Creates a task, in the product's own list.

Refuses any other task system until there is a client for it. A repeated attempt changes the task that is
there; its id, its status and the time of its creation stay.
"""

import asyncio
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import Row, insert, select, update

from pipeline_project import clock
from pipeline_project.persistence.engine import Database
from pipeline_project.persistence.tables import tasks
from pipeline_project.security.redaction import redact
from pipeline_project.workflows.steps.base import BaseStepExecutor, StepConfig, StepContext, StepResult


class TaskCreationConfig(StepConfig):
    """The task to create."""

    title: str = Field(pattern=r"\S", max_length=500, description="What is to be done, in one line")
    description: str = Field("", description="The details")
    assignee: str | None = Field(None, max_length=200, description="Who shall do it")
    due: str | None = Field(None, description="A day, or a moment with its zone (ISO 8601)")
    target: Literal["local"] = Field("local", description="Where the task is kept; `local` is the product's own list")

    @field_validator("due", mode="before")
    @classmethod
    def _day_or_moment(cls, value: object) -> object:
        if isinstance(value, str):
            value = _moment(value)
        if isinstance(value, datetime) and value.tzinfo is None:
            raise ValueError("a moment needs its zone, as in 2026-03-01T17:00:00+01:00")
        return value.isoformat() if isinstance(value, date) else value

    @field_validator("target", mode="before")
    @classmethod
    def _known_target(cls, value: object) -> object:
        if value != "local":
            raise ValueError(f"tasks cannot be created in {value!r} yet; use local")
        return value


def _moment(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass  # not a day, so a moment or nothing
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is neither a day (2026-03-01) nor a moment (2026-03-01T17:00Z)") from error


class Task(BaseModel):
    """A task as it is kept."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)

    id: str
    title: str
    description: str
    assignee: str | None
    due: str | None = Field(description="A day, or a moment with its zone (ISO 8601)")
    status: str = Field(description="`open` when it is created")
    created_at: datetime


class TaskCreationResult(StepResult):
    """The task."""

    task: Task


class TaskCreation(BaseStepExecutor[TaskCreationConfig, TaskCreationResult]):
    """task_creation: one task, once."""

    config = TaskCreationConfig
    result = TaskCreationResult

    async def execute(self, config: TaskCreationConfig, context: StepContext) -> TaskCreationResult:
        """Create it, or bring the one of an earlier attempt up to date. Raises StoreError."""
        async with context.effect(repeatable=True) as key:
            row = await asyncio.to_thread(_upsert, context.database, key, config)
        return TaskCreationResult(task=Task.model_validate(row))

    @classmethod
    def summarize(cls, result: Mapping[str, Any]) -> str:
        """Which task."""
        task = result["task"]
        return f"task {task['id']}: {task['title']}"


def _upsert(database: Database, key: str, config: TaskCreationConfig) -> Row:
    values = {
        # the list is a table of ours: a registered secret must not be in it
        "title": redact(config.title, by_name=False),
        "description": redact(config.description, by_name=False),
        "assignee": config.assignee,
        "due": config.due,
    }
    this = tasks.c.idempotency_key == key
    with database.write() as connection:
        if not connection.execute(update(tasks).where(this).values(**values)).rowcount:
            new = {"id": clock.new_id(), "idempotency_key": key, "status": "open", "created_at": clock.now()}
            connection.execute(insert(tasks).values(**new, **values))
        return connection.execute(select(tasks).where(this)).one()
