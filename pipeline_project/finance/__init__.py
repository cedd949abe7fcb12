"""Invoices, purchase orders, their checks, the ledger and the budgets. Money is Decimal, days are dates."""
