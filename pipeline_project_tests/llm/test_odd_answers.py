"""Answers that are none: half a stream, a page of HTML, a body in another vendor's words. Each is an error of ours."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from pipeline_project import settings
from pipeline_project.errors import ContextOverflow, RateLimited, RequestRejected, ServiceUnavailable
from pipeline_project.llm import answers
from pipeline_project.llm.responses import Usage
from pipeline_project_tests.llm.clients import ask, configure, listen, of, records
from pipeline_project_tests.servers.anthropic import AnthropicServer, event
from pipeline_project_tests.servers.gemini import GeminiServer
from pipeline_project_tests.servers.openai import OpenAiServer
from pipeline_project_tests.servers.upstream import Fault, Reply, Request, Upstream

PAGE = Fault(200, "<html><body>Please log in</body></html>")
START = {"id": "m", "type": "message", "role": "assistant", "content": [], "usage": {"input_tokens": 9}}
TABLE = """
models:
  - {pattern: gpt-4o, provider: openai}
  - {pattern: claude-opus-5-5, provider: anthropic}
  - {pattern: gemini-2.5-flash, provider: google}
"""
VENDORS = [("openai", OpenAiServer), ("anthropic", AnthropicServer), ("google", GeminiServer)]
MODELS = {"openai": "gpt-4o", "anthropic": "claude-opus-5-5", "google": "gemini-2.5-flash"}


def scripted(kind: type[Upstream], *pieces: bytes) -> Upstream:
    """A stand-in that answers every request with these pieces, and ends the stream properly."""

    class Scripted(kind):
        def answer(self, request: Request) -> Reply:
            return Reply(headers={"content-type": "text/event-stream"}, pieces=pieces)

    return Scripted()


def data(*chunks):
    return [f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks]


def delta(text, finish=None):
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}


def candidate(text, **more):
    return {"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, "index": 0, **more}]}


def house(monkeypatch, folder, name, server):
    configure(monkeypatch, folder, TABLE, **{name: server})
    monkeypatch.setenv("PIPELINE_SECRET_GEMINI_API_KEY", server.key)


@pytest.mark.parametrize(("name", "kind"), VENDORS, ids=[name for name, _ in VENDORS])
@pytest.mark.parametrize("call", [ask, listen])
def test_a_page_of_html_is_no_answer_and_the_address_is_named(data_dir, monkeypatch, name, kind, call):
    with kind() as server:
        house(monkeypatch, data_dir, name, server)
        server.queue.append(PAGE)
        with pytest.raises(
            ServiceUnavailable, match=rf"answered 200 with a page of HTML.*PIPELINE_{name.upper()}_BASE"
        ):
            call(of(model=MODELS[name]))
    assert [row.outcome for row in records()] == ["service_unavailable"]


@pytest.mark.parametrize(
    ("name", "kind", "pieces"),
    [
        ("openai", OpenAiServer, data(delta("The answer is "))),
        ("anthropic", AnthropicServer, [event({"type": "message_start", "message": START})]),
        ("google", GeminiServer, data(candidate("The answer is "))),
    ],
    ids=["openai", "anthropic", "google"],
)
def test_a_stream_that_ends_before_its_answer_is_no_short_answer(data_dir, monkeypatch, name, kind, pieces):
    with scripted(kind, *pieces) as server:
        house(monkeypatch, data_dir, name, server)
        with pytest.raises(ServiceUnavailable, match=r"broke off within|ended before"):
            listen(of(model=MODELS[name]))
    assert [row.outcome for row in records()] == ["service_unavailable"]


@pytest.mark.parametrize(
    "pieces",
    [
        data(delta("Hi", "stop")),
        [*data(delta("Hi")), b"data: [DONE]\n\n"],
        data(delta("Hi"), {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 1}}),
    ],
    ids=["finish reason", "done", "usage"],
)
def test_one_sign_of_its_end_is_enough_for_an_answer(data_dir, monkeypatch, pieces):
    with scripted(OpenAiServer, *pieces) as server:
        house(monkeypatch, data_dir, "openai", server)
        assert listen(of(model="gpt-4o"))[-1].response.text == "Hi"


def test_a_tool_call_that_gemini_could_not_write_is_no_empty_answer(data_dir, monkeypatch):
    reason = {"finishReason": "MALFORMED_FUNCTION_CALL"}
    with GeminiServer() as server:
        house(monkeypatch, data_dir, "google", server)
        spent = {"promptTokenCount": 20, "totalTokenCount": 20}
        body = {"candidates": [{"content": {}, "index": 0, **reason}], "usageMetadata": spent}
        server.queue.append(Fault(200, body))
        with pytest.raises(ServiceUnavailable, match="MALFORMED_FUNCTION_CALL"):
            ask(of(model="gemini-2.5-flash"))
    with scripted(GeminiServer, *data(candidate("", **reason))) as server:
        house(monkeypatch, data_dir, "google", server)
        with pytest.raises(ServiceUnavailable, match="MALFORMED_FUNCTION_CALL"):
            listen(of(model="gemini-2.5-flash"))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "message", "content": None},
        {"content": "Hi"},
        {"content": ["Hi"]},
        {"content": [{"type": "text"}]},
        {"content": [{"type": "tool_use", "id": "t", "name": "n", "input": "{}"}]},
        {"choices": [{"message": {"content": "Hi"}}]},
    ],
    ids=["empty", "null", "a string", "strings", "no text", "input as text", "another vendor's"],
)
def test_a_whole_answer_that_is_no_message_is_an_error_of_the_service(data_dir, monkeypatch, body):
    with AnthropicServer() as server:
        house(monkeypatch, data_dir, "anthropic", server)
        server.queue.append(Fault(200, body))
        with pytest.raises(ServiceUnavailable, match=r"no message|block 0"):
            ask(of())
    assert [row.outcome for row in records()] == ["service_unavailable"]


@pytest.mark.parametrize(
    "odd",
    [
        {"type": "content_block_delta", "index": 3, "delta": {"type": "text_delta", "text": "Hi"}},
        {"type": "content_block_start", "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": "Hi"},
    ],
    ids=["a block that is not open", "no index", "a delta that is text"],
)
def test_a_stream_that_makes_no_message_is_an_error_of_the_service(data_dir, monkeypatch, odd):
    ending = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}}
    events = [{"type": "message_start", "message": START}, odd, ending, {"type": "message_stop"}]
    with scripted(AnthropicServer, *map(event, events)) as server:
        house(monkeypatch, data_dir, "anthropic", server)
        with pytest.raises(ServiceUnavailable, match="makes no message"):
            listen(of())
    [row] = records()
    assert (row.outcome, row.input_tokens, row.output_tokens) == ("service_unavailable", 9, 1)


def test_counts_that_are_none_count_nothing_and_a_part_beyond_the_whole_was_counted_apart():
    odd = {"input_tokens": "10", "output_tokens": -5, "cache_read_input_tokens": True, "cache_creation": "x"}
    assert answers.usage_of({"usage": odd}) == Usage()
    assert answers.usage_of({"usage": ["x"]}) == Usage()
    apart = {"output_tokens": 5, "output_tokens_details": {"thinking_tokens": 500}}
    assert answers.usage_of({"usage": apart}) == Usage(output=505, reasoning=500)


def test_an_answer_that_counts_no_tokens_has_an_estimate_that_says_so(data_dir, monkeypatch):
    body = {"type": "message", "content": [{"type": "text", "text": "word " * 400}], "stop_reason": "end_turn"}
    with AnthropicServer() as server:
        house(monkeypatch, data_dir, "anthropic", server)
        server.queue.append(Fault(200, body))
        answer = ask(of())
    assert answer.usage.output > 300
    assert answer.cost is not None
    assert answer.cost > Decimal("0.001")
    [row] = records()
    assert (row.outcome, row.error) == ("success", "the tokens are estimated")


def test_the_wait_that_google_names_in_the_body_rides_on_the_error(data_dir, monkeypatch):
    details = [
        {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": []},
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s"},
    ]
    error = {"error": {"code": 429, "message": "Slow down.", "status": "RESOURCE_EXHAUSTED", "details": details}}
    with GeminiServer() as server:
        house(monkeypatch, data_dir, "google", server)
        server.queue.extend([Fault(429, error), Fault(429, [error]), Fault(429, error, {"retry-after": "7"})])
        waits = []
        for call in (ask, listen, ask):
            with pytest.raises(RateLimited) as caught:
                call(of(model="gemini-2.5-flash"))
            waits.append(caught.value.retry_after)
    assert waits == [34.5, 34.5, 7]


def test_what_stands_behind_a_routers_error_decides_its_class(data_dir, monkeypatch):
    inner = {"error": {"message": "This model's maximum context length is 8192 tokens, you requested 9000 tokens"}}
    error = {"message": "Provider returned error", "code": 400, "metadata": {"raw": json.dumps(inner)}}
    with OpenAiServer() as server:
        house(monkeypatch, data_dir, "openai", server)
        server.queue.append(Fault(400, {"error": error}))
        with pytest.raises(ContextOverflow, match="9000 tokens > 8192"):
            ask(of(model="gpt-4o"))
        server.queue.append(Fault(400, {"error": {**error, "metadata": {"raw": "tools are not supported"}}}))
        with pytest.raises(RequestRejected, match="Provider returned error: tools are not supported"):
            ask(of(model="gpt-4o"))


def test_an_empty_account_asks_for_credit_and_not_for_another_request(data_dir, monkeypatch):
    low = {"type": "invalid_request_error", "message": "Your credit balance is too low to access the Anthropic API."}
    with AnthropicServer() as server:
        house(monkeypatch, data_dir, "anthropic", server)
        server.queue.append(Fault(400, {"type": "error", "error": low}))
        with pytest.raises(RequestRejected, match="Add credit at the provider"):
            ask(of())


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/"])
def test_anthropics_base_url_may_name_the_version(data_dir, monkeypatch, path):
    with AnthropicServer() as server:
        house(monkeypatch, data_dir, "anthropic", server)
        monkeypatch.setenv("PIPELINE_ANTHROPIC_BASE_URL", server.base_url.rstrip("/") + path)
        settings.load.cache_clear()
        assert ask(of()).text
    assert [request.path for request in server.requests] == ["/v1/messages"]


@pytest.mark.parametrize("call", [ask, listen])
@pytest.mark.parametrize(("name", "kind"), VENDORS, ids=[name for name, _ in VENDORS])
def test_an_answer_that_is_only_called_a_page_is_read(data_dir, monkeypatch, name, kind, call):
    class Mislabelled(kind):
        def answer(self, request):
            reply = super().answer(request)
            return replace(reply, headers={"content-type": "text/html; charset=utf-8"})

    with Mislabelled() as server:
        house(monkeypatch, data_dir, name, server)
        answer = call(of(model=MODELS[name]))
    said = answer.text if call is ask else answer[-1].response.text
    assert said == "echo: Hello"


@pytest.mark.parametrize("body", [{"choices": []}, {"id": "x"}], ids=["no choice", "nothing"])
def test_an_answer_without_a_choice_says_where_it_comes_from(data_dir, monkeypatch, body):
    with OpenAiServer() as server:
        house(monkeypatch, data_dir, "openai", server)
        server.queue.append(Fault(200, body))
        with pytest.raises(ServiceUnavailable, match=r"^openai gpt-4o: .*Try again"):
            ask(of(model="gpt-4o"))


def test_a_refusal_that_is_only_called_a_page_keeps_its_class(data_dir, monkeypatch):
    error = {"error": {"message": "This model's maximum context length is 10 tokens", "type": "invalid_request_error"}}
    with OpenAiServer() as server:
        house(monkeypatch, data_dir, "openai", server)
        server.queue.append(Fault(400, error, {"content-type": "text/html"}))
        with pytest.raises(ContextOverflow):
            ask(of(model="gpt-4o"))
