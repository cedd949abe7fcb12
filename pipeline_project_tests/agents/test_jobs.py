"""The job `agent`, as the code location has it, on every provider by configuration alone."""

import importlib

import pytest
from dagster import DagsterInstance, in_process_executor, mem_io_manager

from pipeline_project import definitions, settings
from pipeline_project_tests.llm.clients import records
from pipeline_project_tests.llm.vendors import VENDORS, configure
from pipeline_project_tests.servers.upstream import Call, Fault, Tokens, Turn

READS = tuple(Call(f"call_{name}", "Read", {"file_path": f"{name}.txt"}) for name in ("first", "second"))
READING = Turn("Let me look.", signature="c2lnbmF0dXJl", calls=READS, tokens=Tokens(100, 20))
DONE = Turn("They say amber and birch.", tokens=Tokens(200, 10))


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "first.txt").write_text("amber\n", encoding="utf-8")
    (folder / "second.txt").write_text("birch\n", encoding="utf-8")
    return folder


def run(workspace, tags=None, **config):
    """The job's run, and what its op shows: on its output, or on its failure. `tags`: as a re-execution has them."""
    # resources are built from the settings when the code location loads
    job = importlib.reload(definitions).defs.get_job_def("agent")
    config = {"task": "Read both files.", "workspace": str(workspace), **config}
    with DagsterInstance.get() as instance:
        result = job.execute_in_process(
            {"ops": {"run_agent": {"config": config}}}, instance=instance, raise_on_error=False, tags=tags
        )
    for event in result.all_events:
        if event.is_successful_output:
            return result, {name: value.value for name, value in event.event_specific_data.metadata.items()}
        if event.is_step_failure:
            return result, event.event_specific_data.user_failure_data
    raise AssertionError("the op neither ended nor failed")


@pytest.mark.parametrize("stored", [False, True], ids=["key of the environment", "stored key"])
@pytest.mark.parametrize("vendor", VENDORS, ids=str)
def test_an_agent_calls_tools_in_parallel_and_shows_what_it_used(data_dir, workspace, monkeypatch, vendor, stored):
    with vendor.server() as server:
        configure(monkeypatch, vendor, server, stored=stored)
        server.queue.extend([READING, DONE])
        result, shown = run(workspace, model=vendor.model)
        assert result.success, shown
        told = str(server.bodies[1])
    assert "amber" in told
    assert "birch" in told
    assert result.output_for_node("run_agent")["output"] == DONE.text
    assert [(row["turn"], row["tool"], row["is_error"]) for row in rows(shown["calls"])] == [(1, "Read", False)] * 2
    assert (shown["turns"], shown["model"]) == (2, f"{vendor.name}/{vendor.upstream}")
    assert (shown["input_tokens"], shown["output_tokens"]) == (300, 30)
    assert (shown["llm_calls"], shown["llm_input_tokens"], shown["llm_output_tokens"]) == (2, 300, 30)
    booked = records()
    assert [(row.provider, row.outcome, row.run_id, row.agent) for row in booked] == [
        (vendor.name, "success", result.run_id, "general-purpose")
    ] * 2
    if vendor.priced:
        assert shown["cost"] == f"{sum(row.cost for row in booked):f}"
        assert float(shown["cost"]) > 0
    else:
        assert shown["cost"] is None


def rows(table):
    return [record.data for record in getattr(table, "records", table)]


def test_the_model_of_the_settings_is_asked_when_none_is_named(data_dir, workspace, monkeypatch):
    vendor = VENDORS[0]
    with vendor.server() as server:
        monkeypatch.setenv("PIPELINE_LLM_MODEL", vendor.model)
        configure(monkeypatch, vendor, server)
        server.queue.extend([READING, DONE])
        result, shown = run(workspace)
    assert result.success, shown
    assert shown["model"] == "openai/gpt-4o"


def test_a_turn_that_meets_an_overloaded_model_is_asked_again_by_the_client(data_dir, workspace, monkeypatch):
    vendor = VENDORS[1]
    overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    with vendor.server() as server:
        configure(monkeypatch, vendor, server)
        server.queue.extend([READING, Fault(529, overloaded, {"retry-after": "0"}), DONE])
        result, shown = run(workspace, model=vendor.model)
        assert len(server.requests) == 3
        # the turn before it was not paid for twice
        assert server.bodies[1] == server.bodies[2]
    assert result.success, shown
    assert [(row.outcome, row.attempt) for row in records()] == [("success", 1), ("overloaded", 1), ("success", 2)]


def test_a_refused_key_fails_the_run_with_the_remedy_and_without_the_key(data_dir, workspace, monkeypatch):
    vendor = VENDORS[0]
    with vendor.server() as server:
        configure(monkeypatch, vendor, server, key="sk-wrong-0123456789abcdef-9876")
        result, failure = run(workspace, model=vendor.model)
    assert not result.success
    assert "llm keys set openai" in failure.description
    assert "9876" not in failure.description
    assert failure.metadata["error"].value == "authentication_failed"


def test_a_provider_without_a_key_says_what_to_set(data_dir, workspace, monkeypatch):
    monkeypatch.setenv("PIPELINE_LLM_MODEL", "gpt-4o")
    settings.load.cache_clear()
    result, failure = run(workspace)
    assert not result.success
    assert "PIPELINE_SECRET_OPENAI_API_KEY" in failure.description


@pytest.mark.parametrize("limit", ["much", "1,5", "nan", "-1"])
def test_a_limit_that_is_no_amount_is_refused(data_dir, workspace, limit):
    result, failure = run(workspace, max_cost=limit)
    assert not result.success
    assert "Write 0.50" in failure.description


def test_nothing_of_a_run_is_pickled():
    job = definitions.defs.get_job_def("agent")
    assert job.resource_defs["io_manager"] is mem_io_manager
    assert job.executor_def is in_process_executor


def test_from_failure_goes_on_and_all_steps_begin_anew(data_dir, workspace, monkeypatch):
    vendor = VENDORS[0]
    with vendor.server() as server:
        configure(monkeypatch, vendor, server)
        server.queue.extend([READING, Fault(400, {"error": {"message": "no"}})])
        failed, _ = run(workspace, model=vendor.model)
        with DagsterInstance.get() as instance:
            copied = dict(instance.get_run_by_id(failed.run_id).tags)
        assert copied["agent/run_id"] == failed.run_id
        server.queue.append(DONE)
        went_on, shown = run(workspace, model=vendor.model, tags={**copied, "dagster/is_resume_retry": "true"})
        assert went_on.success
        assert (shown["run_id"], shown["restored"]) == (failed.run_id, 3)
        server.queue.extend([READING, DONE])
        anew, shown = run(workspace, model=vendor.model, tags=copied)
    assert anew.success
    assert (shown["run_id"], shown["restored"]) == (anew.run_id, 0)


def test_a_number_out_of_range_is_refused_in_a_sentence(data_dir, workspace):
    result, failure = run(workspace, max_turns=-1)
    assert not result.success
    assert failure.description == "max_turns: is -1. Write a number from 1, or 0 for none."


def test_a_question_to_a_person_says_how_to_go_on_from_the_launchpad(data_dir, workspace, monkeypatch):
    vendor = VENDORS[0]
    with vendor.server() as server:
        configure(monkeypatch, vendor, server)
        server.queue.append(Turn(calls=(Call("c1", "Write", {"file_path": "new.txt", "content": "x"}),)))
        _, failure = run(workspace, model=vendor.model)
    assert failure.metadata["error"].value == "approval_needed"
    assert failure.description.endswith("Or, in Dagster, re-execute it from failure.")
