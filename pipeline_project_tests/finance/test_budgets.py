"""Proves what a budget allows, asks and refuses, and that money held by one is never held by two."""

import subprocess
import sys
import threading
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline_project.errors import InvalidInput
from pipeline_project.finance.budgets import (
    Limit,
    Limits,
    Request,
    release,
    release_execution,
    reserve,
    settle,
)
from pipeline_project.finance.budgets.limits import bounds, label
from pipeline_project.persistence.engine import Database

DAY = date(2025, 3, 15)
TRAVEL = Limits(limits=(Limit(category="Travel", period="month", limit=Decimal(1000), currency="EUR"),))


@pytest.fixture
def database(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'pipeline.db'}")
    yield database
    database.dispose()


def ask(
    database, amount, holder="h", *, limits=TRAVEL, category="travel", currency="EUR", day=DAY, run="run", **options
):
    request = Request(holder=holder, category=category, amount=Decimal(amount), currency=currency, day=day)
    with database.write() as connection:
        return reserve(connection, request, limits=limits, execution_id=run, **options)


@pytest.mark.parametrize(
    ("amount", "decision", "warns"),
    [
        ("799.99", "approved", False),
        ("800", "approved", True),
        ("899.99", "approved", True),
        ("900", "needs_approval", True),
        ("1000", "needs_approval", True),
        ("1000.01", "rejected", True),
    ],
)
def test_eighty_percent_warns_ninety_asks_and_only_above_a_hundred_is_rejected(database, amount, decision, warns):
    outcome = ask(database, amount)
    assert (outcome.decision, outcome.use.warns) == (decision, warns)
    assert (outcome.reservation_id is None) == (decision == "rejected")


def test_what_others_hold_and_spent_counts(database):
    ask(database, "500", "a")
    ask(database, "400", "b")
    with database.write() as connection:
        settle(connection, "a")
    outcome = ask(database, "100.01", "c")
    assert (outcome.decision, outcome.use.committed, outcome.use.spent) == ("rejected", 400, 500)
    assert outcome.reason == (
        "100.01 EUR for travel would bring it to 1000.01 of 1000 EUR (100.01 %), 2025-03: that is above the limit."
    )
    assert ask(database, "100", "c").used == 1000


def test_asking_again_replaces_what_the_holder_held(database):
    for _ in range(10):
        outcome = ask(database, "600")
        assert (outcome.decision, outcome.used) == ("approved", 600)
    assert ask(database, "1500").decision == "rejected"
    assert ask(database, "1000", "other").decision == "needs_approval", "the rejected request holds nothing"


def test_the_same_step_asking_in_another_category_lets_go_of_the_first(database):
    office = Limit(category="office", period="month", limit=Decimal(1000), currency="EUR")
    both = Limits(limits=(*TRAVEL.limits, office))
    ask(database, "600", limits=both, origin="check")
    ask(database, "600", limits=both, category="office", origin="check")
    assert ask(database, "1", "other", limits=both).use.committed == 0
    assert ask(database, "1", "other", limits=both, category="Office ").use.committed == 600


def test_one_holder_may_hold_money_in_two_categories(database):
    ask(database, "600", origin="first")
    ask(database, "600", category="office", origin="second", policy="approve")
    assert ask(database, "1", "other").use.committed == 600


def test_released_money_can_be_held_by_others(database):
    ask(database, "1000", "a", run="a")
    assert ask(database, "1000", "b", run="b").decision == "rejected"
    with database.write() as connection:
        [released] = release(connection, "a", execution_id="a")
        assert release(connection, "a", execution_id="a") == ()
    assert (released.amount, released.state) == (1000, "released")
    assert ask(database, "1000", "b", run="b").decision == "needs_approval"


def test_an_execution_cannot_release_what_a_re_run_of_it_holds_by_now(database):
    ask(database, "1000", run="first")
    ask(database, "1000", run="second")
    with database.write() as connection:
        assert release(connection, "h", execution_id="first") == ()
        assert release_execution(connection, "first") == ()
        assert len(release_execution(connection, "second")) == 1
    assert ask(database, "1", "other").use.committed == 0


def test_a_cancelled_execution_gives_back_everything_it_holds_and_nothing_it_spent(database):
    ask(database, "100", "spent", run="run")
    with database.write() as connection:
        settle(connection, "spent")
    ask(database, "200", "held", run="run")
    with database.write() as connection:
        assert [each.amount for each in release_execution(connection, "run")] == [200]
    assert ask(database, "1", "other").used == 101


def test_money_that_left_counts_even_if_its_reservation_was_given_back(database):
    ask(database, "300", run="parent")
    with database.write() as connection:
        release_execution(connection, "parent")
        assert [each.state for each in settle(connection, "h")] == ["spent"]
        assert settle(connection, "h") == ()
    assert ask(database, "1", "other").use.spent == 300


def test_an_approved_duplicate_is_spent_twice(database):
    for _ in range(2):
        ask(database, "300")
        with database.write() as connection:
            settle(connection, "h")
    assert ask(database, "1", "other").use.spent == 600


@pytest.mark.parametrize(
    ("policy", "decision"), [("ask", "needs_approval"), ("reject", "rejected"), ("approve", "approved")]
)
def test_without_a_limit_the_policy_decides_and_says_so(database, policy, decision):
    outcome = ask(database, "5", category="traval", policy=policy)
    assert (outcome.decision, outcome.use) == (decision, None)
    assert outcome.reason.startswith("No limit is set for traval")
    assert "limits exist for Travel" in outcome.reason


def test_money_reserved_without_a_limit_counts_once_there_is_one(database):
    ask(database, "600", "a", limits=Limits())
    assert ask(database, "401", "b").decision == "rejected"


