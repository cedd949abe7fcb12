"""Batches: every line has its result, in order; what cannot be sent says why; only what has no answer is sent."""

import asyncio
import json

import pytest

from pipeline_project.errors import Conflict, InvalidInput, NotFound, RateLimited, RequestRejected
from pipeline_project.gateway import batch
from pipeline_project.gateway.journal import Journal, only_sender
from pipeline_project.persistence import engine
from pipeline_project_tests.gateway.counting import CountingClient, CountingModels, sent


def line(custom_id: str, text: str = "hello", **params) -> bytes:
    request = {"model": "counting", "max_tokens": 10, "messages": [{"role": "user", "content": text}], **params}
    return json.dumps({"custom_id": custom_id, "params": request}).encode()


class Bench:
    def __init__(self, folder):
        self.log = folder / "sent.log"
        self.output = folder / "out.jsonl"
        self.client = CountingClient(self.log)

    def run(self, content: bytes, *, batch_id="b", model="", wire="anthropic", concurrency=3):
        items = batch.read_items(content)
        journal = Journal(engine.default(), batch_id)
        models = CountingModels(self.client, wire)
        ended = asyncio.run(
            batch.run_items(items, journal=journal, models=models, model=model, concurrency=concurrency)
        )
        batch.write_results(self.output, [(item.line, item.custom_id) for item in items], ended.errors, journal)
        return ended

    def results(self):
        return [json.loads(text) for text in self.output.read_text(encoding="utf-8").split("\n")[:-1]]

    def messages(self):
        return [
            each["result"]["error"]["error"]["message"] if each["result"]["type"] == "errored" else "succeeded"
            for each in self.results()
        ]


@pytest.fixture
def bench(data_dir, tmp_path):
    return Bench(tmp_path)


def test_malformed_lines_become_errors_that_name_their_line_and_the_rest_goes_on(bench):
    lines = [
        line("good-1"),
        b"{not json",
        b"",
        b'{"custom_id": "no-params"}',
        line("good-1"),
        b"[1]",
        b'"\xff"',
        line("spaces are refused"),
        b'{"custom_id": "nan", "params": {"temperature": NaN}}',
        line("good-2"),
    ]
    ended = bench.run(b"\xef\xbb\xbf" + b"\r\n".join(lines))
    assert ended.sent == 2
    assert [each["custom_id"] for each in bench.results()] == [
        "good-1", None, "no-params", None, None, None, None, None, "good-2",
    ]  # fmt: skip
    assert bench.messages()[0] == bench.messages()[-1] == "succeeded"
    for number, message in zip((2, 4, 5, 6, 7, 8, 9), bench.messages()[1:-1], strict=True):
        assert message.startswith(f"line {number}: ")
    assert "custom_id good-1 is that of line 1" in bench.messages()[3]


def test_a_request_that_would_be_refused_is_an_error_without_being_sent(bench):
    deep = b'{"custom_id": "deep", "params": {"x": ' + b"[" * 900 + b"]" * 900 + b"}}"
    bench.run(b"\n".join([line("a", max_tokens=-1), line("b", model="nobody"), line("c", "\ud800"), deep]))
    assert all(each["result"]["type"] == "errored" for each in bench.results())
    assert "there is no model 'nobody'" in bench.messages()[1]
    assert sent(bench.log) == []


def test_the_model_override_replaces_every_requests_own(bench):
    bench.run(line("a", model="nobody"), model="counting")
    assert bench.messages() == ["succeeded"]
    assert bench.results()[0]["result"]["message"]["model"] == "counting"


def test_as_many_as_the_concurrency_are_in_flight_and_no_more(bench):
    full = asyncio.Event()

    async def wait_until_full(text):
        if bench.client.running == 4:
            full.set()
        await full.wait()

    bench.client.before_answer = wait_until_full
    bench.run(b"\n".join(line(f"i{number}") for number in range(30)), concurrency=4)
    assert bench.client.most_running == 4


