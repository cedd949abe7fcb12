"""Limits of money per key, user, workspace, workflow or agent and per day or month, held before a call is made.

A call holds the most it may cost on every budget that applies, in one write transaction, so that calls at once cannot
overspend together; afterwards its true cost takes that place. A model whose price is unknown is refused where a budget
applies, because nothing could be held. Refuses to count in floats, and to forget what was spent before a limit was set.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal, get_args

from sqlalchemy import Connection, Row, and_, delete, insert, or_, select, update

from pipeline_project import clock
from pipeline_project.errors import BudgetExceeded, InvalidInput, NotFound
from pipeline_project.llm.requests import Caller
from pipeline_project.persistence.engine import Database
from pipeline_project.persistence.locks import one_writer
from pipeline_project.persistence.tables import llm_budgets, llm_calls, llm_spending

Scope = Literal["key", "user", "workspace", "workflow", "agent"]
Period = Literal["day", "month"]
EACH: Final = "*"
_HIGHEST: Final = 1_000_000_000_000
# the column of llm_calls in which each scope's subject stands
_COLUMNS: Final[dict[str, str]] = {
    "key": "key_id",
    "user": "user",
    "workspace": "workspace",
    "workflow": "workflow_id",
    "agent": "agent",
}
_TOTAL: Final = ""  # the call_id of a row that sums up what is settled


@dataclass(frozen=True)
class Budget:
    """A limit in US dollars. `subject`: whose, or `*` for each subject on its own."""

    scope: Scope
    subject: str
    period: Period
    limit: Decimal
    id: str = ""
    created_by: str = ""

    def __str__(self) -> str:
        whose = f"each {self.scope}" if self.subject == EACH else f"{self.scope} {self.subject}"
        return f"{whose} per {self.period}"


@dataclass(frozen=True)
class Use:
    """A budget's state for one subject in the current period."""

    budget: Budget
    subject: str
    spent: Decimal
    held: Decimal


Subjects = Mapping[str, str]


def subjects_of(caller: Caller, key_id: str) -> dict[str, str]:
    """Whom a call is booked on, by scope; nobody in particular is left out."""
    named = {"key": key_id, "user": caller.user, "workspace": caller.workspace}
    named |= {"workflow": caller.workflow_id, "agent": caller.agent}
    return {scope: subject for scope, subject in named.items() if subject}


