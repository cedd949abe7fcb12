"""Tasks kept here when no task system is connected."""

from sqlalchemy import Column, String, Table, Text

from pipeline_project.persistence.tables.base import UtcDateTime, metadata

tasks = Table(
    "tasks",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("idempotency_key", String(400), nullable=False, unique=True),
    Column("title", String(500), nullable=False),
    Column("description", Text, nullable=False),
    Column("assignee", String(200)),
    Column("due", String(40)),
    Column("status", String(20), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)
