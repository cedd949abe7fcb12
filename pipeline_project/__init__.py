"""Durable AI workflows on Dagster: every step an op, every workflow a job, every run resumable."""

__version__ = "0.1.0"
