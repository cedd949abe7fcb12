"""Drafts: workflows that a model wrote and a person has not activated yet."""

from sqlalchemy import Column, String, Table, Text

from pipeline_project.persistence.tables.base import DecimalText, JsonText, UtcDateTime, metadata

workflow_drafts = Table(
    "workflow_drafts",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("workflow_id", String(120), nullable=False, index=True),
    Column("query", Text, nullable=False),
    Column("definition", JsonText, nullable=False),
    Column("content_hash", String(80), nullable=False),
    Column("explanation", Text, nullable=False),
    Column("permissions", JsonText, nullable=False),
    Column("estimated_cost", DecimalText),
    Column("model", String(200), nullable=False),
    Column("rounds", JsonText, nullable=False),
    # draft, active or discarded
    Column("state", String(20), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(200), nullable=False),
    Column("decided_at", UtcDateTime),
    Column("decided_by", String(200)),
)
