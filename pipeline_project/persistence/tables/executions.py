"""Workflow versions, executions, their runs, the journal, waits, approvals and intents of side effects."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from pipeline_project.persistence.tables.base import DecimalText, JsonText, UtcDateTime, metadata

workflow_versions = Table(
    "workflow_versions",
    metadata,
    Column("workflow_id", String(120), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("content_hash", String(80), nullable=False),
    Column("definition", JsonText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("workflow_id", "content_hash"),
)

executions = Table(
    "executions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("workflow_id", String(120), nullable=False),
    Column("version", Integer, nullable=False),
    Column("content_hash", String(80), nullable=False),
    Column("input", JsonText, nullable=False),
    Column("variables", JsonText, nullable=False),
    Column("requested_by", String(200), nullable=False),
    Column("via", String(20), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("outcome", String(20)),
    Column("settled_at", UtcDateTime),
    Column("output", JsonText),
    Column("error", JsonText),
    Column("parent_id", String(64)),
    Column("fork_step", String(120)),
    Column("cancel_requested_at", UtcDateTime),
    Column("cancelled_by", String(200)),
    Column("root_run_id", String(64)),
    Column("last_run_id", String(64)),
    Column("lease_run_id", String(64)),
    Column("lease_host", String(255)),
    Column("lease_pid", Integer),
    Column("lease_process_started", String(40)),
    Column("lease_heartbeat_at", UtcDateTime),
    Column("fencing", Integer, nullable=False, default=0),
    Index(None, "workflow_id", "created_at"),
    Index(None, "outcome"),
)

execution_runs = Table(
    "execution_runs",
    metadata,
    Column("run_id", String(64), primary_key=True),
    Column("execution_id", String(64), ForeignKey("executions.id"), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
)

journal = Table(
    "journal",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("execution_id", String(64), ForeignKey("executions.id"), nullable=False),
    Column("step_id", String(120), nullable=False),
    Column("item", String(120), nullable=False, default=""),
    Column("scope", String(200), nullable=False, default=""),
    Column("attempt", Integer, nullable=False),
    Column("status", String(20), nullable=False),
    Column("config", JsonText),
    Column("output", JsonText),
    Column("output_object", String(100)),
    Column("details", JsonText),
    Column("error", JsonText),
    Column("cost", DecimalText),
    Column("tokens_in", Integer),
    Column("tokens_out", Integer),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("run_id", String(64), nullable=False),
    Column("fencing", Integer, nullable=False),
    Column("superseded", Boolean, nullable=False, default=False),
    UniqueConstraint("execution_id", "step_id", "item", "scope", "attempt"),
)

waits = Table(
    "waits",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("execution_id", String(64), ForeignKey("executions.id"), nullable=False, index=True),
    Column("step_id", String(120), nullable=False),
    Column("item", String(120), nullable=False, default=""),
    Column("kind", String(20), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("answered_at", UtcDateTime, index=True),
    Column("consumed_at", UtcDateTime),
    Column("released_at", UtcDateTime),
)

approvals = Table(
    "approvals",
    metadata,
    Column("id", String(64), ForeignKey("waits.id"), primary_key=True),
    Column("message", Text, nullable=False),
    Column("shown", JsonText, nullable=False),
    Column("approvers", JsonText, nullable=False),
    Column("allow_requester", Boolean, nullable=False),
    Column("requested_by", String(200), nullable=False),
    Column("digest", String(80), nullable=False),
    Column("decision", String(20)),
    Column("decided_by", String(200)),
    Column("via", String(20)),
    Column("comment", Text),
    Column("decided_at", UtcDateTime),
)

intents = Table(
    "intents",
    metadata,
    Column("key", String(400), primary_key=True),
    Column("execution_id", String(64), ForeignKey("executions.id"), nullable=False, index=True),
    Column("step_id", String(120), nullable=False),
    Column("item", String(120), nullable=False, default=""),
    Column("begun_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("outcome", String(20)),
    Column("run_id", String(64), nullable=False),
)
