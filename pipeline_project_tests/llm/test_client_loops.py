"""The client and its event loops: connections, calls in flight, and callers that go away."""

import asyncio

import pytest

from pipeline_project import settings
from pipeline_project.errors import ServiceUnavailable
from pipeline_project.llm.client import Client
from pipeline_project.llm.requests import Timeouts
from pipeline_project.persistence import engine
from pipeline_project_tests.llm.clients import ask, configure, of, records
from pipeline_project_tests.servers.anthropic import AnthropicServer
from pipeline_project_tests.servers.upstream import Fault, Trouble, Turn


@pytest.fixture
def anthropic():
    with AnthropicServer() as server:
        yield server


@pytest.fixture
def house(data_dir, monkeypatch, anthropic):
    """Settings that lead to the stand-in."""
    return configure(monkeypatch, data_dir, anthropic=anthropic)


def test_one_client_serves_several_loops_and_leaves_nothing_open(house, anthropic):
    client = Client(house, engine.default())
    for _ in range(2):
        assert asyncio.run(client.complete(of())).text == "echo: Hello"
    assert len(anthropic.requests) == 2


def test_connections_are_reused_within_a_loop(house, anthropic):
    async def go():
        async with Client(house, engine.default()) as client:
            for _ in range(3):
                await client.complete(of())

    asyncio.run(go())
    assert (len(anthropic.requests), anthropic.connections) == (3, 1)


def test_calls_in_flight_are_limited_per_provider(house, anthropic, monkeypatch):
    anthropic.queue.extend([Trouble("hang"), Turn(text="second")])

    async def go():
        async with Client(house.model_copy(update={"llm_concurrency": 1}), engine.default()) as client:
            first = asyncio.create_task(client.complete(of("first")))
            await asyncio.to_thread(anthropic.began.wait, 30)
            second = asyncio.create_task(client.complete(of("second")))
            done, _ = await asyncio.wait([second], timeout=0.2)
            assert not done
            assert len(anthropic.requests) == 1
            first.cancel()
            return (await second).text

    assert asyncio.run(go()) == "second"


def test_a_call_that_waited_in_vain_for_its_turn_is_not_recorded(house, anthropic):
    anthropic.queue.append(Trouble("hang"))

    async def go():
        async with Client(house.model_copy(update={"llm_concurrency": 1}), engine.default()) as client:
            first = asyncio.create_task(client.complete(of("first")))
            await asyncio.to_thread(anthropic.began.wait, 30)
            second = asyncio.create_task(client.complete(of("second")))
            await asyncio.sleep(0.1)
            second.cancel()
            await asyncio.wait([second])
            first.cancel()
            await asyncio.wait([first])

    asyncio.run(go())
    assert [row.outcome for row in records()] == ["cancelled"]


def test_a_call_that_finds_no_room_in_its_time_is_not_sent_and_blames_no_service(data_dir, monkeypatch):
    with AnthropicServer() as server:
        configure(monkeypatch, data_dir, anthropic=server)
        monkeypatch.setenv("PIPELINE_LLM_CONCURRENCY", "1")
        monkeypatch.setenv("PIPELINE_LLM_BREAKER_FAILURES", "1")
        settings.load.cache_clear()
        server.queue.append(Trouble("hang"))

        async def go():
            async with Client(settings.load(), engine.default()) as client:
                first = asyncio.create_task(client.complete(of(fallback=False)))
                await asyncio.to_thread(server.began.wait, 60)
                for _ in range(2):
                    with pytest.raises(ServiceUnavailable, match=r"1 calls are under way.*PIPELINE_LLM_CONCURRENCY"):
                        await client.complete(of(fallback=False, timeouts=Timeouts(total=0.2)))
                assert len(server.requests) == 1
                first.cancel()
                await asyncio.gather(first, return_exceptions=True)
                assert (await client.complete(of(fallback=False))).text

        asyncio.run(go())


def test_a_call_that_passed_its_limit_is_counted_by_an_estimate(data_dir, monkeypatch):
    with AnthropicServer() as server:
        configure(monkeypatch, data_dir, anthropic=server)
        server.queue.extend([Trouble("hang"), Fault(500, {"error": {"message": "no"}})])
        with pytest.raises(ServiceUnavailable, match="first token limit"):
            ask(of("word " * 100, fallback=False, timeouts=Timeouts(first_token=0.2)))
        with pytest.raises(ServiceUnavailable):
            ask(of("word " * 100, fallback=False))
    late, refused = records()
    assert late.input_tokens > 50
    assert late.cost > 0
    assert "estimated" in late.error
    assert (refused.input_tokens, refused.cost) == (None, None)
