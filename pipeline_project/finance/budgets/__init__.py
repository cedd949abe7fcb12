"""Limits by category and period, and the money held and spent against them."""

from pipeline_project.finance.budgets.limits import Limit, Limits, Period
from pipeline_project.finance.budgets.reservations import (
    Outcome,
    Policy,
    Request,
    Reservation,
    release,
    release_execution,
    reserve,
    settle,
)

__all__ = [
    "Limit",
    "Limits",
    "Outcome",
    "Period",
    "Policy",
    "Request",
    "Reservation",
    "release",
    "release_execution",
    "reserve",
    "settle",
]
