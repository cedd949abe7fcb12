"""The jobs run end to end in one process and show what they lost, found, used and took."""

import json

import pytest
import yaml
from dagster import DagsterInstance, DagsterRunStatus

from pipeline_project.gateway import graphs, jobs
from pipeline_project.gateway.defs import definitions
from pipeline_project.gateway.models import ProviderModels
from pipeline_project_tests.conftest import ROOT
from pipeline_project_tests.gateway.counting import CountingClient, CountingModels, sent

LOSSY = {
    "model": "offline",
    "max_tokens": 50,
    "top_k": 5,
    "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
    "tools": [{"name": "find", "input_schema": {"type": "object"}, "input_examples": [{}]}],
    "messages": [{"role": "user", "content": "What is 2 + 2?"}],
}


def run(job, config):
    with DagsterInstance.get() as instance:
        return job.execute_in_process({"ops": config}, instance=instance, raise_on_error=False)


def shown(result):
    """Step → what its output, or else its failure, shows."""
    values = {}
    for event in result.all_events:
        if event.is_successful_output:
            values[event.step_key] = event.event_specific_data.metadata
        elif event.is_step_failure:
            values[event.step_key] = event.event_specific_data.user_failure_data.metadata
    return {
        step.rsplit(".", 1)[-1]: {name: value.value for name, value in metadata.items()}
        for step, metadata in values.items()
    }


def failure(result):
    (text,) = [
        event.event_specific_data.user_failure_data.description for event in result.all_events if event.is_step_failure
    ]
    return text


def message_config(body=None, *, path="", mode="strict", **mapping):
    request = {"path": path} if path else {"body": body}
    return {
        "read_request": {"config": request},
        "request_validation": {"ops": {"accept_request": {"config": {"mode": mode}}}},
        "anthropic_to_litellm": {"ops": {"map_model": {"config": mapping}}},
    }


def test_the_example_of_a_message_runs_on_the_offline_model(data_dir, monkeypatch):
    monkeypatch.chdir(ROOT)
    config = yaml.safe_load((ROOT / "examples" / "message.yaml").read_text(encoding="utf-8"))
    result = run(jobs.message(ProviderModels()), config["ops"])
    assert result.success
    message = result.output_value()
    assert (message["type"], message["role"]) == ("message", "assistant")
    steps = shown(result)
    assert all(metadata["latency_ms"] >= 0 for metadata in steps.values())
    assert steps["validate_response"]["output_tokens"] == message["usage"]["output_tokens"]
    assert steps["call_model"]["cost"] == "0"
    assert steps["validate_response"]["findings"] == []
    assert steps["map_model"]["provider"] == "offline"


def test_the_loss_report_names_what_another_provider_would_not_get(data_dir):
    steps = shown(run(jobs.message(ProviderModels()), message_config(LOSSY, target="openai")))
    lost = {loss["path"] for loss in steps["assemble_request"]["loss_report"]}
    assert {"$.top_k", "$.tools[0].input_examples"} <= lost
    assert steps["assemble_request"]["sent_as_converted"] is False
    assert [loss["path"] for loss in steps["convert_tools"]["loss_report"]] == ["$.tools[0].input_examples"]
    assert steps["assemble_request"]["losses_as_sent"] == []


def test_the_offline_model_is_sent_the_request_as_it_is(data_dir):
    seen = []

    class Client:
        async def complete(self, request):
            seen.append(request)
            return {"type": "message", "role": "assistant", "model": "x", "content": []}

    result = run(jobs.message(CountingModels(Client())), message_config({**LOSSY, "model": "counting"}))
    assert seen == [{**LOSSY, "model": "counting"}]
    assert result.output_value()["model"] == "counting"
    assert shown(result)["validate_response"]["input_tokens"] is None
    assert "usage" in json.dumps(shown(result)["validate_response"]["findings"])


def test_an_openai_wire_is_sent_the_converted_request_and_its_answer_comes_back_as_a_message(data_dir):
    seen = []

    class Client:
        async def complete(self, request):
            seen.append(request)
            call = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"a": 1}'}}
            message = {"role": "assistant", "content": None, "tool_calls": [call]}
            choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
            return {"id": "x", "choices": [choice], "usage": {"prompt_tokens": 7, "completion_tokens": 2}}

    body = {**LOSSY, "model": "counting"}
    result = run(jobs.message(CountingModels(Client(), "openai")), message_config(body))
    (request,) = seen
    assert request["messages"][0] == {"role": "system", "content": "Be brief."}
    assert request["tools"][0]["function"]["name"] == "find"
    assert "top_k" not in request
    message = result.output_value()
    assert message["stop_reason"] == "tool_use"
    assert message["content"][0]["input"] == {"a": 1}
    assert shown(result)["validate_response"]["input_tokens"] == 7


BROKEN = {**LOSSY, "messages": [{"role": "robot", "content": "hi"}], "tool_choice": {"type": "tool", "name": "absent"}}


def test_strict_refuses_with_all_findings_shown_and_calls_nothing(data_dir, tmp_path):
    client = CountingClient(tmp_path / "log")
    body = {**BROKEN, "model": "counting"}
    result = run(jobs.message(CountingModels(client)), message_config(body))
    assert not result.success
    steps = shown(result)
    assert steps["validate_tools"]["errors"] >= 1
    assert steps["validate_message"]["errors"] + steps["validate_conversation"]["errors"] >= 1
    assert failure(result).startswith("$.")
    assert steps["accept_request"]["error"] == "ValidationFailed"
    assert sent(client.log) == []


