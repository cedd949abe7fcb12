"""An atomic batch changes all or nothing, also when it is stopped, killed or cannot begin."""

import asyncio
import os
import signal
import stat
import subprocess
import sys

import pytest

from pipeline_project.errors import Conflict, InvalidInput, StoreError
from pipeline_project.tools import Session, rollback, run_batch, run_tool
from pipeline_project_tests.tools.batches import bash, edit, read, run, tree, waiting, write


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
