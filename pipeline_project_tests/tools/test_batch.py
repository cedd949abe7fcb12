"""A batch ends as if its calls had run one after the other, sooner; an atomic one changes all or nothing."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline_project.errors import Conflict, InvalidInput, ServiceUnavailable, StoreError
from pipeline_project.governance.actions import Complexity, Resource
from pipeline_project.tools import Limits, Session, ToolResult, rollback, run_batch, run_tool
from pipeline_project.tools.base import Footprint, Tool, ToolInput
from pipeline_project.tools.registry import _CLASSES, _tool


def read(path, **more):
    return {"name": "Read", "input": {"file_path": path, **more}}


def write(path, content="x"):
    return {"name": "Write", "input": {"file_path": path, "content": content}}


def edit(path, old, new):
    return {"name": "Edit", "input": {"file_path": path, "old_string": old, "new_string": new}}


def bash(command):
    return {"name": "Bash", "input": {"command": command}}


def run(workspace, calls, *, limits=None, **more):
    async def batch():
        async with Session(workspace, "allow_all", limits, actor="user:tester") as session:
            return await run_batch(calls, session, **more)

    return asyncio.run(batch())


def tree(folder):
    return {
        str(path.relative_to(folder)): (stat.S_IMODE(path.stat().st_mode), path.is_file() and path.read_bytes())
        for path in folder.rglob("*")
    }


@pytest.fixture
def workspace(tmp_path, data_dir):
    folder = (tmp_path / "work").resolve()
    folder.mkdir()
    return folder


class WaitInput(ToolInput):
    """How to behave."""

    place: str = "/"
    writes: bool = False


class Wait(Tool[WaitInput]):
    """Does nothing but record that it runs; stands for a page that takes a while."""

    name = "Wait"
    description = "waits"
    input = WaitInput
    complexity = Complexity.READ
    idempotent = True
    family = "web"
    log: ClassVar[list[tuple[str, str]]] = []
    running: ClassVar[int] = 0
    most: ClassVar[int] = 0
    failures: ClassVar[int] = 0
    asked: ClassVar[float | None] = None
    hold: ClassVar[int] = 0
    begun: ClassVar[asyncio.Event]

    def resource(self, arguments, session):
        return Resource("name", "wait")

    def footprint(self, arguments, session):
        place = frozenset({Path(arguments.place)})
        return Footprint(writes=place) if arguments.writes else Footprint(reads=place)

    def read_only(self, arguments, session):
        return not arguments.writes

    async def run(self, arguments, session):
        Wait.log.append(("begin", arguments.place))
        Wait.running += 1
        Wait.most = max(Wait.most, Wait.running)
        try:
            for _ in range(20):
                await asyncio.sleep(0)
            if Wait.hold:
                if Wait.running == Wait.hold:
                    Wait.begun.set()
                await asyncio.Event().wait()
            if Wait.failures:
                Wait.failures -= 1
                raise ServiceUnavailable("the page did not answer", where="Wait", retry_after=Wait.asked)
            return ToolResult.of_text(arguments.place)
        finally:
            Wait.running -= 1
            Wait.log.append(("end", arguments.place))


@pytest.fixture
def wait(monkeypatch):
    monkeypatch.setitem(_CLASSES, "Wait", "wait:Wait")
    monkeypatch.setitem(sys.modules, "pipeline_project.tools.wait", type(sys)("wait"))
    sys.modules["pipeline_project.tools.wait"].Wait = Wait  # pyright: ignore
    _tool.cache_clear()
    Wait.log, Wait.running, Wait.most, Wait.failures, Wait.hold = [], 0, 0, 0, 0
    Wait.asked = None
    Wait.begun = asyncio.Event()
    monkeypatch.setattr("pipeline_project.tools.batch.FIRST_WAIT_SECONDS", 0.001)
    yield Wait
    _tool.cache_clear()


def waiting(place, **more):
    return {"name": "Wait", "input": {"place": place, **more}}


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


def test_an_atomic_batch_that_succeeds_stands(workspace, data_dir):
    results = run(workspace, [write("new/a", "1"), read("new/a"), edit("new/a", "1", "2")], atomic=True)
    assert [result.is_error for result in results] == [False] * 3
    assert (workspace / "new" / "a").read_text(encoding="utf-8") == "2"
    assert list(rollback.store().iterdir()) == []


def test_an_atomic_batch_that_fails_leaves_everything_as_it_was(workspace):
    (workspace / "old").write_bytes(b"one\r\n\xff")
    (workspace / "old").chmod(0o640)
    os.utime(workspace / "old", ns=(10**18, 10**18))
    before = tree(workspace)
    calls = [read("old"), write("old", "new"), write("deep/er/a"), edit("old", "absent", "x"), write("late")]
    results = run(workspace, calls, atomic=True)
    assert tree(workspace) == before
    assert (workspace / "old").stat().st_mtime_ns == 10**18
    assert results[3].is_error
    assert "All file changes of the batch were undone" in results[3].text
    assert all(result.is_error for result in results[1:])
    assert results[2].code in ("rolled_back", "not_run")
    assert "because call 4 (Edit) of the atomic batch failed" in results[1].text


def test_an_atomic_batch_with_a_call_that_cannot_work_runs_nothing(workspace, wait):
    results = run(workspace, [waiting("/a"), write("a"), {"name": "Read", "input": {}}], atomic=True)
    assert [result.code for result in results] == ["not_run", "not_run", "invalid_input"]
    assert wait.log == []
    assert tree(workspace) == {}


@pytest.mark.parametrize(
    "call", [bash("make"), waiting("/a", writes=True), {"name": "TodoWrite", "input": {"todos": []}}]
)
def test_an_atomic_batch_refuses_beforehand_what_it_could_not_undo(workspace, wait, call):
    with pytest.raises(InvalidInput, match=f"call 2: {call['name']} cannot be undone"):
        run(workspace, [write("a"), call], atomic=True)
    assert tree(workspace) == {}


def test_after_a_rollback_the_session_knows_the_files_as_before(workspace):
    (workspace / "a").write_text("one", encoding="utf-8")

    async def batch():
        async with Session(workspace, "allow_all", actor="user:tester") as session:
            await run_tool("Read", {"file_path": "a"}, session)
            await run_batch([edit("a", "one", "two"), read("nowhere")], session, atomic=True)
            return await run_tool("Edit", edit("a", "one", "three")["input"], session)

    assert asyncio.run(batch()).is_error is False
    assert (workspace / "a").read_text(encoding="utf-8") == "three"


def test_stopping_an_atomic_batch_undoes_it(workspace, wait):
    wait.hold = 1

    async def stopped():
        session = Session(workspace, "allow_all", actor="user:tester")
        task = asyncio.create_task(run_batch([write("a"), waiting(str(workspace / "a"))], session, atomic=True))
        async with asyncio.timeout(30):
            await wait.begun.wait()
        assert (workspace / "a").exists()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stopped())
    assert tree(workspace) == {}
    assert list(rollback.store().iterdir()) == []


KILLED = """
import asyncio, os, sys
from pathlib import Path
from pipeline_project.tools import rollback
workspace = Path(sys.argv[1])
journal = rollback.Journal([workspace])
journal.keep([workspace / "old", workspace / "new" / "a"])
(workspace / "old").write_text("half")
(workspace / "new").mkdir()
(workspace / "new" / "a").write_text("half")
print("ready", flush=True)
sys.stdin.read()
"""


def killed(workspace):
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(workspace)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def end(process):
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_an_atomic_batch_that_was_killed_is_undone_by_the_next_one(workspace, data_dir):
    (workspace / "old").write_text("whole", encoding="utf-8")
    process = killed(workspace)
    assert rollback.recover([workspace]) == []  # it lives
    assert (workspace / "old").read_text(encoding="utf-8") == "half"
    end(process)
    assert rollback.recover([workspace.parent / "other"]) == []
    (result,) = run(workspace, [read("old")])
    assert "whole" in result.text
    assert set(tree(workspace)) == {"old"}
    replaced = sorted(path.read_text(encoding="utf-8") for path in (data_dir / "rollback-replaced").rglob("*-*"))
    assert replaced == ["half", "half"]
    assert rollback.recover([workspace]) == []


def test_what_cannot_be_put_back_is_an_error_that_names_the_copies(workspace, data_dir, tmp_path):
    (workspace / "old").write_text("whole", encoding="utf-8")
    end(killed(workspace))
    (workspace / "old").unlink()
    (workspace / "old").mkdir()
    with pytest.raises(Conflict, match="Put them back by hand from"):
        run(workspace, [read("old")])
    assert [path.read_text(encoding="utf-8") for path in rollback.store().glob("*/0")] == ["whole"] or [
        path.read_text(encoding="utf-8") for path in rollback.store().glob("*/1")
    ] == ["whole"]


def test_a_rollback_does_not_write_through_a_link(workspace, data_dir, tmp_path):
    (workspace / "sub").mkdir()
    (workspace / "sub" / "a").write_text("inside", encoding="utf-8")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a").write_text("outside", encoding="utf-8")
    journal = rollback.Journal([workspace])
    journal.keep([workspace / "sub" / "a"])
    (workspace / "sub").rename(workspace / "moved")
    (workspace / "sub").symlink_to(outside)
    problems = journal.restore()
    assert len(problems) == 1
    assert (outside / "a").read_text(encoding="utf-8") == "outside"


def test_copies_are_readable_by_their_owner_alone(workspace, data_dir):
    (workspace / "a").write_text("secret", encoding="utf-8")
    journal = rollback.Journal([workspace])
    journal.keep([workspace / "a"])
    (folder,) = rollback.store().iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    journal.discard()
    assert list(rollback.store().iterdir()) == []


def test_an_atomic_batch_with_a_file_in_place_of_a_folder_fails_and_is_undone(workspace):
    (workspace / "a").write_text("one", encoding="utf-8")
    before = tree(workspace)
    first, second = run(workspace, [write("b"), write("a/b")], atomic=True)
    assert (first.code, second.code) == ("rolled_back", "os_error")
    assert tree(workspace) == before


def test_an_atomic_batch_that_could_not_be_undone_is_not_begun(workspace, data_dir):
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "rollback").write_text("no folder", encoding="utf-8")
    assert not run(workspace, [write("a")])[0].is_error
    with pytest.raises(StoreError, match="what the files hold cannot be kept"):
        run(workspace, [write("b")], atomic=True)
    assert set(tree(workspace)) == {"a"}
