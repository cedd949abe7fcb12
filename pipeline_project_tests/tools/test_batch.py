"""A batch ends as if its calls had run one after the other, sooner."""

import asyncio
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline_project.tools import Limits, Session, run_batch, run_tool
from pipeline_project_tests.tools.batches import bash, edit, read, run, tree, waiting, write


def test_results_come_in_call_order_and_an_error_stops_no_other(workspace):
    results = run(workspace, [write("a", "1"), read("nowhere"), read("a"), {"name": "Nope"}, write("b", "2")])
    assert [result.is_error for result in results] == [False, True, False, True, False]
    assert "1" in results[2].text
    assert (workspace / "b").read_text(encoding="utf-8") == "2"


def test_an_empty_batch_has_no_results(workspace):
    assert run(workspace, []) == []


def test_what_does_not_conflict_overlaps_up_to_the_limit(workspace, wait):
    run(workspace, [waiting(f"/{number}") for number in range(8)], limits=Limits(parallel=3))
    assert wait.most == 3


def test_what_conflicts_does_not_overlap(workspace, wait):
    run(workspace, [waiting("/a", writes=True) for _ in range(4)])
    assert wait.most == 1


def test_each_result_is_told_as_it_ends(workspace, wait):
    told = []
    results = run(workspace, [waiting("/a"), read("nowhere"), waiting("/b")], on_result=lambda *each: told.append(each))
    assert sorted(index for index, _ in told) == [0, 1, 2]
    assert all(results[index] is result for index, result in told)


def test_a_network_read_is_tried_again_after_a_transient_error(workspace, wait):
    wait.failures = 2
    (result,) = run(workspace, [waiting("/a")])
    assert result.is_error is False
    wait.failures = 3
    (result,) = run(workspace, [waiting("/a")])
    assert (result.is_error, result.code) == (True, "service_unavailable")


def test_what_changes_something_is_never_tried_again(workspace, wait):
    wait.failures = 1
    (result,) = run(workspace, [waiting("/a", writes=True)])
    assert result.is_error
    assert wait.log.count(("begin", "/a")) == 1


def test_stopping_a_batch_stops_its_calls(workspace, wait):
    wait.hold = 2

    async def stopped():
        session = Session(workspace, "allow_all", actor="user:tester")
        task = asyncio.create_task(run_batch([waiting("/a"), waiting("/b"), waiting("/a", writes=True)], session))
        async with asyncio.timeout(30):
            await wait.begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stopped())
    assert wait.running == 0
    assert len(wait.log) == 4


def test_a_batch_plans_anew_after_a_command(workspace):
    (workspace / "sub").mkdir()
    results = run(workspace, [bash("cd sub"), write("a", "in sub"), read(str(workspace / "sub" / "a"))])
    if results[0].code == "not_configured":
        pytest.skip("no sandbox here")
    assert [result.is_error for result in results] == [False, False, False]
    assert "in sub" in results[2].text


files = st.sampled_from(["a", "b", "sub/c"])
words = st.sampled_from(["one", "two", "three\n"])
calls_of_files = st.one_of(
    st.builds(read, files),
    st.builds(write, files, words),
    st.builds(edit, files, words, words),
    st.just({"name": "Grep", "input": {"pattern": "o", "output_mode": "content"}}),
    st.just({"name": "LS", "input": {}}),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(calls_of_files, max_size=10))
def test_a_batch_gives_what_its_calls_give_one_after_the_other(tmp_path_factory, data_dir, calls):
    outcomes = []
    for together in (False, True):
        folder = tmp_path_factory.mktemp("order").resolve() / "work"
        folder.mkdir()

        async def both(folder=folder, together=together):
            async with Session(folder, "allow_all", actor="user:tester") as session:
                if together:
                    return await run_batch(calls, session)
                return [await run_tool(call["name"], call["input"], session) for call in calls]

        results = asyncio.run(both())
        outcomes.append(([(each.text.replace(str(folder), ""), each.is_error) for each in results], tree(folder)))
    assert outcomes[0] == outcomes[1]


def test_a_service_is_given_the_time_it_asks_for(workspace, wait):
    wait.failures, wait.asked = 1, 0.05
    began = time.monotonic()
    (result,) = run(workspace, [waiting("/a")])
    assert not result.is_error
    assert time.monotonic() - began >= 0.05


def test_but_not_when_it_asks_for_too_much(workspace, wait):
    wait.failures, wait.asked = 1, 3600.0
    (result,) = run(workspace, [waiting("/a")])
    assert (result.code, result.retry_after) == ("service_unavailable", 3600.0)
    assert wait.failures == 0
    assert len(wait.log) == 2
