"""The tables, one file per capability. Migrations in `persistence.migrations` must say the same; a test compares."""

from pipeline_project.persistence.tables.base import metadata
from pipeline_project.persistence.tables.batches import batch_items
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
from pipeline_project.persistence.tables.tasks import tasks

__all__ = [
    "approvals",
    "batch_items",
    "budget_reservations",
    "execution_runs",
    "executions",
    "intents",
    "journal",
    "metadata",
    "posted_invoice_keys",
    "posted_invoices",
    "tasks",
    "waits",
    "workflow_versions",
]
