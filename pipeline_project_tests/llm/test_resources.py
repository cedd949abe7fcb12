"""The Dagster resource: no secret fields, calls booked on the run, what they used shown on the step."""

import asyncio

import dagster as dg
import pytest

from pipeline_project import settings
from pipeline_project.errors import Overloaded
from pipeline_project.llm.factory import LlmConnection
from pipeline_project.llm.requests import Caller, Request
from pipeline_project.llm.resources import LlmResource, pool_of
from pipeline_project_tests.llm.clients import OVERLOADED, configure, of, records
from pipeline_project_tests.servers.anthropic import AnthropicServer
from pipeline_project_tests.servers.upstream import KEY, Fault, Tokens, Turn


@dg.op
async def ask_twice(context: dg.OpExecutionContext, llm: LlmResource) -> str:
    async with llm.get_client(context) as client:
        await client.complete(of("one"))
        return (await client.complete(of("two"))).text


@dg.job
def asking():
    ask_twice()


def test_a_step_shows_the_sum_of_what_its_calls_used(data_dir, monkeypatch):
    with AnthropicServer() as server:
        current = configure(monkeypatch, data_dir, anthropic=server)
        server.queue.extend(Turn(text="x", tokens=Tokens(input=1000, output=200)) for _ in range(2))
        resource = LlmResource.from_settings(current)
        result = asking.execute_in_process(resources={"llm": resource})
    [event] = [event for event in result.all_events if event.event_type_value == "STEP_OUTPUT"]
    shown = {name: value.value for name, value in event.step_output_data.metadata.items()}
    assert shown == {
        "llm_calls": 2,
        "llm_model": "anthropic/claude-opus-5-5",
        "llm_input_tokens": 2000,
        "llm_cached_tokens": 0,
        "llm_output_tokens": 400,
        "llm_cost_usd": "0.02",
    }
    assert {(row.run_id, row.step_id) for row in records()} == {(result.run_id, "ask_twice")}
    assert KEY not in repr(resource)
    assert KEY not in str(resource.model_dump())


@pytest.mark.parametrize(("retries", "requests"), [(None, 1), (1, 2)])
def test_only_who_repeats_calls_himself_gives_the_client_retries(data_dir, monkeypatch, retries, requests):
    async def go(resource):
        async with resource.open(retries=retries) as client:
            return await client.complete(of(fallback=False))

    with AnthropicServer() as server:
        resource = LlmResource.from_settings(configure(monkeypatch, data_dir, anthropic=server))
        server.queue.append(Fault(529, OVERLOADED, {"retry-after": "0"}))
        if retries:
            assert asyncio.run(go(resource)).text
        else:
            with pytest.raises(Overloaded):
                asyncio.run(go(resource))
        assert len(server.requests) == requests


def test_it_opens_without_dagster_and_books_on_the_caller(data_dir):
    async def go():
        async with LlmConnection.from_settings(settings.load()).open(Caller(user="ann")) as client:
            return await client.complete(Request.of_text("Hello"))

    assert asyncio.run(go()).offline
    assert records()[0].user == "ann"


def test_the_connection_can_be_tested(data_dir):
    assert "no model is asked" in asyncio.run(LlmResource.from_settings(settings.load()).test_connection())


def test_a_pool_is_named_after_its_provider():
    assert pool_of("openai") == "llm_openai"
    assert pool_of("my-server") == "llm_my_server"
