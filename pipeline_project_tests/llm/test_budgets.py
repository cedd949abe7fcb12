"""Budgets: what a call falls under, that many at once cannot overspend, and that nothing spent is forgotten."""

import asyncio
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from pipeline_project import clock
from pipeline_project.errors import BudgetExceeded, InvalidInput, NotFound, RequestRejected
from pipeline_project.llm import budgets
from pipeline_project.llm.budgets import Budgets
from pipeline_project.llm.client import Client
from pipeline_project.llm.requests import Caller
from pipeline_project.persistence import engine
from pipeline_project_tests.llm.clients import ask, configure, of, records
from pipeline_project_tests.servers.anthropic import AnthropicServer
from pipeline_project_tests.servers.upstream import Fault, Tokens, Turn

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANN = {"user": "ann"}


@pytest.fixture
def limits(data_dir):
    return Budgets(engine.default())


def reserve(call_id, subjects=ANN, *, estimate="1", at=AT, seconds=600):
    amount = None if estimate is None else Decimal(estimate)
    with engine.default().write() as connection:
        return budgets.reserve(
            connection, call_id, subjects, estimate=amount, at=at, expires=at + timedelta(seconds=seconds)
        )


def settle(call_id, cost, subjects=ANN, at=AT):
    with engine.default().write() as connection:
        budgets.settle(connection, call_id, subjects, cost=Decimal(cost), at=at)


def test_what_is_held_counts_until_its_true_cost_takes_its_place(limits):
    limits.set("user", "ann", "day", limit=Decimal(2), by="a")
    reserve("1", estimate="1.5")
    with pytest.raises(BudgetExceeded, match=r"user ann per day.*\$0 of \$2 are spent, \$1.5 held.*nothing was sent"):
        reserve("2", estimate="1")
    settle("1", "0.25")
    reserve("2", estimate="1")
    [use] = limits.uses(AT)
    assert (use.spent, use.held) == (Decimal("0.25"), Decimal(1))


def test_no_budget_no_rows(limits):
    assert reserve("1") is False


def test_every_budget_must_agree_or_nothing_is_held(limits):
    limits.set("user", "ann", "day", limit=Decimal(9), by="a")
    limits.set("workflow", "w", "month", limit=Decimal(1), by="a")
    with pytest.raises(BudgetExceeded, match="workflow w per month"):
        reserve("1", {"user": "ann", "workflow": "w"}, estimate="2")
    assert [use.held for use in limits.uses(AT)] == [0, 0]


def test_a_star_is_each_on_its_own_and_gives_way_to_a_budget_of_one(limits):
    limits.set("user", "*", "day", limit=Decimal(1), by="a")
    limits.set("user", "ann", "day", limit=Decimal(3), by="a")
    reserve("1", {"user": "bob"})
    with pytest.raises(BudgetExceeded, match="bob"):
        reserve("2", {"user": "bob"})
    reserve("3", {"user": "cy"})
    reserve("4", {"user": "ann"}, estimate="3")


def test_the_next_period_begins_anew(limits):
    limits.set("user", "ann", "day", limit=Decimal(1), by="a")
    reserve("1")
    settle("1", "1")
    with pytest.raises(BudgetExceeded):
        reserve("2")
    reserve("2", at=AT + timedelta(days=1))
    limits.set("user", "ann", "month", limit=Decimal(5), by="a")
    assert budgets.began_on("month", AT) == "2026-11-01"


def test_a_reservation_whose_process_died_expires(limits):
    limits.set("user", "ann", "day", limit=Decimal(1), by="a")
    reserve("1", seconds=60)
    with pytest.raises(BudgetExceeded):
        reserve("2", at=AT + timedelta(seconds=59))
    reserve("2", at=AT + timedelta(seconds=61))


def test_a_cost_that_cannot_be_known_is_refused_where_a_budget_applies(limits):
    limits.set("user", "ann", "day", limit=Decimal(1), by="a")
    with pytest.raises(BudgetExceeded, match="PIPELINE_LLM_MODELS_FILE"):
        reserve("1", estimate=None)
    reserve("1", {"user": "bob"}, estimate=None)


@pytest.mark.parametrize(
    ("scope", "period", "limit"), [("planet", "day", "1"), ("user", "year", "1"), ("user", "day", "-1")]
)
def test_what_is_no_budget_is_refused(limits, scope, period, limit):
    with pytest.raises(InvalidInput):
        limits.set(scope, "ann", period, limit=Decimal(limit), by="a")


def test_a_budget_is_replaced_and_removed(limits):
    limits.set("user", "ann", "day", limit=Decimal(1), by="a")
    changed = limits.set("user", "ann", "day", limit=Decimal(2), by="a")
    assert [budget.limit for budget in limits.every()] == [2]
    limits.remove(changed.id[:8])
    assert limits.every() == []
    with pytest.raises(NotFound):
        limits.remove(changed.id)


