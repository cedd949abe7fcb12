"""Money and time of a run and its sub-agents: one purse, whoever spends from it and however the spender ends."""

import asyncio
from decimal import Decimal

import pytest

from pipeline_project import settings
from pipeline_project.agents import journal
from pipeline_project.agents.models import Bounds
from pipeline_project.agents.order import Order
from pipeline_project.agents.purse import Purse
from pipeline_project.agents.start import start
from pipeline_project.errors import BudgetExceeded, InvalidInput
from pipeline_project.llm.factory import LlmConnection
from pipeline_project.llm.responses import Usage
from pipeline_project.persistence import engine
from pipeline_project_tests.llm.clients import records
from pipeline_project_tests.servers.upstream import Call, Fault, Tokens, Turn
from pipeline_project_tests.servers.web import WebServer, page

# a quarter of a dollar at the price of gpt-4o
DEAR = Tokens(100_000, 0)
BROKEN = Fault(400, {"error": {"message": "no"}})


def reading(number: int = 1) -> Turn:
    return Turn(calls=(Call(f"c{number}", "Read", {"file_path": "sums.py"}),), tokens=DEAR)


def starting(*numbers: int) -> Turn:
    prompt = {"description": "look", "prompt": "look"}
    return Turn(calls=tuple(Call(f"t{number}", "Task", prompt) for number in numbers), tokens=Tokens(0, 0))


def run(workspace, **values):
    async def go():
        async with LlmConnection.from_settings(settings.load()).open() as client:
            order = Order("do it", model="gpt-4o", workspace=workspace, **values)
            return await start(order, client=client, database=engine.default(), user="user:tester")

    return asyncio.run(go())


def booked() -> Decimal:
    return sum((record.cost for record in records() if record.cost is not None), Decimal(0))


def test_what_a_failed_sub_agent_spent_counts(server, workspace):
    server.queue.extend([starting(1), reading(), BROKEN, Turn("end")])
    result = run(workspace)
    assert [call.is_error for call in result.calls] == [True]
    assert result.cost == booked() > Decimal("0.25")


def test_what_a_failed_sub_agent_spent_counts_after_a_crash_as_well(server, workspace):
    server.queue.extend([starting(1), reading(), BROKEN, BROKEN])
    with pytest.raises(Exception, match="no"):
        run(workspace, run_id="r1")
    server.queue.append(Turn("end"))
    assert run(workspace, run_id="r1").cost == booked()


def test_sub_agents_side_by_side_share_what_is_left(server, workspace):
    server.queue.append(starting(1, 2, 3, 4))
    server.queue.extend(reading(number) for number in range(20))
    with pytest.raises(BudgetExceeded, match=r"used up its 0\.6 USD"):
        run(workspace, max_cost=Decimal("0.6"))
    # at most what was in flight when the limit was reached
    assert booked() < Decimal("0.6") + 4 * Decimal("0.25")


@pytest.fixture
def asking(monkeypatch):
    """A turn that has a page read and a question about it answered."""
    with WebServer() as web:
        monkeypatch.setenv("PIPELINE_ALLOWED_HOSTS", web.allowed)
        settings.load.cache_clear()
        web.on("/", page("<p>The answer is 42.</p>"))
        given = {"url": f"{web.base}/", "prompt": "What is the answer?"}
        yield Turn(calls=(Call("c1", "WebFetch", given),), tokens=Tokens(10, 1))


def test_an_answer_about_a_page_is_paid_for_by_the_run(server, workspace, asking):
    server.queue.extend([asking, Turn("42", tokens=DEAR)])
    with pytest.raises(BudgetExceeded, match=r"used up its 0\.2 USD"):
        run(workspace, max_cost=Decimal("0.2"))
    assert booked() > Decimal("0.25")


def test_an_answer_about_a_page_counts_after_a_crash_as_well(server, workspace, asking):
    server.queue.extend([asking, Turn("42", tokens=DEAR), BROKEN])
    with pytest.raises(Exception, match="no"):
        run(workspace, run_id="r1")
    server.queue.append(Turn("end", tokens=Tokens(10, 1)))
    assert run(workspace, run_id="r1").cost == booked() > Decimal("0.25")


def test_a_purse_inside_another_is_bound_by_both():
    whole = Purse("whole", Decimal(1))
    first, second = Purse("first", Decimal("0.4"), whole), Purse("second", None, whole)
    first.spend(Usage(5, 1), Decimal("0.3"))
    second.spend(Usage(2, 1), Decimal("0.6"))
    assert (whole.spent, whole.usage) == (Decimal("0.9"), Usage(7, 2))
    assert first.check() is None
    first.spend(Usage(), Decimal("0.1"))
    assert (first.check(), second.check(), whole.check()) == (first, whole, whole)
    second.spend(Usage(), None)
    with pytest.raises(BudgetExceeded, match="price of a call it made is not known"):
        second.check()


def test_the_time_limit_is_journaled_in_a_sentence_that_says_how_to_go_on(bench):
    bench.script([{"type": "tool_use", "name": "Bash", "input": {"command": "sleep 30"}}, "done"])
    with pytest.raises(BudgetExceeded, match="Each run has them anew: run it again with the run id run1"):
        bench.run(policy="allow_all", agent=bench.agent(bounds=Bounds(seconds=0.5)))
    error = journal.run(bench.database, "run1")[0]["error"]
    assert error["code"] == "budget_exceeded"
    assert "used up its 0.5 seconds" in error["message"]


@pytest.mark.parametrize("run_id", ["../x", "a/b", ".hidden", "x" * 81, "a b", ""], ids=repr)
def test_a_run_id_that_is_none_is_refused(server, workspace, run_id):
    if not run_id:  # none given: one is made
        server.queue.append(Turn("ok"))
        assert run(workspace, run_id=run_id).run_id
        return
    with pytest.raises(InvalidInput, match="is no run id"):
        run(workspace, run_id=run_id)