def test_repair_supplies_a_missing_result_and_goes_on(data_dir):
    call = {"type": "tool_use", "id": "t1", "name": "find", "input": {}}
    turns = [*LOSSY["messages"], {"role": "assistant", "content": [call]}, {"role": "user", "content": "and?"}]
    result = run(jobs.message(ProviderModels()), message_config({**LOSSY, "messages": turns}, mode="repair"))
    assert result.success
    assert shown(result)["accept_request"]["repairs"]
    assert not run(jobs.message(ProviderModels()), message_config({**LOSSY, "messages": turns})).success


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"body": LOSSY, "model": "gpt-4o"}, "llm keys set openai"),
        ({"body": LOSSY, "model": "no-such-model"}, "there is no model 'no-such-model'"),
        ({"body": LOSSY, "target": "nobody"}, "'nobody' is not a conversion target"),
        ({"body": LOSSY, "mode": "lenient"}, "mode is strict, repair, report, not 'lenient'"),
        ({"path": "nowhere.json"}, "nowhere.json: there is no such file"),
        ({"body": {}}, "give `path` or `body`"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(data_dir, given, said):
    given = dict(given)
    result = run(jobs.message(ProviderModels()), message_config(given.pop("body", None), **given))
    assert said in failure(result)


@pytest.mark.parametrize(
    ("content", "mode"),
    [
        ("[1, 2]", "report"),
        ('"text"', "repair"),
        ('{"model": 3}', "report"),
        ('{"messages": {}}', "strict"),
        ("{", "report"),
    ],
)
def test_a_request_of_any_json_is_refused_in_words(data_dir, tmp_path, content, mode):
    path = tmp_path / "request.json"
    path.write_text(content, encoding="utf-8")
    result = run(jobs.message(ProviderModels()), message_config(path=str(path), mode=mode))
    assert failure(result)


def test_nothing_of_a_message_is_pickled_to_disk(data_dir, dagster_home):
    run(jobs.message(ProviderModels()), message_config(LOSSY))
    storage = dagster_home / "storage"
    assert not any("read_request" in str(path) and path.is_file() for path in storage.rglob("*") if storage.is_dir())


def test_the_example_of_a_batch_runs_and_its_second_run_sends_nothing(data_dir, tmp_path, monkeypatch):
    config = yaml.safe_load((ROOT / "examples" / "message_batch.yaml").read_text(encoding="utf-8"))["ops"]
    config["split_batch"]["config"]["output"] = str(tmp_path / "out.jsonl")
    monkeypatch.chdir(ROOT)
    for sent_now in (12, 0):
        summary = run(jobs.message_batch(ProviderModels()), config).output_value()
        assert (summary["requests"], summary["succeeded"], summary["sent"]) == (12, 12, sent_now)
    assert len((tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()) == 12


def batch_config(path, output, **more):
    return {"split_batch": {"config": {"path": str(path), "output": str(output), **more}}}


def test_a_batch_without_requests_has_an_empty_output(data_dir, tmp_path):
    source = tmp_path / "in.jsonl"
    source.write_text("\n\n", encoding="utf-8")
    result = run(jobs.message_batch(ProviderModels()), batch_config(source, tmp_path / "new" / "out.jsonl"))
    assert result.output_value()["requests"] == 0
    assert (tmp_path / "new" / "out.jsonl").read_bytes() == b""


def test_a_batch_whose_input_is_missing_or_whose_model_nobody_serves_stops_at_once(data_dir, tmp_path):
    source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    assert "in.jsonl: there is no such file" in failure(
        run(jobs.message_batch(ProviderModels()), batch_config(source, output))
    )
    source.write_text("{}", encoding="utf-8")
    result = run(jobs.message_batch(ProviderModels()), batch_config(source, output, model="gpt-4o"))
    assert "llm keys set openai" in failure(result)
    assert not output.exists()
    assert result.dagster_run.status == DagsterRunStatus.FAILURE


def test_every_op_and_graph_of_the_specification_is_there(data_dir):
    assert {job.name for job in definitions().jobs or []} == {"message", "message_batch"}
    nodes = {node.name for graph in [graphs.message_pipeline] for node in graph.node_defs}
    inner = {
        node.name
        for graph in graphs.message_pipeline.node_defs
        if hasattr(graph, "node_defs")
        for node in graph.node_defs
    }
    assert {"request_validation", "anthropic_to_litellm", "litellm_to_anthropic", "response_validation"} <= nodes
    assert nodes | inner >= {
        "validate_message", "validate_tools", "validate_conversation", "convert_messages", "convert_tools",
        "map_model", "assemble_request", "call_model", "convert_response", "validate_response",
    }  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [("concurrency", 0), ("concurrency", 257), ("chunk_size", 10_001)])
def test_a_number_out_of_range_is_refused_in_a_sentence(data_dir, tmp_path, name, value):
    config = {"path": str(tmp_path / "in.jsonl"), "output": str(tmp_path / "out.jsonl"), name: value}
    result = run(jobs.message_batch(ProviderModels()), {"split_batch": {"config": config}})
    assert failure(result).startswith(f"{name}: is {value}. Write a number from 1 to")