def granted(number):
    try:
        return reserve(str(number), estimate="0.3")
    except BudgetExceeded:
        return False


def test_fifty_threads_and_two_processes_hold_no_more_than_there_is(limits):
    limits.set("user", "ann", "day", limit=Decimal("3"), by="a")
    code = (
        "from pipeline_project_tests.llm.test_budgets import granted; "
        "print(sum(granted(f'{__import__(\"os\").getpid()}-{n}') for n in range(25)))"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": root()})
        for _ in range(2)
    ]
    with ThreadPoolExecutor(12) as pool:
        mine = sum(pool.map(granted, range(50)))
    theirs = [int(process.communicate(timeout=200)[0].split()[-1]) for process in started]
    assert mine + sum(theirs) == 10
    assert limits.uses(AT)[0].held == 3


def root():
    return str(__import__("pathlib").Path(__file__).parents[2])


def test_fifty_calls_at_once_never_spend_more_than_the_limit(data_dir, monkeypatch):
    with AnthropicServer() as server:
        current = configure(monkeypatch, data_dir, anthropic=server)
        # 1000 tokens out are $0.025; a call holds that and a little for its input
        server.queue.extend(Turn(text="x", tokens=Tokens(input=10, output=900)) for _ in range(60))
        Budgets(engine.default()).set("user", "ann", "day", limit=Decimal("0.10"), by="a")

        async def go():
            async with Client(current, engine.default(), caller=Caller(user="ann")) as client:
                calls = [client.complete(of(max_tokens=1000)) for _ in range(50)]
                return await asyncio.gather(*calls, return_exceptions=True)

        answers = asyncio.run(go())
    refused = [answer for answer in answers if isinstance(answer, BudgetExceeded)]
    spent = sum(row.cost for row in records())
    assert 0 < spent <= Decimal("0.10")
    assert len(refused) + len(records()) == 50
    assert len(server.requests) == len(records())
    [use] = Budgets(engine.default()).uses(clock.now())
    assert (use.spent, use.held) == (spent, 0)


def test_what_was_spent_before_a_budget_was_set_counts(data_dir, monkeypatch):
    with AnthropicServer() as server:
        configure(monkeypatch, data_dir, anthropic=server)
        server.queue.append(Turn(text="x", tokens=Tokens(input=0, output=4000)))
        ask(of(caller=Caller(user="ann")))
        Budgets(engine.default()).set("user", "ann", "day", limit=Decimal("0.10"), by="a")
        with pytest.raises(BudgetExceeded, match=r"\$0.1 of \$0.1 are spent"):
            ask(of(caller=Caller(user="ann")))


def test_a_failed_call_gives_back_what_it_held(data_dir, monkeypatch):
    with AnthropicServer() as server:
        configure(monkeypatch, data_dir, anthropic=server)
        Budgets(engine.default()).set("user", "ann", "day", limit=Decimal(1), by="a")
        server.queue.append(Fault(400, {"type": "error", "error": {"type": "invalid_request_error", "message": "no"}}))
        with pytest.raises(RequestRejected):
            ask(of(caller=Caller(user="ann")))
    [use] = Budgets(engine.default()).uses(clock.now())
    assert (use.spent, use.held) == (0, 0)


class Slow:
    """Prices that take until they are told to go on."""

    def __init__(self):
        self.asked, self.go_on = threading.Event(), threading.Event()

    def estimate(self, body, model, provider):
        self.asked.set()
        self.go_on.wait(60)
        return Decimal("0.5")

    def price(self, usage, model, provider):
        return Decimal(0)


@pytest.mark.parametrize("cancellations", [1, 2])
def test_a_call_that_is_cancelled_while_its_budget_is_held_gives_it_back(data_dir, monkeypatch, cancellations):
    with AnthropicServer() as server:
        current = configure(monkeypatch, data_dir, anthropic=server)
        Budgets(engine.default()).set("user", "ann", "day", limit=Decimal(1), by="a")
        prices = Slow()

        async def go():
            async with Client(current, engine.default(), caller=Caller(user="ann"), prices=prices) as client:
                call = asyncio.create_task(client.complete(of()))
                await asyncio.to_thread(prices.asked.wait, 60)
                call.cancel()
                await asyncio.sleep(0)  # it hears of the first, and waits for the booking
                if cancellations > 1:
                    call.cancel()
                prices.go_on.set()
                with pytest.raises(asyncio.CancelledError):
                    await call
                rest = asyncio.all_tasks() - {asyncio.current_task()}
                await asyncio.gather(*rest)

        asyncio.run(go())
        assert server.requests == []
    [use] = Budgets(engine.default()).uses(clock.now())
    assert (use.spent, use.held) == (0, 0)
    assert records() == []


def test_a_limit_beyond_all_money_is_none(limits):
    with pytest.raises(InvalidInput, match="is no limit"):
        limits.set("user", "ann", "day", limit=Decimal("1e99999"), by="a")
