"""Mail, Slack and the outbox: one small client each, the same for Dagster, the command line and the API."""
