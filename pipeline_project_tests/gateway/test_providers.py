"""The job `message`, as the code location has it, on every provider by configuration alone."""

import importlib
import json

import pytest
from dagster import DagsterInstance

from pipeline_project import definitions
from pipeline_project_tests.gateway.test_jobs import failure, message_config, shown
from pipeline_project_tests.llm.clients import records
from pipeline_project_tests.llm.vendors import VENDORS, configure
from pipeline_project_tests.servers.upstream import Call, Tokens, Turn

BODY = {
    "max_tokens": 500,
    "system": "Be brief.",
    "messages": [{"role": "user", "content": "What is in ü.txt?"}],
    "tools": [{"name": "look", "input_schema": {"type": "object", "properties": {"path": {"type": "string"}}}}],
}
ANSWER = Turn("Let me see.", calls=(Call("call_1", "look", {"path": "ü.txt"}),), tokens=Tokens(100, 50, 30))


def run(config, name="message"):
    job = importlib.reload(definitions).defs.get_job_def(name)
    with DagsterInstance.get() as instance:
        return job.execute_in_process({"ops": config}, instance=instance, raise_on_error=False)


@pytest.mark.parametrize("stored", [False, True], ids=["key of the environment", "stored key"])
@pytest.mark.parametrize("vendor", VENDORS, ids=str)
def test_a_message_is_sent_in_the_words_of_its_provider_and_shows_usage_and_cost(data_dir, monkeypatch, vendor, stored):
    with vendor.server() as server:
        configure(monkeypatch, vendor, server, stored=stored)
        server.queue.append(ANSWER)
        result = run(message_config({**BODY, "model": vendor.model}, target=vendor.wire))
        assert result.success, shown(result)
        assert len(server.requests) == 1
        assert "ü.txt" in str(server.bodies[0])
    message = result.output_value()
    assert message["stop_reason"] == "tool_use"
    assert [block["input"] for block in message["content"] if block["type"] == "tool_use"] == [{"path": "ü.txt"}]
    steps = shown(result)
    assert steps["map_model"]["called_as"] == vendor.wire
    assert steps["assemble_request"]["sent_as_converted"] is True
    called = steps["call_model"]
    assert (called["provider"], called["model"]) == (vendor.name, vendor.upstream)
    assert (called["input_tokens"], called["output_tokens"], called["cache_read_tokens"]) == (100, 50, 30)
    (booked,) = records()
    assert (booked.provider, booked.outcome, booked.run_id) == (vendor.name, "success", result.run_id)
    assert booked.step_id == "call_model"
    if vendor.priced:
        assert called["cost"] == f"{booked.cost:f}"
        assert float(called["cost"]) > 0
    else:
        assert called["cost"] is None


@pytest.mark.parametrize("vendor", VENDORS, ids=str)
def test_a_model_that_does_not_answer_fails_the_run_in_a_sentence(data_dir, monkeypatch, vendor):
    with vendor.server() as server:
        configure(monkeypatch, vendor, server)
    result = run(message_config({**BODY, "model": vendor.model}))
    assert not result.success
    assert "cannot be reached" in failure(result)
    assert f"PIPELINE_{vendor.name.upper()}_BASE_URL" in failure(result)
    assert [row.outcome for row in records()] == ["service_unavailable"]


def test_the_calls_of_a_batch_are_booked_on_its_run(data_dir, tmp_path, monkeypatch):
    vendor = VENDORS[0]
    params = {"model": vendor.model, "max_tokens": 50, "messages": [{"role": "user", "content": "hello there"}]}
    source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    lines = [json.dumps({"custom_id": f"line-{number}", "params": params}) for number in range(3)]
    source.write_text("\n".join(lines), encoding="utf-8")
    config = {"path": str(source), "output": str(output), "chunk_size": 2}
    with vendor.server() as server:
        configure(monkeypatch, vendor, server)
        result = run({"split_batch": {"config": config}}, "message_batch")
    assert result.success, shown(result)
    answers = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert [answer["result"]["message"]["content"][0]["text"] for answer in answers] == ["echo: hello there"] * 3
    assert {(row.run_id, row.step_id.split("[")[0]) for row in records()} == {(result.run_id, "send_chunk")}
