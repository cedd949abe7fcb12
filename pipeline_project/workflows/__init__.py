"""Workflows: what runs. Definition, check, plan, compiler, journal, readiness, steps and templates."""
