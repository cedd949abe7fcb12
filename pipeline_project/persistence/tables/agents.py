"""Agent runs and their journal: one row per model call and per tool call, written before the next one begins."""

from sqlalchemy import Column, Float, ForeignKey, Integer, String, Table, Text

from pipeline_project.persistence.tables.base import DecimalText, JsonText, UtcDateTime, metadata

agent_runs = Table(
    "agent_runs",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("agent", String(200), nullable=False),
    Column("digest", String(80), nullable=False),
    Column("task", Text, nullable=False),
    Column("parent_id", String(200)),
    Column("depth", Integer, nullable=False),
    # running, success, failed, cancelled, waiting
    Column("status", String(20), nullable=False),
    Column("result", JsonText),
    Column("error", JsonText),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
)

agent_entries = Table(
    "agent_entries",
    metadata,
    Column("run_id", String(200), ForeignKey("agent_runs.id"), primary_key=True),
    # turn/3/model, turn/3/tool/1
    Column("scope", String(60), primary_key=True),
    # running, success, failed, unknown
    Column("status", String(20), nullable=False),
    Column("digest", String(80), nullable=False),
    Column("output", JsonText),
    Column("usage", JsonText),
    Column("cost", DecimalText),
    Column("seconds", Float),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
)
