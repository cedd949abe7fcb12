"""The cache: only when asked for, only what repeats, never across workspaces, never a secret."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline_project import settings
from pipeline_project.llm.cache import Cache, replayed
from pipeline_project.llm.requests import Caller
from pipeline_project.llm.responses import Usage
from pipeline_project.persistence import engine
from pipeline_project.security import redaction
from pipeline_project_tests.llm.clients import StillClock, ask, configure, listen, of, records
from pipeline_project_tests.servers.anthropic import AnthropicServer
from pipeline_project_tests.servers.upstream import Turn

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
MESSAGE = {"role": "assistant", "content": [{"type": "text", "text": "Hi"}], "stop_reason": "end_turn", "usage": {}}


@pytest.fixture
def server(data_dir, monkeypatch):
    with AnthropicServer() as upstream:
        configure(monkeypatch, data_dir, anthropic=upstream)
        yield upstream


def test_a_repeated_request_is_answered_from_the_store_and_uses_nothing(server):
    request = of(temperature=0, cache="on")
    first, second = ask(request), ask(request)
    assert (first.cached, second.cached) == (False, True)
    assert second.text == first.text
    assert second.usage == Usage()
    assert second.cost == 0
    assert len(server.requests) == 1
    assert [row.cached for row in records()] == [False, True]
    events = listen(request)
    assert events[-1].response.cached
    assert events[-1].response.text == first.text


@pytest.mark.parametrize(
    ("values", "sent"),
    [
        ({"temperature": 0}, 2),
        ({"cache": "on"}, 2),
        ({"cache": "on", "temperature": 0.5}, 2),
        ({"cache": "force"}, 1),
    ],
)
def test_other_answers_are_kept_only_when_forced(server, values, sent):
    ask(of(**values))
    ask(of(**values))
    assert len(server.requests) == sent


def test_another_workspace_body_or_limit_is_another_request(server):
    request = of(temperature=0, cache="on", caller=Caller(workspace="a"))
    ask(request)
    ask(replace(request, caller=Caller(workspace="b")))
    ask(replace(request, max_tokens=99))
    ask(replace(request, system="Be brief."))
    assert len(server.requests) == 4


def test_an_answer_grows_old(data_dir):
    cache = Cache(engine.default(), lifetime=timedelta(hours=1))
    assert cache.put("d", MESSAGE, AT)
    assert cache.get("d", AT + timedelta(minutes=59)) == MESSAGE
    assert cache.get("d", AT + timedelta(minutes=61)) is None


def test_the_setting_says_how_long_an_answer_is_good(server, monkeypatch):
    monkeypatch.setenv("PIPELINE_LLM_CACHE_SECONDS", "60")
    settings.load.cache_clear()
    still = StillClock()
    request = of(temperature=0, cache="on")
    assert not ask(request, clock=still).cached
    still.at = still.now() + timedelta(seconds=59)
    assert ask(request, clock=still).cached
    still.at += timedelta(seconds=2)
    assert not ask(request, clock=still).cached


def test_neither_half_an_answer_nor_a_secret_is_kept(data_dir):
    cache = Cache(engine.default(), lifetime=timedelta(hours=1))
    redaction.register("hunter2-hunter2")
    secret = {**MESSAGE, "content": [{"type": "text", "text": "it is hunter2-hunter2"}]}
    assert not cache.put("a", secret, AT)
    assert not cache.put("b", {**MESSAGE, "stop_reason": "max_tokens"}, AT)
    assert cache.get("a", AT) is None


def test_a_kept_answer_streams_what_it_was(server):
    from pipeline_project.conversion import accumulate

    blocks = [
        {"type": "thinking", "thinking": "hm", "signature": "s"},
        {"type": "text", "text": "Hi"},
        {"type": "tool_use", "id": "t", "name": "n", "input": {"a": 1}},
    ]
    message = {"id": "m", "role": "assistant", "content": blocks, "stop_reason": "tool_use", "stop_sequence": None}
    message["usage"] = {"input_tokens": 1, "output_tokens": 2}
    assert accumulate(replayed(message)) == message


def test_a_failed_turn_is_not_kept(server):
    server.queue.append(Turn(text="cut", finish="length"))
    request = of(temperature=0, cache="on")
    ask(request)
    assert not ask(request).cached
