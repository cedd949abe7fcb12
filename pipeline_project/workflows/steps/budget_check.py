"""budget_check: asks whether money may be spent, and holds it until it is spent or given back."""

import asyncio
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field, model_validator

from pipeline_project import clock
from pipeline_project.finance.budgets import (
    Limits,
    Outcome,
    Period,
    Policy,
    Request,
    Reservation,
    release,
    release_execution,
    reserve,
)
from pipeline_project.finance.budgets.files import read_limits
from pipeline_project.finance.budgets.limits import Category, Currency, Money, Rates, Table, label
from pipeline_project.workflows.steps.base import BaseStepExecutor, StepConfig, StepContext, StepResult


class Config(StepConfig):
    """What is asked for, by whom, and the limits it is held against."""

    action: Literal["reserve", "release"] = Field(
        "reserve", description="Ask for money and hold it, or give back what is held"
    )
    category: Category | None = Field(None, description="What the money is for; required to reserve")
    amount: Money | None = Field(
        None, description="How much, required to reserve; below zero for money that comes back"
    )
    currency: Currency | None = Field(None, description="ISO 4217 code of the amount; required to reserve")
    period: Period | None = Field(
        None,
        description="Which limit to ask: month, quarter, year or total; none: every limit of the category",
    )
    on: date | None = Field(None, alias="date", description="The day that picks the period; none: today (UTC)")
    limits: Table = Field(default=(), description="The limits: category, period, limit, currency")
    rates: Rates = Field(
        default={}, description="What a unit of each currency is worth, all in one: {EUR: 1, USD: 0.92}"
    )
    limits_file: str | None = Field(
        None, description="A YAML file of `limits` and `rates` instead; relative to the working directory"
    )
    policy_without_limit: Policy = Field(
        "ask", description="What follows where no limit is set: ask a person, reject or approve"
    )
    holder: str = Field(
        "",
        max_length=400,
        description="Who holds the money, such as an invoice's `holder`; asking again replaces that; "
        "none: this step of this execution (to release: all that the execution holds)",
    )

    @model_validator(mode="after")
    def _complete(self) -> "Config":
        if self.limits_file is not None and (self.limits or self.rates):
            raise ValueError("give limits and rates, or limits_file, not both")
        asked = {"category": self.category, "amount": self.amount, "currency": self.currency}
        if self.action == "reserve" and (missing := [name for name, value in asked.items() if value is None]):
            raise ValueError(f"{', '.join(missing)}: required to reserve")
        return self


class Result(StepResult):
    """The decision and what is left; `used` and `remaining` are as recorded after this step."""

    decision: Literal["approved", "needs_approval", "rejected", "released"]
    reason: str = Field(description="One sentence for people")
    warning: bool = Field(description="Whether 80 % of the limit are reached")
    holder: str
    category: str | None = None
    amount: Decimal | None = Field(default=None, description="What was asked for, or given back")
    currency: str | None = None
    period: str | None = Field(default=None, description="Such as 2025-03, 2025-Q1 or 2025")
    limit: Decimal | None = Field(default=None, description="The limit that decided; null where none is set")
    limit_currency: str | None = Field(
        default=None, description="Currency of limit, committed, spent, used and remaining"
    )
    committed: Decimal | None = Field(default=None, description="Held by others")
    spent: Decimal | None = Field(default=None, description="Spent already")
    used: Decimal | None = Field(default=None, description="Committed and spent, with this amount unless rejected")
    remaining: Decimal | None = Field(default=None, description="The limit less what is used")
    percent: Decimal | None = Field(default=None, description="Use of the limit with this amount")
    reservation_id: str | None = None


class BudgetCheck(BaseStepExecutor[Config, Result]):
    """Reserves or releases; the same holder asking again replaces, so that a re-run never counts twice."""

    config = Config
    result = Result

    async def execute(self, config: Config, context: StepContext) -> Result:
        """The decision. Raises InvalidInput for limits that do not fit or a currency without a rate."""
        if config.action == "release":
            return await asyncio.to_thread(_release, config, context)
        return await asyncio.to_thread(_reserve, config, context)

    @classmethod
    def summarize(cls, result: Mapping[str, Any]) -> str:
        """The reason is one sentence already."""
        return str(result["reason"])


def _reserve(config: Config, context: StepContext) -> Result:
    limits = Limits(limits=config.limits, rates=config.rates)
    if config.limits_file is not None:
        limits = read_limits(config.limits_file)
    assert config.category is not None
    assert config.amount is not None
    assert config.currency is not None
    request = Request(
        holder=config.holder or context.idempotency_key,
        category=config.category,
        amount=config.amount,
        currency=config.currency,
        day=config.on or clock.now().date(),
    )
    with context.database.write() as connection:
        outcome = reserve(
            connection,
            request,
            limits=limits,
            execution_id=context.execution_id,
            period=config.period,
            policy=config.policy_without_limit,
            origin=f"{context.workflow_id}/{context.step_id}/{context.item}",
        )
    return _result(request, outcome)


def _release(config: Config, context: StepContext) -> Result:
    with context.database.write() as connection:
        if config.holder:
            released = release(connection, config.holder, execution_id=context.execution_id)
        else:
            released = release_execution(connection, context.execution_id)
    only = released[0] if len(released) == 1 else None
    return Result(
        decision="released",
        reason=f"Given back: {', '.join(map(_words, released)) or 'nothing, as nothing was held'}.",
        warning=False,
        holder=config.holder,
        category=only.category if only else None,
        amount=only.amount if only else None,
        currency=only.currency if only else None,
        reservation_id=only.id if only else None,
    )


def _words(reservation: Reservation) -> str:
    return f"{reservation.amount} {reservation.currency} for {reservation.category}"


def _result(request: Request, outcome: Outcome) -> Result:
    use, used = outcome.use, outcome.used
    known: dict[str, Any] = {}
    if use is not None and used is not None:
        known = {
            "period": label(use.limit.period, use.day),
            "limit": use.limit.limit,
            "limit_currency": use.limit.currency,
            "committed": use.committed,
            "spent": use.spent,
            "used": used,
            "remaining": use.limit.limit - used,
            "percent": use.percent,
        }
    return Result(
        decision=outcome.decision,
        reason=outcome.reason,
        warning=use.warns if use else False,
        holder=request.holder,
        category=request.category,
        amount=request.amount,
        currency=request.currency,
        reservation_id=outcome.reservation_id,
        **known,
    )
