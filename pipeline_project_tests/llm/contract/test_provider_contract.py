"""One suite for every provider on each of its wires: what it answers, what it raises, and what it leaves behind."""

import asyncio
import copy
import logging

import pytest

from pipeline_project import errors
from pipeline_project.conversion import accumulate
from pipeline_project.llm.requests import Timeouts
from pipeline_project.llm.wires.pool import open_clients
from pipeline_project_tests.llm.contract.houses import ALL, PAIRS, asked, needs, opened, running
from pipeline_project_tests.servers.upstream import KEY, Call, Tokens, Trouble, Turn

TOOLS = [
    {
        "name": "read_file",
        "description": "Reads a file",
        "input_schema": {
            "type": "object",
            "properties": {"path": {"type": "string"}},
            "required": ["path"],
            "$schema": "http://json-schema.org/draft-07/schema#",
        },
    }
]
CALLS = (Call("call_1", "read_file", {"path": "a b.txt"}), Call("call_2", "read_file", {"path": "ü.txt"}))
RICH = Turn("Grüße from here, all", "let me think about it", "c2lnbmF0dXJl", CALLS, tokens=Tokens(100, 50, 30, 0, 20))
KINDS = {
    "rate": errors.RateLimited,
    "overloaded": errors.Overloaded,
    "down": errors.ServiceUnavailable,
    "overflow": errors.ContextOverflow,
    "content": errors.ContentRefused,
    "rejected": errors.RequestRejected,
    "quota": errors.RequestRejected,
}

each_house = pytest.mark.parametrize("house", ALL, ids=str)


async def whole(house, server, body, **how):
    async with opened(house, server, **how) as provider:
        return await provider.chat_completion(body)


async def streamed(house, server, body, **how):
    async with opened(house, server, **how) as provider:
        return [event async for event in provider.stream_completion(body)]


async def failing(house, server, body, *, stream, **how):
    """The error of a call."""
    with pytest.raises(errors.PipelineError) as caught:
        await (streamed if stream else whole)(house, server, body, **how)
    return caught.value


@each_house
def test_a_text_is_answered_as_an_anthropic_message_and_the_request_is_not_changed(house):
    body = asked(house, system="Be brief.", temperature=1, stop_sequences=["END"])
    before = copy.deepcopy(body)
    with running(house) as server:
        message = asyncio.run(whole(house, server, body))
    assert body == before
    assert message["content"] == [{"type": "text", "text": "echo: hello there"}]
    assert (message["type"], message["role"], message["stop_reason"]) == ("message", "assistant", "end_turn")
    assert message["usage"]["output_tokens"] > 0
    if "tokens" not in house.apart:
        assert (message["usage"]["input_tokens"], message["usage"]["output_tokens"]) == (11, 7)


@each_house
@pytest.mark.parametrize("chop", [0, 3])
def test_a_stream_adds_up_to_the_whole_answer_however_its_bytes_are_cut(house, chop):
    body = asked(house, tools=TOOLS)
    with running(house) as server:
        server.queue.extend([RICH, RICH])
        server.chop = chop
        message = asyncio.run(whole(house, server, body))
        events = asyncio.run(streamed(house, server, body))
    added = accumulate(events)
    assert events[0]["type"] == "message_start"
    assert events[-1]["type"] == "message_stop"
    for key in ("content", "stop_reason", "stop_sequence", "model"):
        assert added[key] == message[key]
    for key in ("input_tokens", "output_tokens", "cache_read_input_tokens"):
        assert added["usage"].get(key, 0) == message["usage"].get(key, 0)


@each_house
def test_parallel_calls_keep_their_arguments_and_their_results_go_back(house):
    with running(house) as server:
        server.queue.append(RICH)
        body = asked(house, tools=TOOLS)
        message = asyncio.run(whole(house, server, body))
        calls = [block for block in message["content"] if block["type"] == "tool_use"]
        assert [call["input"] for call in calls] == [call.arguments for call in CALLS]
        assert message["stop_reason"] == "tool_use"
        results = [{"type": "tool_result", "tool_use_id": call["id"], "content": f"of {call['id']}"} for call in calls]
        turns = [{"role": "assistant", "content": message["content"]}, {"role": "user", "content": results}]
        answer = asyncio.run(whole(house, server, {**body, "messages": [*body["messages"], *turns]}))
        sent = str(server.bodies[-1]) if server.requests else ""
    assert answer["stop_reason"] == "end_turn"
    assert "connections" in house.apart or all(f"of {call['id']}" in sent for call in calls)
    if house.signs and house.kind is None:
        assert RICH.signature in sent


