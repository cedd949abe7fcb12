"""The client end to end over loopback stand-ins: answers, streams, retries, fallbacks, limits, and what is recorded."""

import asyncio
import logging
from dataclasses import replace
from decimal import Decimal

import pytest
from pydantic import SecretStr

from pipeline_project import settings
from pipeline_project.errors import (
    AuthenticationFailed,
    ContextOverflow,
    NotConfigured,
    NotFound,
    Overloaded,
    RateLimited,
    RequestRejected,
    ServiceUnavailable,
)
from pipeline_project.llm import client as client_module
from pipeline_project.llm.client import Client
from pipeline_project.llm.requests import Caller, Request, Timeouts
from pipeline_project.llm.responses import Finished, Started, TextDelta, Usage
from pipeline_project.persistence import engine
from pipeline_project_tests.llm.clients import OVERLOADED, StillClock, ask, configure, listen, of, records
from pipeline_project_tests.servers.anthropic import AnthropicServer
from pipeline_project_tests.servers.openai import OpenAiServer
from pipeline_project_tests.servers.upstream import KEY, Call, Fault, Tokens, Trouble, Turn

CALLER = Caller(
    user="user:ann", workspace="north", workflow_id="w", execution_id="e", step_id="s", run_id="r", agent="a"
)


def said(kind, message="no"):
    """An error body in Anthropic's words."""
    return {"type": "error", "error": {"type": kind, "message": message}}


LATE = Fault(429, said("rate_limit_error"), {"retry-after": "3"})
LATER = replace(LATE, headers={"retry-after": "30"})
TOO_LONG = Fault(
    400,
    {
        "type": "error",
        "error": {"type": "invalid_request_error", "message": "prompt is too long: 250000 tokens > 200000 maximum"},
    },
)


@pytest.fixture
def anthropic():
    with AnthropicServer() as server:
        yield server


@pytest.fixture
def openai():
    with OpenAiServer() as server:
        yield server


@pytest.fixture
def house(data_dir, monkeypatch, anthropic, openai):
    """Settings that lead to both stand-ins."""
    return configure(monkeypatch, data_dir, anthropic=anthropic, openai=openai)


def test_the_module_answers_with_the_offline_model_out_of_the_box(data_dir):
    async def go():
        answer = await client_module.complete(Request.of_text("What is due on 3 March 2027?"))
        return answer, [event async for event in client_module.stream(Request.of_text("What is due?"))]

    answer, events = asyncio.run(go())
    assert answer.offline
    assert answer.cost == 0
    assert "ffline" in answer.text
    assert isinstance(events[-1], Finished)
    assert [row.provider for row in records()] == ["offline", "offline"]


def test_an_answer_bears_usage_cost_and_who_served_it(house, anthropic):
    anthropic.queue.append(Turn(text="Hi", tokens=Tokens(input=1000, output=200)))
    answer = ask(of(caller=CALLER))
    assert (answer.text, answer.provider, answer.model) == ("Hi", "anthropic", "claude-opus-5-5")
    assert answer.usage == Usage(input=1000, output=200)
    assert answer.cost == Decimal("0.01")
    [row] = records()
    assert (row.outcome, row.input_tokens, row.output_tokens, row.cost) == ("success", 1000, 200, Decimal("0.01"))
    assert (row.user, row.workspace, row.workflow_id, row.execution_id) == ("user:ann", "north", "w", "e")
    assert (row.step_id, row.run_id, row.agent, row.key_id) == ("s", "r", "a", "env:PIPELINE_SECRET_ANTHROPIC_API_KEY")
    assert not row.streamed
    assert row.id == answer.call_id


def test_a_stream_begins_with_started_ends_with_finished_and_is_recorded(house, anthropic):
    anthropic.queue.append(Turn(text="one two three four", tokens=Tokens(input=10, output=5)))
    events = listen(of())
    assert isinstance(events[0], Started)
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "one two three four"
    assert isinstance(events[-1], Finished)
    assert events[-1].response.text == "one two three four"
    assert events[-1].response.usage == Usage(input=10, output=5)
    raws = [event.raw["type"] for event in events]
    assert raws.count("message_stop") == 1
    assert raws[-1] == "message_stop"
    [row] = records()
    assert row.streamed
    assert row.first_token_seconds is not None


def test_an_unknown_price_is_null_in_the_answer_and_the_record(house, openai):
    openai.models = ("gpt-unheard-of",)
    answer = ask(of(model="gpt-unheard-of"))
    assert answer.cost is None
    assert records()[0].cost is None
    assert records()[0].input_tokens