class Budgets:
    """The limits of one store. A budget of a subject takes the place of `*` for it. All money is US dollars."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set(self, scope: Scope, subject: str, period: Period, *, limit: Decimal, by: str) -> Budget:
        """Set or change a limit. Raises InvalidInput."""
        if scope not in get_args(Scope) or period not in get_args(Period) or not subject:
            scopes, periods = ", ".join(get_args(Scope)), " or ".join(get_args(Period))
            message = f"{scope} {subject!r} per {period} is no budget"
            raise InvalidInput(message, where="budget", remedy=f"Use {scopes}; a subject or *; {periods}.")
        if not limit.is_finite() or not 0 <= limit <= _HIGHEST:
            remedy = f"Use an amount of US dollars from 0 to {_HIGHEST}."
            raise InvalidInput(f"{limit} is no limit", where="budget", remedy=remedy)
        budget = Budget(scope, subject, period, limit, clock.new_id(), by)
        with self._database.write() as connection:
            same = and_(*(llm_budgets.c[name] == getattr(budget, name) for name in ("scope", "subject", "period")))
            connection.execute(delete(llm_budgets).where(same))
            _forget_totals(connection, scope, period)
            values = {
                name: getattr(budget, name) for name in ("id", "scope", "subject", "period", "limit", "created_by")
            }
            connection.execute(insert(llm_budgets).values(**values, created_at=clock.now()))
        return budget

    def remove(self, budget_id: str) -> Budget:
        """Lift a limit; the id may be shortened. Raises NotFound."""
        with self._database.write() as connection:
            found = select(llm_budgets).where(llm_budgets.c.id.startswith(budget_id, autoescape=True))
            rows = connection.execute(found).all() if budget_id else []
            if len(rows) != 1:
                remedy = "`llm budget list` shows the ids."
                raise NotFound(f"there is no one budget {budget_id!r}", where="budget", remedy=remedy)
            connection.execute(delete(llm_budgets).where(llm_budgets.c.id == rows[0].id))
            _forget_totals(connection, rows[0].scope, rows[0].period)
            return _budget(rows[0])

    def every(self) -> list[Budget]:
        """The limits."""
        with self._database.read() as connection:
            order = (llm_budgets.c.scope, llm_budgets.c.subject, llm_budgets.c.period)
            return [_budget(row) for row in connection.execute(select(llm_budgets).order_by(*order))]

    def uses(self, now: datetime) -> list[Use]:
        """Every limit with what is spent and held in its current period, a line per subject that `*` met."""
        budgets = self.every()
        with self._database.write() as connection:
            return [
                _use(connection, budget, subject, now) if subject != EACH else Use(budget, EACH, Decimal(0), Decimal(0))
                for budget in budgets
                for subject in _met(connection, budget, budgets, now)
            ]


def apply_to(connection: Connection, subjects: Subjects) -> list[tuple[Budget, str]]:
    """The budgets that a call falls under, each with its subject."""
    if not subjects:
        return []
    places = [
        and_(llm_budgets.c.scope == scope, llm_budgets.c.subject.in_((subject, EACH)))
        for scope, subject in subjects.items()
    ]
    found = [_budget(row) for row in connection.execute(select(llm_budgets).where(or_(*places)))]
    own = {(budget.scope, budget.period) for budget in found if budget.subject != EACH}
    chosen = (each for each in found if each.subject != EACH or (each.scope, each.period) not in own)
    return [(budget, subjects[budget.scope]) for budget in chosen]


def reserve(
    connection: Connection,
    call_id: str,
    subjects: Subjects,
    *,
    estimate: Decimal | None,
    at: datetime,
    expires: datetime,
) -> bool:
    """Hold `estimate` on every budget that applies, or on none; whether any applies.

    Takes a write transaction's connection. `at`: when the call begins, which picks the period; `expires`: when a
    reservation whose process died stops counting. Raises BudgetExceeded, also when the estimate is None: what is not
    known cannot be held.
    """
    one_writer(connection, llm_spending)
    applying = apply_to(connection, subjects)
    for budget, subject in applying:
        if estimate is None:
            raise BudgetExceeded(
                f"what the call may cost is not known, so it cannot be held against the budget of {budget}",
                where=f"budget {budget}",
                remedy="Add the model's prices to the table of PIPELINE_LLM_MODELS_FILE, choose a model whose price is "
                "known, or remove the budget.",
            )
        use = _use(connection, budget, subject, at)
        if use.spent + use.held + estimate > budget.limit:
            held = f", {_money(use.held)} held by calls under way" if use.held else ""
            raise BudgetExceeded(
                f"{_money(use.spent)} of {_money(budget.limit)} are spent{held}, and this call may cost "
                f"{_money(estimate)}; nothing was sent",
                where=f"budget {budget} ({subject})" if budget.subject == EACH else f"budget {budget}",
                remedy=f"Lower max_tokens, raise the limit (`llm budget set`), or wait for the next {budget.period}.",
            )
    for budget, subject in applying:
        _add(connection, budget, subject, call_id=call_id, amount=estimate or Decimal(0), at=at, expires=expires)
    return bool(applying)


def settle(connection: Connection, call_id: str, subjects: Subjects, *, cost: Decimal, at: datetime) -> None:
    """Put what a call cost in the place of what it held; one that held nothing, as no budget was set, counts too."""
    one_writer(connection, llm_spending)
    release(connection, call_id)
    if not cost:
        return
    for budget, subject in apply_to(connection, subjects):
        total = _total(connection, budget, subject, at)
        # no row: nobody has asked yet, and who does first sums up the records, this call's among them
        if total is not None:
            changed = update(llm_spending).where(llm_spending.c.id == total.id)
            connection.execute(changed.values(amount=total.amount + cost))


def release(connection: Connection, call_id: str) -> None:
    """Give back what a call holds."""
    connection.execute(delete(llm_spending).where(llm_spending.c.call_id == call_id, llm_spending.c.settled.is_(False)))


def began_on(period: str, at: datetime) -> str:
    """The first day of the period, in UTC."""
    return at.date().isoformat() if period == "day" else at.date().replace(day=1).isoformat()


def _use(connection: Connection, budget: Budget, subject: str, at: datetime) -> Use:
    expired = delete(llm_spending).where(llm_spending.c.settled.is_(False), llm_spending.c.expires_at <= at)
    connection.execute(expired)
    total = _total(connection, budget, subject, at)
    spent = _opened(connection, budget, subject, at) if total is None else total.amount
    rows = connection.execute(
        select(llm_spending.c.amount).where(_place(budget, subject, at), llm_spending.c.settled.is_(False))
    )
    return Use(budget, subject, spent, sum((row.amount for row in rows), Decimal(0)))


def _total(connection: Connection, budget: Budget, subject: str, at: datetime) -> Row[Any] | None:
    found = select(llm_spending).where(_place(budget, subject, at), llm_spending.c.settled.is_(True))
    return connection.execute(found).first()


def _opened(connection: Connection, budget: Budget, subject: str, at: datetime) -> Decimal:
    """The total of a period that no budget has looked at yet: the sum of the records."""
    first = datetime.fromisoformat(f"{began_on(budget.period, at)}T00:00:00+00:00")
    rows = connection.execute(
        select(llm_calls.c.cost).where(
            llm_calls.c[_COLUMNS[budget.scope]] == subject,
            llm_calls.c.at >= first,
            llm_calls.c.at < _next(budget.period, first),
            llm_calls.c.cost.is_not(None),
        )
    )
    spent = sum((row.cost for row in rows), Decimal(0))
    _add(connection, budget, subject, call_id=_TOTAL, amount=spent, at=at, expires=at)
    return spent


def _forget_totals(connection: Connection, scope: str, period: str) -> None:
    # while no budget stood, nobody kept them up; who asks next sums up the records
    same = and_(llm_spending.c.scope == scope, llm_spending.c.period == period)
    connection.execute(delete(llm_spending).where(same, llm_spending.c.settled.is_(True)))


def _add(
    connection: Connection,
    budget: Budget,
    subject: str,
    *,
    call_id: str,
    amount: Decimal,
    at: datetime,
    expires: datetime,
) -> None:
    connection.execute(
        insert(llm_spending).values(
            id=clock.new_id(),
            call_id=call_id,
            scope=budget.scope,
            subject=subject,
            period=budget.period,
            began_on=began_on(budget.period, at),
            amount=amount,
            settled=call_id == _TOTAL,
            expires_at=expires,
        )
    )


def _place(budget: Budget, subject: str, at: datetime) -> Any:
    columns = llm_spending.c
    return and_(
        columns.scope == budget.scope,
        columns.subject == subject,
        columns.period == budget.period,
        columns.began_on == began_on(budget.period, at),
    )


def _met(connection: Connection, budget: Budget, budgets: Iterable[Budget], at: datetime) -> list[str]:
    """The subjects to show for a budget."""
    if budget.subject != EACH:
        return [budget.subject]
    own = {each.subject for each in budgets if (each.scope, each.period) == (budget.scope, budget.period)}
    columns = llm_spending.c
    found = (
        select(columns.subject)
        .distinct()
        .where(
            columns.scope == budget.scope,
            columns.period == budget.period,
            columns.began_on == began_on(budget.period, at),
        )
    )
    return sorted({row.subject for row in connection.execute(found)} - own) or [EACH]


def _next(period: str, first: datetime) -> datetime:
    if period == "day":
        return first + timedelta(days=1)
    return (first + timedelta(days=32)).replace(day=1)


def _budget(row: Row[Any]) -> Budget:
    return Budget(row.scope, row.subject, row.period, row.limit, row.id, row.created_by)


def _money(amount: Decimal) -> str:
    return f"${amount.normalize():f}"
