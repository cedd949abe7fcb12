"""The parts that decide under a lock, on PostgreSQL: budgets, keys, records and the agent journal."""

import socket
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import create_engine, make_url, select
from sqlalchemy.exc import OperationalError

from pipeline_project import settings
from pipeline_project.agents.journal import AgentJournal
from pipeline_project.errors import BudgetExceeded, Conflict, NotFound
from pipeline_project.llm import budgets, records
from pipeline_project.llm.budgets import Budgets
from pipeline_project.llm.cache import Cache
from pipeline_project.llm.costs import costs
from pipeline_project.llm.keys import KeyStore, Place
from pipeline_project.llm.requests import Caller
from pipeline_project.llm.responses import Usage
from pipeline_project.persistence.engine import Database
from pipeline_project.persistence.tables import llm_keys

SERVER = make_url("postgresql+psycopg2://postgres@127.0.0.1:5432/postgres")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECRET = "sk-postgres-0123456789-abcd"


@pytest.fixture(scope="module")
def database():
    """A database of its own, dropped at the end."""
    pytest.importorskip("psycopg2", reason="the driver of PostgreSQL is not installed")
    try:
        socket.create_connection(("127.0.0.1", 5432), timeout=5).close()
        server = create_engine(SERVER, isolation_level="AUTOCOMMIT")
        with server.connect():
            pass
    except (OSError, OperationalError) as error:
        pytest.skip(f"no PostgreSQL server lets us in at 127.0.0.1:5432: {str(error).splitlines()[0]}")
    name = f"pipeline_test_{uuid.uuid4().hex}"
    with server.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    made = Database(SERVER.set(database=name).render_as_string(hide_password=False))
    try:
        made.upgrade()
        yield made
    finally:
        made.dispose()
        with server.connect() as connection:
            connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
        server.dispose()


def hold(database, call_id, user, amount):
    with database.write() as connection:
        expires = NOW + timedelta(minutes=5)
        return budgets.reserve(connection, call_id, {"user": user}, estimate=amount, at=NOW, expires=expires)


def test_calls_at_once_cannot_overspend_a_budget_together(database):
    Budgets(database).set("user", "ann", "day", limit=Decimal("1.00"), by="user:tester")
    start = Barrier(8)

    def one(number):
        start.wait(30)
        try:
            return hold(database, f"call{number}", "ann", Decimal("0.30"))
        except BudgetExceeded:
            return False

    with ThreadPoolExecutor(8) as threads:
        held = list(threads.map(one, range(8)))
    assert sum(held) == 3
    (use,) = [each for each in Budgets(database).uses(NOW) if each.subject == "ann"]
    assert (use.held, use.spent) == (Decimal("0.90"), Decimal(0))


def test_what_a_call_cost_takes_the_place_of_what_it_held(database):
    Budgets(database).set("user", "bob", "day", limit=Decimal("1.00"), by="user:tester")
    hold(database, "bob1", "bob", Decimal("0.90"))
    with pytest.raises(BudgetExceeded, match=r"\$0.9 held"):
        hold(database, "bob2", "bob", Decimal("0.20"))
    with database.write() as connection:
        budgets.settle(connection, "bob1", {"user": "bob"}, cost=Decimal("0.123456789"), at=NOW)
    (use,) = [each for each in Budgets(database).uses(NOW) if each.subject == "bob"]
    assert (use.held, use.spent) == (Decimal(0), Decimal("0.123456789"))
    assert hold(database, "bob3", "bob", Decimal("0.80"))


def test_keys_are_sealed_found_rotated_and_revoked(database, data_dir):
    store = KeyStore(database, settings.load())
    key = store.set(Place("openai", workspace="north"), SECRET, by="user:tester")
    found = store.get_for(Caller(workspace="north"), "openai")
    assert (found.id, found.secret.get_secret_value()) == (key.id, SECRET)
    with database.read() as connection:
        assert SECRET not in str(connection.execute(select(llm_keys)).all())
    new = store.rotate(key.id, f"{SECRET}-2", by="user:tester")
    assert store.get_for(Caller(workspace="north"), "openai").id == new.id
    assert store.reseal() == 1
    with pytest.raises(Conflict):
        store.revoke(key.id)
    store.revoke(new.id)
    with pytest.raises(NotFound):
        store.revoke("nobody")
    assert store.every() == []


def test_records_keep_exact_costs_and_are_summed(database):
    for number in range(3):
        record = records.Record(
            id=f"record{number}",
            at=NOW,
            asked="gpt-4o",
            provider="openai",
            model="gpt-4o",
            outcome="success",
            usage=Usage(input=10, output=5),
            cost=None if number == 2 else Decimal("0.0000001"),
            latency_seconds=0.5,
            caller=Caller(user="carl", run_id="run"),
        )
        with database.write() as connection:
            records.add(connection, record)
    (row,) = [each for each in costs(database, by="user", since=NOW - timedelta(days=1)) if each.subject == "carl"]
    assert (row.calls, row.cost, row.unpriced, row.input_tokens) == (3, Decimal("0.0000002"), 1, 30)


def test_the_cache_keeps_and_forgets(database):
    cache = Cache(database, lifetime=timedelta(hours=1))
    message = {"role": "assistant", "content": [{"type": "text", "text": "Grüße"}], "stop_reason": "end_turn"}
    assert cache.put("digest", message, NOW)
    assert cache.put("digest", message, NOW)
    assert cache.get("digest", NOW + timedelta(minutes=59)) == message
    assert cache.get("digest", NOW + timedelta(minutes=61)) is None


def test_the_journal_of_an_agent_gives_back_what_it_was_given(database):
    journal = AgentJournal(database, "run-on-postgres")
    assert opened(journal) == {}
    journal.begin("turn/1/model", "digest")
    journal.end(
        "turn/1/model",
        "success",
        output={"message": {"content": [{"type": "text", "text": "ü"}]}, "parsed": {"total": Decimal("12.50")}},
        usage=vars(Usage(1, 2)),
        cost=Decimal("0.00012"),
        seconds=0.25,
    )
    journal.begin("turn/1/tool/1", "other")
    known = opened(AgentJournal(database, "run-on-postgres"))
    first, second = known["turn/1/model"], known["turn/1/tool/1"]
    assert (first.status, first.cost) == ("success", Decimal("0.00012"))
    assert first.output["parsed"]["total"] == Decimal("12.50")
    assert second.status == "running"
    with pytest.raises(Conflict):
        opened(AgentJournal(database, "run-on-postgres"), digest="another task's")


def opened(journal, digest="digest"):
    return journal.open(agent="tester", task="Mend it.", digest=digest, parent_id=None, depth=0)