@pytest.mark.parametrize(
    "fault",
    [
        LATE,
        LATER,
        Fault(529, OVERLOADED),
        Fault(500, {"type": "error", "error": {"type": "api_error", "message": "boom"}}),
        Fault(503, "<html>down</html>"),
        Trouble("cut", 0),
    ],
)
@pytest.mark.parametrize("streamed", [False, True])
def test_a_transient_failure_before_the_first_byte_falls_back(house, anthropic, openai, fault, streamed):
    anthropic.queue.append(fault)
    answer = listen(of())[-1].response if streamed else ask(of())
    assert (answer.asked, answer.provider, answer.model) == ("claude-opus-5-5", "openai", "gpt-4o")
    assert [attempt.provider for attempt in answer.attempts] == ["anthropic", "openai"]
    assert answer.attempts[0].outcome in ("rate_limited", "overloaded", "service_unavailable")
    assert [row.outcome for row in records()] == [answer.attempts[0].outcome, "success"]
    assert [row.attempt for row in records()] == [1, 2]
    assert "fallback" in answer.reason


def test_a_server_that_is_not_there_falls_back(house, anthropic, openai, monkeypatch):
    with AnthropicServer() as gone:
        monkeypatch.setenv("PIPELINE_ANTHROPIC_BASE_URL", gone.base_url)
    settings.load.cache_clear()
    assert ask(of()).provider == "openai"
    assert anthropic.requests == []


def test_when_every_model_fails_the_error_says_what_was_tried(house, anthropic, openai):
    anthropic.queue.append(Fault(529, OVERLOADED))
    openai.queue.append(Fault(503, {"error": {"message": "down"}}))
    with pytest.raises(ServiceUnavailable, match=r"Tried anthropic/claude-opus-5-5 \(overloaded\), then openai/gpt-4o"):
        ask(of())


def test_an_overflow_goes_to_a_larger_window_only(house, anthropic, openai):
    anthropic.queue.append(TOO_LONG)
    with pytest.raises(ContextOverflow):
        ask(of())
    assert openai.requests == []
    anthropic.queue.append(TOO_LONG)
    assert ask(of(model="claude-haiku-4-5")).model == "gpt-5"


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (
            Fault(401, said("authentication_error")),
            AuthenticationFailed,
        ),
        (Fault(400, said("invalid_request_error")), RequestRejected),
    ],
)
def test_a_permanent_error_neither_falls_back_nor_is_repeated(house, anthropic, openai, fault, kind):
    anthropic.queue.append(fault)
    with pytest.raises(kind):
        ask(of(), retries=2, clock=StillClock())
    assert len(anthropic.requests) == 1
    assert openai.requests == []
    assert records()[0].outcome == kind.code


def test_nothing_falls_back_once_a_byte_was_streamed(house, anthropic, openai):
    anthropic.queue.append(Trouble("error", 4))
    seen = []

    async def go():
        async with Client(house, engine.default(), retries=2, clock=StillClock()) as client:
            async for event in client.stream(of()):
                seen.append(event)

    with pytest.raises(ServiceUnavailable):
        asyncio.run(go())
    assert isinstance(seen[0], Started)
    assert len(anthropic.requests) == 1
    assert openai.requests == []
    [row] = records()
    assert row.outcome == "overloaded"
    assert row.input_tokens == 11  # what had been sent until then is paid for
    assert "estimated" in row.error


def test_a_caller_may_refuse_fallbacks(house, anthropic, openai):
    anthropic.queue.append(Fault(529, OVERLOADED))
    with pytest.raises(Overloaded):
        ask(of(fallback=False))
    assert openai.requests == []


def test_without_retries_the_wait_rides_on_the_error(house, anthropic):
    anthropic.queue.append(LATE)
    with pytest.raises(RateLimited) as caught:
        ask(of(fallback=False))
    assert caught.value.retry_after == 3
    assert len(anthropic.requests) == 1


def test_with_retries_the_wait_is_honoured_and_jittered(house, anthropic, openai):
    anthropic.queue.extend([LATE, Fault(529, OVERLOADED)])
    clock = StillClock()
    answer = ask(of(), retries=2, clock=clock)
    assert answer.provider == "anthropic"
    first, second = clock.slept
    assert 3 <= first <= 3.75
    assert 1 <= second <= 1.25
    assert [attempt.outcome for attempt in answer.attempts] == ["rate_limited", "overloaded", "success"]


def test_a_long_wait_is_left_to_the_fallback(house, anthropic, openai):
    anthropic.queue.append(LATER)
    clock = StillClock()
    assert ask(of(), retries=2, clock=clock).provider == "openai"
    assert clock.slept == [0.0]


def test_a_wait_beyond_the_total_limit_is_not_begun(house, anthropic):
    anthropic.queue.append(LATER)
    clock = StillClock()
    with pytest.raises(RateLimited):
        ask(of(fallback=False, timeouts=Timeouts(total=10)), retries=2, clock=clock)
    assert clock.slept == []