@each_house
def test_thinking_has_blocks_of_its_own_where_the_wire_shows_it(house):
    needs(house, "thinking")
    with running(house) as server:
        server.queue.append(Turn("done", "step by step"))
        message = asyncio.run(whole(house, server, asked(house)))
    thinking = "".join(block.get("thinking", "") for block in message["content"])
    assert thinking == ("step by step" if house.thinks else "")
    assert message["content"][-1] == {"type": "text", "text": "done"}


@each_house
def test_cached_and_reasoning_tokens_are_counted(house):
    needs(house, "tokens")
    with running(house) as server:
        server.queue.append(RICH)
        usage = asyncio.run(whole(house, server, asked(house)))["usage"]
    assert (usage["input_tokens"], usage["cache_read_input_tokens"], usage["output_tokens"]) == (100, 30, 50)
    if house.provider != "anthropic":
        assert usage["output_tokens_details"]["thinking_tokens"] == 20


@each_house
@pytest.mark.parametrize(("finish", "stop"), [("length", "max_tokens"), ("filtered", "refusal")])
def test_a_cut_answer_says_why_it_ends(house, finish, stop):
    needs(house, "finish")
    with running(house) as server:
        server.queue.append(Turn("so far", finish=finish))
        assert asyncio.run(whole(house, server, asked(house)))["stop_reason"] == stop


@each_house
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", sorted(KINDS))
def test_a_refusal_has_its_class_and_says_where_it_comes_from(house, fault, stream):
    needs(house, "refusals")
    with running(house) as server:
        server.queue.append(house.faults[fault])
        error = asyncio.run(failing(house, server, asked(house), stream=stream))
        assert len(server.requests) == 1, "one attempt"
    assert type(error) is KINDS[fault]
    assert error.where == f"{house.provider} {house.model}"
    if fault == "rate":
        assert error.retry_after == 7
    if fault == "overflow":
        assert error.message == "prompt is too long: 130500 tokens > 128000 maximum"


@each_house
def test_a_model_nobody_knows_there_is_not_found(house):
    needs(house, "unknown models")
    if house.provider == "deepseek":
        pytest.skip("DeepSeek answers 400 to a model it does not have")
    with running(house) as server:
        error = asyncio.run(failing(house, server, {**asked(house), "model": "nobody-9"}, stream=False))
    assert type(error) is errors.NotFound
    assert "nobody-9" in str(error)
    assert "PIPELINE_" in str(error)


@each_house
def test_a_wrong_key_is_an_authentication_error_that_names_the_remedy_and_hides_the_key(house):
    if house.keyless:
        pytest.skip("it asks for no key")
    wrong = "sk-wrong-key-abcdefghijklmnop-9876"
    with running(house) as server:
        error = asyncio.run(failing(house, server, asked(house), stream=True, key=wrong))
    assert type(error) is errors.AuthenticationFailed
    assert f"llm keys set {house.provider}" in str(error)
    assert "9876" not in str(error)
    assert "sk-wrong" not in str(error)


@each_house
def test_an_error_within_a_stream_is_raised_after_the_events_before_it(house):
    needs(house, "refusals")

    async def run(server):
        seen = []
        async with opened(house, server) as provider:
            with pytest.raises(errors.ServiceUnavailable) as caught:  # noqa: PT012 - the loop is the call
                async for event in provider.stream_completion(asked(house)):
                    seen.append(event["type"])
        return seen, caught.value

    with running(house) as server:
        server.queue.append(Trouble("error", pieces=5))
        seen, error = asyncio.run(run(server))
    assert seen[0] == "message_start"
    assert "message_stop" not in seen
    if house.provider in ("anthropic", "google"):
        assert type(error) is errors.Overloaded


@each_house
def test_a_connection_that_breaks_within_a_stream_is_an_error_and_no_short_answer(house):
    needs(house, "refusals")
    with running(house) as server:
        server.queue.append(Trouble("cut", pieces=5))
        error = asyncio.run(failing(house, server, asked(house), stream=True))
    assert isinstance(error, errors.ServiceUnavailable)


@each_house
def test_a_server_that_is_not_there_cannot_be_reached(house):
    needs(house, "connections")
    with running(house) as server:
        pass
    error = asyncio.run(failing(house, server, asked(house), stream=False))
    assert type(error) is errors.ServiceUnavailable
    assert "cannot be reached" in error.message


