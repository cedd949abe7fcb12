"""Recorded exchanges: replayed as they were, whole and streamed; anything else is refused with the nearest."""

import asyncio
import json

import pytest

from pipeline_project import errors
from pipeline_project.conversion import accumulate
from pipeline_project.llm.providers import factory
from pipeline_project.llm.providers.recorded import Recording
from pipeline_project.security import redaction
from pipeline_project.settings import Settings
from pipeline_project_tests.servers.anthropic import AnthropicServer
from pipeline_project_tests.servers.upstream import KEY, Call, Fault, Trouble, Turn

BODY = {"model": "claude-opus-5-5", "max_tokens": 100, "messages": [{"role": "user", "content": "hello"}]}


def recorded(file):
    return factory.create("recorded", api_key=None, settings=Settings(llm_record_file=file))


async def stream(provider, body):
    return [event async for event in provider.stream_completion(body)]


async def exchange(server, file, body, *, streamed=False):
    settings = Settings(anthropic_base_url=server.base_url)
    async with Recording(factory.create("anthropic", api_key=KEY, settings=settings), file) as provider:
        return await stream(provider, body) if streamed else await provider.chat_completion(body)


@pytest.mark.parametrize("streamed", [False, True])
def test_what_was_recorded_is_replayed_whole_and_streamed(tmp_path, streamed):
    file = tmp_path / "exchanges.jsonl"
    with AnthropicServer() as server:
        server.queue.append(Turn("hello you", "hm", "c2ln", (Call("toolu_1", "read", {"path": "ü"}),)))
        given = asyncio.run(exchange(server, file, BODY, streamed=streamed))
    message = accumulate(given) if streamed else given
    provider = recorded(file)
    assert asyncio.run(provider.chat_completion({**BODY, "stream": True})) == message
    assert accumulate(asyncio.run(stream(provider, BODY))) == message


def test_an_error_is_replayed_with_its_class_after_its_events(tmp_path):
    file = tmp_path / "exchanges.jsonl"
    other = {**BODY, "max_tokens": 7}
    with AnthropicServer() as server:
        wait = {"retry-after": "7"}
        server.queue.append(
            Fault(429, {"type": "error", "error": {"type": "rate_limit_error", "message": "slow"}}, wait)
        )
        server.queue.append(Trouble("error", pieces=4))
        for body, streamed in ((BODY, False), (other, True)):
            with pytest.raises(errors.ServiceError):
                asyncio.run(exchange(server, file, body, streamed=streamed))
    provider = recorded(file)
    with pytest.raises(errors.RateLimited) as caught:
        asyncio.run(provider.chat_completion(BODY))
    assert (caught.value.retry_after, caught.value.where) == (7, "anthropic claude-opus-5-5")

    async def run():
        seen = []
        with pytest.raises(errors.Overloaded):  # noqa: PT012 - the loop is the call
            async for event in provider.stream_completion(other):
                seen.append(event["type"])
        return seen

    assert asyncio.run(run())[0] == "message_start"


def test_what_was_not_recorded_is_refused_with_the_nearest_difference(tmp_path):
    file = tmp_path / "exchanges.jsonl"
    with AnthropicServer() as server:
        asyncio.run(exchange(server, file, BODY))
    asked = {**BODY, "messages": [{"role": "user", "content": "hullo"}]}
    with pytest.raises(errors.NotFound, match=r'messages\[0\].content: "hello" was recorded, "hullo" was asked'):
        asyncio.run(recorded(file).chat_completion(asked))
    file.write_text("", encoding="utf-8")
    with pytest.raises(errors.NotFound, match="no recorded exchange at all"):
        asyncio.run(recorded(file).chat_completion(asked))


def test_a_secret_is_hidden_in_the_file_and_the_request_is_found_all_the_same(tmp_path):
    file = tmp_path / "exchanges.jsonl"
    redaction.register("hunter2-hunter2")
    body = {**BODY, "messages": [{"role": "user", "content": "my word is hunter2-hunter2"}]}
    with AnthropicServer() as server:
        asyncio.run(exchange(server, file, body))
    assert "hunter2" not in file.read_text(encoding="utf-8")
    assert KEY not in file.read_text(encoding="utf-8")
    assert asyncio.run(recorded(file).chat_completion(body))["type"] == "message"


def test_exchanges_of_one_request_play_in_their_order(tmp_path):
    file = tmp_path / "exchanges.jsonl"
    lines = [{"request": BODY, "response": {"content": [], "n": number}} for number in (1, 2)]
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    provider = recorded(file)
    assert [asyncio.run(provider.chat_completion(BODY))["n"] for _ in range(3)] == [1, 2, 2]


@pytest.mark.parametrize("line", ["{", "[]", "{}", '{"request": {}}', '{"request": {}, "events": 1}'])
def test_a_file_that_is_none_is_refused_with_the_line(tmp_path, line):
    file = tmp_path / "exchanges.jsonl"
    file.write_text(line, encoding="utf-8")
    with pytest.raises(errors.InvalidInput, match=r"exchanges\.jsonl:1"):
        recorded(file)


def test_without_a_file_the_setting_is_named(tmp_path):
    with pytest.raises(errors.NotConfigured, match="PIPELINE_LLM_RECORD_FILE"):
        recorded(None)
    with pytest.raises(errors.InvalidInput, match="cannot be read"):
        recorded(tmp_path / "nowhere")
