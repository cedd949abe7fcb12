"""Models in use: keys (sealed), every call with its cost, budgets and what is reserved of them, breakers, the cache."""

from sqlalchemy import Boolean, Column, Float, Index, Integer, String, Table, Text

from pipeline_project.persistence.tables.base import DecimalText, JsonText, UtcDateTime, metadata

llm_keys = Table(
    "llm_keys",
    metadata,
    Column("id", String(64), primary_key=True),
    # '' stands for any: a key of a workspace's every user, or of every workspace
    Column("workspace", String(120), nullable=False),
    Column("user", String(200), nullable=False),
    Column("provider", String(60), nullable=False),
    Column("environment", String(60), nullable=False),
    Column("sealed", Text, nullable=False),
    Column("last4", String(4), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(200), nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("tested_at", UtcDateTime),
    Column("test_outcome", String(60)),
    Index("ix_llm_keys_place", "provider", "workspace", "user", "environment"),
)

llm_calls = Table(
    "llm_calls",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    # the model that was asked for, and what served it
    Column("asked", String(200), nullable=False),
    Column("provider", String(60), nullable=False),
    Column("model", String(200), nullable=False),
    # success, cancelled, or the code of an error
    Column("outcome", String(60), nullable=False),
    Column("error", Text),
    Column("input_tokens", Integer),
    Column("output_tokens", Integer),
    Column("cache_read_tokens", Integer),
    Column("cache_write_tokens", Integer),
    Column("reasoning_tokens", Integer),
    # US dollars; NULL is unknown, which is not zero
    Column("cost", DecimalText),
    Column("latency_seconds", Float, nullable=False),
    Column("first_token_seconds", Float),
    Column("streamed", Boolean, nullable=False),
    Column("cached", Boolean, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("execution_id", String(64), index=True),
    Column("step_id", String(120)),
    Column("run_id", String(64)),
    Column("workflow_id", String(120)),
    Column("agent", String(200)),
    Column("user", String(200)),
    Column("workspace", String(120)),
    Column("key_id", String(64)),
)

llm_budgets = Table(
    "llm_budgets",
    metadata,
    Column("id", String(64), primary_key=True),
    # key, user, workspace, workflow or agent; and which one, '*' being each of them on its own
    Column("scope", String(20), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("period", String(10), nullable=False),
    Column("limit", DecimalText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(200), nullable=False),
    Index("uq_llm_budgets_place", "scope", "subject", "period", unique=True),
)

llm_spending = Table(
    "llm_spending",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("call_id", String(64), nullable=False, index=True),
    Column("scope", String(20), nullable=False),
    Column("subject", String(200), nullable=False),
    # the first day of the period, in UTC: 2026-11-22 of a day, 2026-11-01 of a month
    Column("period", String(10), nullable=False),
    Column("began_on", String(10), nullable=False),
    # reserved until it is settled; a reservation whose process died stops counting at expires_at
    Column("amount", DecimalText, nullable=False),
    Column("settled", Boolean, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index("ix_llm_spending_place", "scope", "subject", "period", "began_on"),
)

llm_breakers = Table(
    "llm_breakers",
    metadata,
    Column("target", String(260), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("open_until", UtcDateTime),
    Column("changed_at", UtcDateTime, nullable=False),
)

llm_cache = Table(
    "llm_cache",
    metadata,
    Column("digest", String(80), primary_key=True),
    Column("answer", JsonText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)
