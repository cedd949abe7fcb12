"""Tool sessions: what outlives the process that opened one."""

from sqlalchemy import Column, String, Table, Text

from pipeline_project.persistence.tables.base import JsonText, UtcDateTime, metadata

tool_sessions = Table(
    "tool_sessions",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("workspace", Text, nullable=False),
    Column("todos", JsonText, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)
