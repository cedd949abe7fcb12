"""Permission requests: what an actor may not do without a person's word, and that word."""

from sqlalchemy import Column, Index, Integer, String, Table, Text

from pipeline_project.persistence.tables.base import JsonText, UtcDateTime, metadata

permission_requests = Table(
    "permission_requests",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("actor", String(200), nullable=False),
    Column("action", String(120), nullable=False),
    Column("complexity", Integer, nullable=False),
    Column("resource", Text, nullable=False),
    # of actor, action, resource and input: a grant is for exactly this, once
    Column("digest", String(80), nullable=False),
    Column("shown", JsonText, nullable=False),
    Column("rule", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("decision", String(20)),
    Column("decided_by", String(200)),
    Column("via", String(20)),
    Column("comment", Text),
    Column("decided_at", UtcDateTime),
    Column("used_at", UtcDateTime),
    Index("ix_permission_requests_digest", "digest"),
)