def test_a_refusal_is_an_answer_and_an_outage_is_asked_again(bench):
    async def fail(text):
        errors = {"refuse": RequestRejected("no"), "limit": RateLimited("slow down", retry_after=1)}
        if text in errors:
            raise errors[text]

    bench.client.before_answer = fail
    content = b"\n".join([line("a", "refuse"), line("b", "limit"), line("c", "fine")])
    first = bench.run(content)
    assert (first.sent, first.kept) == (3, 0)
    assert bench.messages() == ["no", "slow down", "succeeded"]
    kinds = [each["result"].get("error", {}).get("error", {}).get("type") for each in bench.results()]
    assert kinds == ["invalid_request_error", "rate_limit_error", None]
    second = bench.run(content)
    assert (second.sent, second.resent, second.kept) == (1, 0, 2)
    assert sorted(sent(bench.log)) == ["fine", "limit", "limit", "refuse"]


def test_an_answer_is_never_taken_for_that_of_another_request(bench):
    bench.run(line("a", "one"))
    with pytest.raises(Conflict, match="line 1: batch b was begun with another request"):
        bench.run(line("a", "two"))
    assert sent(bench.log) == ["one"]


def test_an_answer_that_cannot_be_kept_is_an_error_and_not_a_batch_that_never_ends(bench):
    async def complete(request):
        return {"type": "message", "content": [{"type": "text", "text": "\ud800"}]}

    bench.client.complete = complete
    bench.run(line("a"))
    assert bench.messages() == ["the answer is not JSON that can be kept"]


def test_an_openai_answer_is_converted(bench):
    async def complete(request):
        assert request["messages"] == [{"role": "user", "content": "hello"}]
        message = {"role": "assistant", "content": "hi"}
        return {"id": "x", "model": "m", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}

    bench.client.complete = complete
    bench.run(line("a"), wire="openai")
    message = bench.results()[0]["result"]["message"]
    assert message["content"] == [{"type": "text", "text": "hi"}]
    assert message["stop_reason"] == "end_turn"


def test_numbers_of_an_answer_survive_the_journal(bench):
    real = bench.client.complete

    async def complete(request):
        block = {"type": "tool_use", "id": "t", "name": "pay", "input": {"amount": 19.9, "whole": 3}}
        return {**await real(request), "content": [block]}

    bench.client.complete = complete
    bench.run(line("a"))
    assert '"amount": 19.9, "whole": 3' in bench.output.read_text(encoding="utf-8")


def test_two_runs_cannot_send_one_batch_at_a_time(tmp_path):
    busy = pytest.raises(Conflict, match="another run is sending this batch")
    with only_sender(tmp_path, "b"), only_sender(tmp_path, "other"), busy, only_sender(tmp_path, "b"):
        pass
    with only_sender(tmp_path, "b"):
        pass


def test_the_id_of_a_batch_follows_its_file_and_its_model():
    ids = {batch.identity(content, model, "") for content in (b"a", b"b") for model in ("", "offline")}
    assert len(ids) == 4
    assert batch.identity(b"a", "", "mine") == "mine"
    with pytest.raises(InvalidInput, match="is no batch id"):
        batch.identity(b"a", "", "../mine")


def test_a_missing_input_and_an_output_over_the_input_are_named(tmp_path):
    with pytest.raises(NotFound, match=r"nowhere\.jsonl"):
        batch.read_file(tmp_path / "nowhere.jsonl")
    with pytest.raises(InvalidInput, match="the output is the input"):
        batch.check_output(tmp_path / "a", tmp_path / "x" / ".." / "a")


def test_a_failed_write_leaves_the_old_output_and_no_scrap(bench, tmp_path):
    bench.output.write_text("old", encoding="utf-8")

    class Broken(Journal):
        def results(self):
            raise OSError(28, "No space left on device")

    with pytest.raises(InvalidInput, match="No space left"):
        batch.write_results(bench.output, [(1, "a")], {}, Broken(engine.default(), "b"))
    assert bench.output.read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == ["out.jsonl"]