def test_every_limit_of_a_category_must_allow_it_and_the_tightest_decides(database):
    year = Limit(category="travel", period="year", limit=Decimal(1500), currency="EUR")
    limits = Limits(limits=(*TRAVEL.limits, year))
    for month in (1, 2):
        assert ask(database, "500", f"m{month}", limits=limits, day=date(2025, month, 1)).decision == "approved"
    outcome = ask(database, "501", "m3", limits=limits)
    assert (outcome.decision, outcome.use.limit.period) == ("rejected", "year")
    assert ask(database, "501", "m3", limits=limits, period="month").decision == "approved"
    assert ask(database, "1", "m4", limits=limits, period="quarter").use is None


def test_other_currencies_are_converted_by_the_table_and_keep_the_rate_of_their_day(database):
    then = TRAVEL.model_copy(update={"rates": {"EUR": Decimal(1), "USD": Decimal("0.5")}})
    now = TRAVEL.model_copy(update={"rates": {"EUR": Decimal(1), "USD": Decimal("0.9")}})
    assert ask(database, "999.99", "a", limits=then, currency="USD").used == Decimal("500.00")
    outcome = ask(database, "100", "b", limits=now, currency="USD")
    assert (outcome.use.committed, outcome.use.added) == (Decimal("500.00"), Decimal("90.00"))


def test_a_currency_without_a_rate_is_refused_not_taken_for_one_to_one(database):
    with pytest.raises(InvalidInput, match=r"no rate for JPY and EUR.*rates"):
        ask(database, "5", currency="JPY")


def test_money_to_be_given_back_makes_room_only_when_it_is_back(database):
    ask(database, "1000", "a")
    assert ask(database, "-300", "credit").decision == "approved"
    assert ask(database, "300", "b").decision == "rejected"
    with database.write() as connection:
        settle(connection, "credit")
    assert ask(database, "300", "b").decision == "needs_approval"


def test_a_limit_of_nothing_allows_nothing(database):
    closed = Limits(limits=(Limit(category="travel", period="total", limit=Decimal(0), currency="EUR"),))
    assert ask(database, "0.01", limits=closed).decision == "rejected"
    assert ask(database, "0", limits=closed).decision == "approved"


@pytest.mark.parametrize(
    ("period", "day", "first", "last", "name"),
    [
        ("month", date(2024, 2, 29), date(2024, 2, 1), date(2024, 2, 29), "2024-02"),
        ("month", date(2025, 12, 31), date(2025, 12, 1), date(2025, 12, 31), "2025-12"),
        ("quarter", date(2025, 12, 31), date(2025, 10, 1), date(2025, 12, 31), "2025-Q4"),
        ("quarter", date(2025, 4, 1), date(2025, 4, 1), date(2025, 6, 30), "2025-Q2"),
        ("year", date(9999, 5, 5), date(9999, 1, 1), date(9999, 12, 31), "9999"),
        ("total", date(2025, 4, 1), date.min, date.max, "in total"),
    ],
)
def test_periods_are_those_of_the_calendar(period, day, first, last, name):
    assert (bounds(period, day), label(period, day)) == ((first, last), name)


@given(st.dates(), st.sampled_from(["month", "quarter", "year", "total"]))
def test_every_day_lies_in_its_own_period_and_the_next_day_begins_another(day, period):
    first, last = bounds(period, day)
    assert first <= day <= last
    assert bounds(period, first) == bounds(period, last) == (first, last)


def test_two_limits_for_one_category_and_period_are_refused():
    twice = [{"category": name, "period": "month", "limit": 1, "currency": "eur"} for name in ("Travel", "travel ")]
    with pytest.raises(ValidationError, match="two limits per month"):
        Limits.model_validate({"limits": twice})


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.decimals("0.01", "900", places=2), st.booleans()), max_size=12))
def test_held_and_spent_never_exceed_the_limit_whatever_is_asked(tmp_path_factory, requests):
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('budget') / 'pipeline.db'}")
    try:
        for holder, amount, then_settle in requests:
            ask(database, str(amount), holder)
            if then_settle:
                with database.write() as connection:
                    settle(connection, holder)
        use = ask(database, "0", "last").use
        assert use.committed + use.spent <= 1000
    finally:
        database.dispose()


def test_of_many_threads_asking_at_once_only_as_many_get_money_as_there_is(database):
    decisions, go = [], threading.Barrier(8)

    def one(number):
        go.wait()
        decisions.append(ask(database, "250", f"h{number}", run=f"run{number}").decision)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(decisions) == ["approved"] * 3 + ["needs_approval"] + ["rejected"] * 4


_ASK = """
import sys
from datetime import date
from decimal import Decimal
from pipeline_project.finance.budgets import Limit, Limits, Request, reserve
from pipeline_project.persistence.engine import Database
limits = Limits(limits=(Limit(category="travel", period="month", limit=Decimal(1000), currency="EUR"),))
request = Request(holder=sys.argv[2], category="travel", amount=Decimal(600), currency="EUR", day=date(2025, 3, 15))
database = Database(sys.argv[1])
sys.stdin.readline()
with database.write() as connection:
    print(reserve(connection, request, limits=limits, execution_id=sys.argv[2]).decision)
"""


def test_of_several_processes_asking_at_once_one_gets_the_last_money(database):
    ask(database, "0", "opened")
    command = [sys.executable, "-c", _ASK, database.url]
    pipe = subprocess.PIPE
    asking = [subprocess.Popen([*command, f"p{n}"], stdin=pipe, stdout=pipe, text=True) for n in range(3)]
    for each in asking:
        each.stdin.write("go\n")
        each.stdin.flush()
    answers = [each.communicate(timeout=60)[0].strip() for each in asking]
    assert sorted(answers) == ["approved", "rejected", "rejected"]
