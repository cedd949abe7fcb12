"""The ledger of posted invoices, the keys it is searched by, and the reservations against budgets.

What comes out of documents is Text: Postgres would refuse what is longer than a String, SQLite would not.
"""

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, Text, text

from pipeline_project.persistence.tables.base import DecimalText, JsonText, UtcDateTime, metadata

posted_invoices = Table(
    "posted_invoices",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("execution_id", String(64), nullable=False, index=True),
    Column("idempotency_key", String(400), nullable=False, unique=True),
    Column("holder", String(400), nullable=False),
    Column("digest", String(80), nullable=False, index=True),
    Column("number", Text, nullable=False),
    Column("seller_name", Text),
    Column("is_credit_note", Boolean, nullable=False),
    Column("issued_on", String(10)),
    Column("currency", String(3), nullable=False),
    Column("amount", DecimalText, nullable=False),
    Column("invoice", JsonText, nullable=False),
    Column("override", JsonText),
    Column("posted_at", UtcDateTime, nullable=False),
)

posted_invoice_keys = Table(
    "posted_invoice_keys",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("value", String(200), primary_key=True),
    Column("invoice_id", String(64), ForeignKey("posted_invoices.id"), primary_key=True, index=True),
)

budget_reservations = Table(
    "budget_reservations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("holder", String(400), nullable=False),
    Column("category", String(200), nullable=False),
    Column("execution_id", String(64), nullable=False, index=True),
    Column("origin", String(400), nullable=False),
    Column("booked_on", String(10), nullable=False),
    Column("amount", DecimalText, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("counted", DecimalText, nullable=False),
    Column("counted_currency", String(3), nullable=False),
    Column("state", String(20), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Index(None, "category", "booked_on"),
    # a holder may have spent in a category twice (an approved duplicate), but holds money there only once
    Index(
        "uq_budget_reservations_unsettled",
        "holder",
        "category",
        unique=True,
        sqlite_where=text("state != 'spent'"),
        postgresql_where=text("state != 'spent'"),
    ),
)