@pytest.mark.parametrize("streamed", [False, True])
def test_an_upstream_that_never_answers_ends_at_the_limit(house, anthropic, streamed):
    anthropic.queue.append(Trouble("hang"))
    request = of(fallback=False, timeouts=Timeouts(first_token=0.2, total=0.4))
    with pytest.raises(ServiceUnavailable):
        (listen if streamed else ask)(request)
    assert anthropic.disconnected.wait(30)
    assert records()[0].outcome == "service_unavailable"


def test_leaving_a_stream_closes_the_upstream_and_is_recorded_with_its_tokens(house, anthropic):
    anthropic.queue.append(Trouble("hang", 5, Turn(text="one two three four five six", tokens=Tokens(input=40))))

    async def go():
        async with Client(house, engine.default()) as client:
            events = client.stream(of())
            async for event in events:
                if isinstance(event, TextDelta):
                    break
            await events.aclose()

    asyncio.run(go())
    assert anthropic.disconnected.wait(30)
    [row] = records()
    assert (row.outcome, row.input_tokens) == ("cancelled", 40)
    assert row.output_tokens > 0
    assert row.cost > 0
    assert "estimated" in row.error


def test_a_cancelled_call_closes_the_upstream_and_is_recorded(house, anthropic):
    anthropic.queue.append(Trouble("hang"))

    async def go():
        async with Client(house, engine.default()) as client:
            task = asyncio.create_task(client.complete(of()))
            await asyncio.to_thread(anthropic.began.wait, 30)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(go())
    assert anthropic.disconnected.wait(30)
    [row] = records()
    assert row.outcome == "cancelled"


def test_another_provider_gets_neither_thinking_nor_more_output_than_it_has(house, anthropic, openai):
    anthropic.queue.append(Fault(529, OVERLOADED))
    thought = {"type": "thinking", "thinking": "hmm", "signature": "EqQBCgIYAhIM"}
    turns = [
        {"role": "user", "content": "What?"},
        {"role": "assistant", "content": [thought, {"type": "text", "text": "That."}]},
        {"role": "assistant", "content": [thought]},
        {"role": "user", "content": "And?"},
    ]
    request = of(max_tokens=9000)
    ask(replace(request, messages=turns))
    [sent] = openai.bodies
    assert "hmm" not in str(sent)
    assert "EqQBCgIYAhIM" not in str(sent)
    assert "That." in str(sent)
    assert sent["max_completion_tokens" if "max_completion_tokens" in sent else "max_tokens"] == 1000
    assert "hmm" in str(anthropic.bodies[0])
    assert anthropic.bodies[0]["max_tokens"] == 9000


def test_a_key_that_came_with_a_request_is_used_and_goes_to_no_other_provider(house, anthropic, openai, monkeypatch):
    monkeypatch.delenv("PIPELINE_SECRET_ANTHROPIC_API_KEY")
    with pytest.raises(NotConfigured, match="llm keys set anthropic"):
        ask(of(fallback=False))
    assert ask(of(api_key=SecretStr(KEY))).provider == "anthropic"
    anthropic.queue.append(Fault(529, OVERLOADED))
    with pytest.raises(Overloaded):
        ask(of(api_key=SecretStr(KEY)))
    assert openai.requests == []


def test_an_unknown_model_names_near_ones(house):
    with pytest.raises(NotFound, match=r"Near names: .*sonnet"):
        ask(of(model="sonet"))
    assert records() == []


def test_tool_calls_come_back_typed(house, openai):
    openai.queue.append(Turn(calls=(Call("call_1", "look", {"at": "it"}),)))
    tool = {"name": "look", "description": "Looks.", "input_schema": {"type": "object", "properties": {}}}
    answer = ask(of(model="gpt-4o", tools=[tool]))
    assert [(call.name, call.input) for call in answer.tool_calls] == [("look", {"at": "it"})]
    assert answer.stop_reason == "tool_use"


def test_the_key_and_the_words_are_in_no_log_record_or_repr(house, anthropic, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    anthropic.queue.append(Fault(401, said("authentication_error", f"bad {KEY}")))
    with pytest.raises(AuthenticationFailed) as caught:
        ask(of("a very private question"))
    answer = ask(of("a very private question", api_key=SecretStr(KEY)))
    engine.default().dispose()
    stored = b"".join(file.read_bytes() for file in house.home.glob("pipeline.db*"))
    shown = capfd.readouterr()
    for text in (str(caught.value), repr(caught.value), repr(answer.attempts), shown.out, shown.err, caplog.text):
        assert KEY not in text
    assert KEY.encode() not in stored
    assert b"very private" not in stored
    assert "very private" not in shown.out + shown.err
