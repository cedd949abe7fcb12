"""The items of message batches: what was sent, how often, and what was answered."""

from sqlalchemy import Column, Integer, String, Table

from pipeline_project.persistence.tables.base import JsonText, UtcDateTime, metadata

batch_items = Table(
    "batch_items",
    metadata,
    Column("batch_id", String(120), primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("custom_id", String(64), nullable=False),
    # of the request as it was sent, so that an answer is never taken for that of another request
    Column("digest", String(80), nullable=False),
    Column("state", String(20), nullable=False),
    Column("sends", Integer, nullable=False),
    Column("resends", Integer, nullable=False),
    Column("answer", JsonText),
    Column("error", JsonText),
    Column("sent_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
)
