"""Many at once, and killed in the middle: no change is lost, no file is ever half of one and half of another."""

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from pipeline_project.tools import Session, run_tool
from pipeline_project.tools.files import store

WRITER = """
import asyncio, sys
from pipeline_project.tools import Session, run_tool

async def main(folder, first, count):
    async with Session(folder, "allow_all", actor="user:tester") as session:
        await run_tool("Read", {"file_path": "a.txt"}, session)
        print("ready", flush=True)
        for number in range(first, first + count):
            edit = {"file_path": "a.txt", "old_string": f"<{number}>", "new_string": f"[{number}]"}
            while (result := await run_tool("Edit", edit, session)).is_error:
                assert result.code == "conflict", result.text
                await run_tool("Read", {"file_path": "a.txt"}, session)
        for number in range(10**9 if count == 0 else 0):
            await run_tool("Write", {"file_path": "a.txt", "content": "xy"[number % 2] * 300_000}, session)

asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
"""


def started(folder, first, count):
    arguments = [sys.executable, "-c", WRITER, str(folder), str(first), str(count)]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    if process.stdout.readline() != "ready\n":
        with process:
            process.kill()
        pytest.fail("the writer did not start; its own words stand above")
    return process


def test_edits_of_one_file_at_once_are_all_made(desk):
    path = desk.read_file("a.txt", "".join(f"<{number}>\n" for number in range(40)))

    async def all_of_them():
        edits = [
            {"file_path": "a.txt", "old_string": f"<{number}>", "new_string": f"[{number}]"} for number in range(40)
        ]
        return await asyncio.gather(*(run_tool("Edit", edit, desk.session) for edit in edits))

    assert not [result.text for result in asyncio.run(all_of_them()) if result.is_error]
    assert path.read_text(encoding="utf-8") == "".join(f"[{number}]\n" for number in range(40))


def test_two_sessions_do_not_overwrite_each_other(desk):
    path = desk.read_file("a.txt", "one two")
    other = Session(desk.folder, "allow_all", actor="user:other")

    async def both():
        await run_tool("Read", {"file_path": "a.txt"}, other)
        return await asyncio.gather(
            run_tool("Edit", {"file_path": "a.txt", "old_string": "one", "new_string": "1"}, desk.session),
            run_tool("Edit", {"file_path": "a.txt", "old_string": "two", "new_string": "2"}, other),
        )

    first, second = asyncio.run(both())
    assert first.is_error != second.is_error
    refused = first if first.is_error else second
    assert "has changed since it was read" in refused.text
    assert path.read_text(encoding="utf-8") == ("one 2" if first.is_error else "1 two")


def test_two_processes_lose_no_edit_of_each_other(desk):
    path = desk.file("a.txt", "".join(f"<{number}>\n" for number in range(60)))
    processes = [started(desk.folder, 0, 30), started(desk.folder, 30, 30)]
    for process in processes:
        with process:
            assert process.wait(timeout=120) == 0
    assert path.read_text(encoding="utf-8") == "".join(f"[{number}]\n" for number in range(60))


@pytest.mark.parametrize("turn", range(3))
def test_a_writer_that_is_killed_leaves_one_whole_content(desk, turn):
    path = desk.file("a.txt", "start")
    with started(desk.folder, 0, 0) as process:
        seen = set()
        while len(seen) < 3 + turn:  # until it is in the midst of its writes
            seen.add(path.stat().st_mtime_ns)
        process.send_signal(signal.SIGKILL)
    content = path.read_text(encoding="utf-8")
    assert len(content) == 300_000
    assert len(set(content)) == 1
    assert desk.text("LS") == f"{desk.folder}/\n  a.txt"
    for left in desk.folder.glob(".*.tmp"):
        os.utime(left, (0, 0))
    desk.text("Write", file_path="b.txt", content="x")
    assert sorted(each.name for each in desk.folder.iterdir()) == ["a.txt", "b.txt"]


def test_a_file_that_another_process_keeps_locked_is_waited_for(desk, monkeypatch):
    path = desk.read_file("a.txt", "x")
    monkeypatch.setattr(store, "LOCK_SECONDS", 0.05)
    with path.open(encoding="utf-8") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        words = desk.refusal("Edit", file_path="a.txt", old_string="x", new_string="y")
        assert words == (
            f"{path}: another process keeps the file locked. Try again when it is done; nothing was written."
        )
    desk.text("Edit", file_path="a.txt", old_string="x", new_string="y")


def test_another_writer_s_file_that_got_its_name_meanwhile_is_no_failure(desk, monkeypatch):
    desk.file(f".{'0' * 32}.tmp", "of another writer")
    list_folder = os.scandir

    @contextmanager
    def after_it_was_renamed(folder):
        with list_folder(folder) as entries:
            found = list(entries)
            (desk.folder / f".{'0' * 32}.tmp").rename(desk.folder / "b.txt")
            yield iter(found)

    monkeypatch.setattr(store.os, "scandir", after_it_was_renamed)
    assert desk.text("Write", file_path="a.txt", content="x") == f"Created {desk.folder}/a.txt (1 bytes)."
    assert (desk.folder / "b.txt").read_text(encoding="utf-8") == "of another writer"