@each_house
@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_that_does_not_begin_passes_the_first_token_limit_and_is_hung_up_on(house, stream):
    needs(house, "limits")
    limits = Timeouts(connect=20, first_token=0.3, total=60)
    with running(house) as server:
        server.queue.append(Trouble("hang"))
        error = asyncio.run(failing(house, server, asked(house), stream=stream, timeouts=limits))
        assert server.disconnected.wait(30)
    assert type(error) is errors.ServiceUnavailable
    assert "first token limit" in error.message
    assert "PIPELINE_LLM_FIRST_TOKEN_SECONDS" in str(error)


@each_house
def test_an_answer_that_does_not_end_passes_the_total_limit(house):
    needs(house, "limits")
    limits = Timeouts(connect=20, first_token=30, total=1.5)
    with running(house) as server:
        server.queue.append(Trouble("hang", pieces=5))
        error = asyncio.run(failing(house, server, asked(house), stream=True, timeouts=limits))
        assert server.disconnected.wait(30)
    assert "total limit" in error.message


@each_house
def test_closing_the_iterator_closes_the_upstream(house):
    needs(house, "while it lasts")

    async def run(server):
        async with opened(house, server) as provider:
            events = provider.stream_completion(asked(house))
            await anext(events)
            await events.aclose()
            return await asyncio.to_thread(server.disconnected.wait, 30)

    with running(house) as server:
        server.queue.append(Trouble("hang", pieces=5))
        assert asyncio.run(run(server))


@each_house
@pytest.mark.parametrize("stream", [False, True])
def test_cancelling_the_task_closes_the_upstream(house, stream):
    needs(house, "while it lasts")

    async def run(server):
        async with opened(house, server) as provider:
            call = (streamed if stream else whole)(house, server, asked(house))
            task = asyncio.create_task(call)
            await asyncio.to_thread(server.began.wait, 60)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            del provider
            return await asyncio.to_thread(server.disconnected.wait, 30)

    with running(house) as server:
        server.queue.append(Trouble("hang", pieces=5 if stream else 0))
        assert asyncio.run(run(server))


@each_house
def test_connections_are_used_again_and_nothing_is_left_open(house):
    needs(house, "connections")

    async def run(server):
        async with opened(house, server) as first, opened(house, server) as second:
            for provider in (first, second, first):
                await provider.chat_completion(asked(house))
                async for _ in provider.stream_completion(asked(house)):
                    pass
        return open_clients()

    with running(house) as server:
        assert asyncio.run(run(server)) == 0
        # litellm stops reading at [DONE], a byte before the answer's end
        assert server.connections == 1 or house.kind is not None


@each_house
def test_the_key_is_in_no_repr_and_no_log(house, caplog, capfd):
    needs(house, "refusals")
    caplog.set_level(logging.DEBUG)

    async def run(server):
        async with opened(house, server) as provider:
            shown = [repr(provider), repr(provider.connection), repr(vars(provider))]
            await provider.chat_completion(asked(house))
            server.queue.append(house.faults["down"])
            with pytest.raises(errors.ServiceUnavailable) as caught:
                await provider.chat_completion(asked(house, text="private words"))
            return [*shown, str(caught.value), repr(caught.value)]

    with running(house) as server:
        shown = asyncio.run(run(server))
    said = capfd.readouterr()
    for text in (*shown, caplog.text, said.out, said.err):
        assert KEY not in text
    assert "private words" not in said.out + said.err


@each_house
def test_what_a_check_says(house):
    needs(house, "listing")

    async def run(server):
        async with opened(house, server) as provider:
            return await provider.check(house.model)

    with running(house) as server:
        sentence = asyncio.run(run(server))
    assert "among them" in sentence or house.kind is not None


@pytest.mark.parametrize(("direct", "litellm"), PAIRS, ids=lambda house: house.name)
def test_both_wires_to_one_provider_agree(direct, litellm):
    messages = []
    for house in (direct, litellm):
        with running(house) as server:
            server.queue.append(Turn("Both", calls=CALLS, tokens=Tokens(100, 50, 30, 0, 0)))
            messages.append(asyncio.run(whole(house, server, asked(house, tools=TOOLS))))
    first, second = messages
    for key in ("content", "stop_reason", "stop_sequence", "model"):
        assert first[key] == second[key]
    for key in ("input_tokens", "output_tokens", "cache_read_input_tokens"):
        assert first["usage"][key] == second["usage"][key]
