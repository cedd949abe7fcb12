"""The breaker: opens after failures in a row, for every process, and lets one call through to see."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline_project import clock
from pipeline_project.errors import (
    AuthenticationFailed,
    BudgetExceeded,
    NotConfigured,
    Overloaded,
    RateLimited,
    ServiceUnavailable,
)
from pipeline_project.llm.breaker import Breaker
from pipeline_project.llm.budgets import Budgets
from pipeline_project.llm.requests import Caller
from pipeline_project.persistence import engine
from pipeline_project_tests.llm.clients import OVERLOADED, ask, configure, of
from pipeline_project_tests.servers.anthropic import AnthropicServer
from pipeline_project_tests.servers.openai import OpenAiServer
from pipeline_project_tests.servers.upstream import Fault

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
BREAKER = Breaker(failures=3, seconds=30)


def leave(error, at=AT):
    with engine.default().write() as connection:
        BREAKER.leave(connection, "p/m", at, error)


def enter(at=AT):
    with engine.default().write() as connection:
        BREAKER.enter(connection, "p/m", at)


@pytest.mark.parametrize("error", [RateLimited("no"), AuthenticationFailed("no")])
def test_only_outages_count(data_dir, error):
    for _ in range(5):
        leave(error)
    enter()


def test_it_opens_lets_one_through_and_closes_on_success(data_dir):
    for _ in range(2):
        leave(Overloaded("no"))
    enter()
    leave(ServiceUnavailable("no"))
    with pytest.raises(ServiceUnavailable, match="left alone") as caught:
        enter(AT + timedelta(seconds=10))
    assert caught.value.retry_after == 20
    later = AT + timedelta(seconds=31)
    enter(later)
    with pytest.raises(ServiceUnavailable):
        enter(later)  # only who came first tries
    leave(None, later)
    enter(later)


def test_a_success_forgets_the_failures_before_it(data_dir):
    for error in (Overloaded("no"), Overloaded("no"), None, Overloaded("no"), Overloaded("no")):
        leave(error)
    enter()


def test_a_failed_trial_opens_it_again(data_dir):
    for _ in range(3):
        leave(Overloaded("no"))
    later = AT + timedelta(seconds=31)
    enter(later)
    leave(Overloaded("no"), later)
    with pytest.raises(ServiceUnavailable):
        enter(later + timedelta(seconds=29))


def test_what_one_process_saw_keeps_another_from_asking(data_dir):
    code = "from pipeline_project_tests.llm.test_breaker import leave; from pipeline_project.errors import Overloaded; "
    code += "[leave(Overloaded('no')) for _ in range(3)]"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    subprocess.run([sys.executable, "-c", code], check=True, timeout=200, env=environment)
    with pytest.raises(ServiceUnavailable):
        enter()


def test_an_open_breaker_sends_nothing_and_the_fallback_answers(data_dir, monkeypatch):
    with AnthropicServer() as anthropic, OpenAiServer() as openai:
        monkeypatch.setenv("PIPELINE_LLM_BREAKER_FAILURES", "2")
        configure(monkeypatch, data_dir, anthropic=anthropic, openai=openai)
        anthropic.queue.extend(Fault(529, OVERLOADED) for _ in range(2))
        for _ in range(3):
            assert ask(of()).provider == "openai"
        assert len(anthropic.requests) == 2
        with pytest.raises(ServiceUnavailable, match="left alone"):
            ask(of(fallback=False))


def opened_a_minute_ago(seconds=60):
    """The breaker of the stand-in's model, open until a while ago: the next call is its trial."""
    with engine.default().write() as connection:
        for _ in range(5):
            before = clock.now() - timedelta(seconds=seconds)
            Breaker(failures=5, seconds=30).leave(connection, "anthropic/claude-opus-5-5", before, Overloaded("no"))


def test_who_has_no_key_or_no_budget_does_not_use_up_the_trial(data_dir, monkeypatch):
    with AnthropicServer() as server:
        configure(monkeypatch, data_dir, anthropic=server)
        Budgets(engine.default()).set("user", "ann", "day", limit=Decimal(0), by="a")
        opened_a_minute_ago()
        with pytest.raises(BudgetExceeded):
            ask(of(caller=Caller(user="ann"), fallback=False))
        with monkeypatch.context() as without:
            without.delenv("PIPELINE_SECRET_ANTHROPIC_API_KEY")
            with pytest.raises(NotConfigured):
                ask(of(fallback=False))
        assert ask(of(fallback=False)).text
        assert len(server.requests) == 1


def test_an_answer_of_the_cache_says_nothing_about_the_service_and_needs_none(data_dir, monkeypatch):
    with AnthropicServer() as server:
        configure(monkeypatch, data_dir, anthropic=server)
        request = of(temperature=0, cache="on", fallback=False, caller=Caller(user="ann"))
        ask(request)
        opened_a_minute_ago(seconds=0)
        Budgets(engine.default()).set("user", "ann", "day", limit=Decimal(0), by="a")
        assert ask(request).cached
        with pytest.raises(ServiceUnavailable, match="left alone"):
            ask(of("Another", fallback=False))
