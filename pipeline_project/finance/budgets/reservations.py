"""Money held for somebody before it is spent, so that two who ask at once cannot both take the last of it.

A holder (for an invoice: seller and number) holds money once per category: asking again replaces what it
held. Held money is released on reject, fork and cancel, and becomes spent when the invoice is posted. Every
function takes a connection in a write transaction. Refuses to let money that is only expected back make room
for others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, or_, select, update

from pipeline_project import clock
from pipeline_project.finance.budgets.limits import (
    APPROVAL_PERCENT,
    WARN_PERCENT,
    Limit,
    Limits,
    Period,
    Use,
    Verdict,
    bounds,
    category_key,
    label,
    tightest,
)
from pipeline_project.persistence.locks import one_writer
from pipeline_project.persistence.tables.finance import budget_reservations as table

State = Literal["held", "released", "spent"]
Policy = Literal["ask", "reject", "approve"]

_UNLIMITED: dict[Policy, Verdict] = {"ask": "needs_approval", "reject": "rejected", "approve": "approved"}


@dataclass(frozen=True, slots=True)
class Request:
    """Money asked for: `amount` below zero gives money back; `day` picks the period."""

    holder: str
    category: str
    amount: Decimal
    currency: str
    day: date


@dataclass(frozen=True, slots=True)
class Reservation:
    """Money held, released or spent."""

    id: str
    category: str
    amount: Decimal
    currency: str
    state: State


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to a request; `use` is what decided, None where no limit is set."""

    decision: Verdict
    reason: str
    use: Use | None
    reservation_id: str | None

    @property
    def used(self) -> Decimal | None:
        """Committed and spent of the limit, as recorded after this call."""
        if self.use is None:
            return None
        return self.use.after if self.reservation_id else self.use.before


def reserve(
    connection: Connection,
    request: Request,
    *,
    limits: Limits,
    execution_id: str,
    period: Period | None = None,
    policy: Policy = "ask",
    origin: str = "",
) -> Outcome:
    """Judge a request against the limits of its category and hold the money unless it is rejected.

    What the holder held in the category, or from the same `origin` (a step) in another, is replaced. `period`
    picks one limit; without it every limit of the category must allow it. `policy` decides where no limit is
    set. Raises InvalidInput for a currency without a rate.
    """
    one_writer(connection, table)
    replaced = table.c.category == category_key(request.category)
    if origin:
        replaced = or_(replaced, table.c.origin == origin)
    connection.execute(delete(table).where(table.c.holder == request.holder, replaced, table.c.state != "spent"))
    uses = [_use(connection, limit, request, limits) for limit in limits.of(request.category, period)]
    use = tightest(uses) if uses else None
    decision = use.verdict if use else _UNLIMITED[policy]
    reason = _reason(request, use) if use else _unlimited(request, limits, policy, period)
    if decision == "rejected":
        return Outcome(decision, reason, use, None)
    row = _row(request, use, execution_id, origin)
    connection.execute(insert(table).values(row))
    return Outcome(decision, reason, use, row["id"])


def release(connection: Connection, holder: str, *, execution_id: str) -> tuple[Reservation, ...]:
    """Give back what `holder` holds through this execution; what another one holds for it stays."""
    return _move(connection, "released", table.c.holder == holder, table.c.execution_id == execution_id)


def release_execution(connection: Connection, execution_id: str) -> tuple[Reservation, ...]:
    """Give back everything an execution holds: it was cancelled, forked or rejected."""
    return _move(connection, "released", table.c.execution_id == execution_id)


def settle(connection: Connection, holder: str) -> tuple[Reservation, ...]:
    """Turn what `holder` holds into money spent.

    Where nothing is held any more, what was released last counts as spent: the money has left all the same.
    """
    return _move(connection, "spent", table.c.holder == holder) or _move(
        connection, "spent", table.c.holder == holder, before="released"
    )


def _move(
    connection: Connection, to: State, *conditions: ColumnElement[bool], before: State = "held"
) -> tuple[Reservation, ...]:
    one_writer(connection, table)
    rows = connection.execute(select(table).where(*conditions, table.c.state == before)).all()
    chosen = [row.id for row in rows]
    connection.execute(update(table).where(table.c.id.in_(chosen)).values(state=to, changed_at=clock.now()))
    return tuple(Reservation(row.id, row.category, row.amount, row.currency, to) for row in rows)


def _use(connection: Connection, limit: Limit, request: Request, limits: Limits) -> Use:
    first, last = bounds(limit.period, request.day)
    rows = connection.execute(
        select(table).where(
            table.c.category == category_key(request.category),
            table.c.state != "released",
            table.c.booked_on.between(first.isoformat(), last.isoformat()),
        )
    ).all()
    counted = [(row.state, _counted(row, limit.currency, limits)) for row in rows]
    return Use(
        limit=limit,
        day=request.day,
        committed=_sum([max(amount, Decimal(0)) for state, amount in counted if state == "held"]),
        spent=_sum([amount for state, amount in counted if state == "spent"]),
        added=limits.convert(request.amount, request.currency, limit.currency),
    )


def _counted(row: Row[Any], currency: str, limits: Limits) -> Decimal:
    # the rate of the day it was reserved stays, or yesterday's spending would move with today's rates
    if row.counted_currency == currency:
        return row.counted
    return limits.convert(row.amount, row.currency, currency)


def _sum(amounts: Sequence[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def _row(request: Request, use: Use | None, execution_id: str, origin: str) -> dict[str, Any]:
    now = clock.now()
    return {
        "id": clock.new_id(),
        "holder": request.holder,
        "category": category_key(request.category),
        "execution_id": execution_id,
        "origin": origin,
        "booked_on": request.day.isoformat(),
        "amount": request.amount,
        "currency": request.currency,
        "counted": use.added if use else request.amount,
        "counted_currency": use.limit.currency if use else request.currency,
        "state": "held",
        "created_at": now,
        "changed_at": now,
    }


def _reason(request: Request, use: Use) -> str:
    asked = f"{request.amount} {request.currency} for {request.category}"
    percent = "" if use.percent is None else f" ({use.percent.normalize():f} %)"
    total = f"{use.after} of {use.limit.limit} {use.limit.currency}{percent}, {label(use.limit.period, use.day)}"
    if use.verdict == "rejected":
        return f"{asked} would bring it to {total}: that is above the limit."
    if use.verdict == "needs_approval":
        return f"{asked} brings it to {total}: from {APPROVAL_PERCENT} % on a person decides."
    if use.warns:
        return f"{asked} brings it to {total}: within the limit, but past the warning at {WARN_PERCENT} %."
    return f"{asked} brings it to {total}: within the limit."


def _unlimited(request: Request, limits: Limits, policy: Policy, period: Period | None) -> str:
    what = {"ask": "a person decides", "reject": "it is rejected", "approve": "it is approved"}[policy]
    known = sorted({limit.category for limit in limits.limits})
    others = f"; limits exist for {', '.join(known)}" if known else ""
    per = f" per {period}" if period not in (None, "total") else ""
    return f"No limit{per} is set for {request.category}, so by policy {what}{others}."
