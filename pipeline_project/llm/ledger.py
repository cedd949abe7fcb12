"""What stands around one call upstream: breaker, key and budgets before it; settlement and the record after it.

Synchronous, one short transaction each, for a thread of its own. Refuses to let a call go out that a budget, a breaker
or a missing key forbids; a call that was not sent leaves no record.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Protocol

from pydantic import SecretStr

from pipeline_project import clock
from pipeline_project.errors import PipelineError
from pipeline_project.llm import budgets, records
from pipeline_project.llm.breaker import Breaker
from pipeline_project.llm.keys import KeyStore
from pipeline_project.llm.requests import Request
from pipeline_project.llm.responses import Usage
from pipeline_project.llm.routing import Candidate
from pipeline_project.llm.terms import Terms, charged, terms_asked
from pipeline_project.persistence.engine import Database
from pipeline_project.settings import Settings

# a reservation outlives the longest call by this, for the booking itself
_MARGIN_SECONDS: Final = 60


class Prices(Protocol):
    """What a call costs, in US dollars; None is unknown, which is not zero."""

    def price(self, usage: Usage, model: str, provider: str) -> Decimal | None:
        """Of a call that was made."""
        ...

    def estimate(self, body: Mapping[str, Any], model: str, provider: str) -> Decimal | None:
        """The most that a call may cost."""
        ...


@dataclass(frozen=True)
class Asked:
    """A call somebody wants to make. `number`: which attempt of the request it is; `seconds`: how long it may last.

    `cached`: an answer is at hand, so that nothing goes out: no breaker and no budget stands in its way.
    """

    request: Request
    asked: str
    candidate: Candidate
    body: Mapping[str, Any] = field(repr=False)
    number: int
    streamed: bool
    seconds: float
    cached: bool = False


@dataclass(frozen=True)
class Opened:
    """A call that may be made now. `held`: the most it may cost, where a budget holds that."""

    id: str
    at: datetime
    call: Asked
    api_key: SecretStr | None = field(repr=False)
    key_id: str
    held: Decimal | None = None

    @property
    def subjects(self) -> dict[str, str]:
        """Whom it is booked on."""
        return budgets.subjects_of(self.call.request.caller, self.key_id)


@dataclass(frozen=True)
class Ending:
    """How a call ended; `outcome`: success, cancelled, or the error's code. `sent`: whether it went out at all.

    `terms`: those of the answer; None where none came, and those that were asked for count.
    """

    outcome: str
    latency_seconds: float
    usage: Usage | None = None
    terms: Terms | None = None
    first_token_seconds: float | None = None
    error: PipelineError | None = None
    note: str | None = None
    sent: bool = True
    cached: bool = False


class Ledger:
    """Books calls in one store."""

    def __init__(self, settings: Settings, database: Database, keys: KeyStore, prices: Prices) -> None:
        self._database = database
        self._keys = keys
        self._prices = prices
        self._breaker = Breaker(failures=settings.llm_breaker_failures, seconds=settings.llm_breaker_seconds)

    def open(self, call: Asked) -> Opened:
        """Let a call begin. Raises ServiceUnavailable (breaker), NotConfigured (key), BudgetExceeded."""
        candidate = call.candidate
        key = self._keys.get_for(call.request.caller, candidate.provider, given=call.request.api_key)
        opened = Opened(clock.new_id(), clock.now(), call, key.secret, key.id)
        if call.cached:
            return opened
        with self._database.read() as connection:
            shut = self._breaker.is_shut(connection, candidate.label)
            limited = bool(budgets.apply_to(connection, opened.subjects))
        if limited:
            most = self._prices.estimate(call.body, candidate.upstream, candidate.provider)
            held = charged(most, terms_asked(call.body), candidate.upstream, candidate.provider)
            opened = replace(opened, held=held)
        if limited or not shut:
            self._enter(opened, limited=limited)
        return opened

    def _enter(self, opened: Opened, *, limited: bool) -> None:
        """Pass the breaker and hold the estimate, or neither: who is refused must not use up the one trial."""
        expires = opened.at + timedelta(seconds=opened.call.seconds + _MARGIN_SECONDS)
        with self._database.write() as connection:
            self._breaker.enter(connection, opened.call.candidate.label, opened.at)
            if limited:
                budgets.reserve(
                    connection, opened.id, opened.subjects, estimate=opened.held, at=opened.at, expires=expires
                )

    def release(self, opened: Opened) -> None:
        """Take back a call that was let begin and of which nothing was sent."""
        with self._database.write() as connection:
            budgets.release(connection, opened.id)

    def close(self, opened: Opened, ending: Ending) -> Decimal | None:
        """Book what happened and return the cost, None when it is not known."""
        cost = self._cost(opened, ending)
        # a price that got lost on the way does not make a call free: what was held for it stays
        spent = opened.held if cost is None and ending.usage is not None else cost
        with self._database.write() as connection:
            if ending.sent:
                if not ending.cached:
                    self._breaker.leave(connection, opened.call.candidate.label, clock.now(), ending.error)
                records.add(connection, self._record(opened, ending, cost))
            budgets.settle(connection, opened.id, opened.subjects, cost=spent or Decimal(0), at=opened.at)
        return cost

    def _cost(self, opened: Opened, ending: Ending) -> Decimal | None:
        if ending.cached:
            return Decimal(0)
        if ending.usage is None:
            return None
        candidate = opened.call.candidate
        # of a call that was left, what was asked for holds, but for searches that nobody counted
        terms = ending.terms or replace(terms_asked(opened.call.body), searches=0)
        tokens = self._prices.price(ending.usage, candidate.upstream, candidate.provider)
        return charged(tokens, terms, candidate.upstream, candidate.provider)

    def _record(self, opened: Opened, ending: Ending, cost: Decimal | None) -> records.Record:
        call = opened.call
        return records.Record(
            id=opened.id,
            at=opened.at,
            asked=call.asked,
            provider=call.candidate.provider,
            model=call.candidate.upstream,
            outcome=ending.outcome,
            usage=ending.usage,
            cost=cost,
            latency_seconds=ending.latency_seconds,
            caller=call.request.caller,
            first_token_seconds=ending.first_token_seconds,
            error="; ".join(filter(None, [ending.error.message if ending.error else None, ending.note])) or None,
            streamed=call.streamed,
            cached=ending.cached,
            attempt=call.number,
            key_id=opened.key_id,
        )
