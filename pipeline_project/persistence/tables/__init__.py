"""The tables, one file per capability. Migrations in `persistence.migrations` must say the same; a test compares."""

from pipeline_project.persistence.tables.agents import agent_entries, agent_runs
from pipeline_project.persistence.tables.base import metadata
from pipeline_project.persistence.tables.batches import batch_items
from pipeline_project.persistence.tables.drafts import workflow_drafts
from pipeline_project.persistence.tables.executions import (
    approvals,
    execution_runs,
    executions,
    intents,
    journal,
    waits,
    workflow_versions,
)
from pipeline_project.persistence.tables.finance import budget_reservations, posted_invoice_keys, posted_invoices
from pipeline_project.persistence.tables.governance import permission_requests
from pipeline_project.persistence.tables.llm import (
    llm_breakers,
    llm_budgets,
    llm_cache,
    llm_calls,
    llm_keys,
    llm_spending,
)
from pipeline_project.persistence.tables.tasks import tasks
from pipeline_project.persistence.tables.tools import tool_sessions

__all__ = [
    "agent_entries",
    "agent_runs",
    "approvals",
    "batch_items",
    "budget_reservations",
    "execution_runs",
    "executions",
    "intents",
    "journal",
    "llm_breakers",
    "llm_budgets",
    "llm_cache",
    "llm_calls",
    "llm_keys",
    "llm_spending",
    "metadata",
    "permission_requests",
    "posted_invoice_keys",
    "posted_invoices",
    "tasks",
    "tool_sessions",
    "waits",
    "workflow_drafts",
    "workflow_versions",
]
