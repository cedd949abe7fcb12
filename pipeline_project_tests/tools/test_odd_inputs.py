"""Whatever a model writes into a call, it gets a result that says what to do next: nothing is raised, nothing hangs."""

import asyncio
import os
import stat
import subprocess

import pytest

from pipeline_project.tools import Session, run_batch, run_tool
from pipeline_project.tools.files import tree
from pipeline_project.tools.registry import tools

HALF = "\ud800"
ODD = (
    None, "", " ", HALF, "\0", "😀", "x" * 300, "x" * 200_000, "loop", "pipe", "folder", "gone", "bytes", 0, -1, 10**30,
    2.5, float("nan"), True, [], [[]], [None], {}, {"a": HALF}, "../..", "/dev/zero", "~",
)  # fmt: skip
STARTS = {"Task", "WebFetch", "WebSearch", "Bash"}
"""Tools that reach beyond the workspace; their own tests give them odd inputs."""


@pytest.fixture
def workspace(tmp_path, data_dir):
    folder = (tmp_path / "work").resolve()
    folder.mkdir()
    (folder / "folder").mkdir()
    (folder / "a").write_text("one\ntwo\n", encoding="utf-8")
    (folder / "bytes").write_bytes(bytes(range(256)))
    (folder / "loop").symlink_to("loop")
    (folder / "gone").symlink_to("nowhere")
    os.mkfifo(folder / "pipe")
    return folder


def call(workspace, name, values):
    session = Session(workspace, "allow_all", actor="user:tester")
    return asyncio.run(run_tool(name, values, session))


def valid(name, tool):
    """The least input that fits, so that one odd value at a time is put beside good ones."""
    given = {"file_path": "a", "notebook_path": "a.ipynb", "pattern": "one", "todos": [], "edits": []}
    return {field: given.get(field, "x") for field in tool.schema().get("required", [])}


@pytest.mark.parametrize("name", [each for each in tools().names() if each not in STARTS])
def test_no_value_of_any_field_is_raised_or_hangs(workspace, name):
    tool = tools().get(name)

    async def all_of_them():
        async with Session(workspace, "allow_all", actor="user:tester") as session:
            for field in tool.schema().get("properties", {}):
                for value in ODD:
                    values = {**valid(name, tool), field: value}
                    result = await asyncio.wait_for(run_tool(name, values, session), 30)
                    assert result.text or result.content, (field, ascii(value)[:80])
                    result.text.encode()  # can be sent

    asyncio.run(all_of_them())
    assert stat.S_ISFIFO((workspace / "pipe").lstat().st_mode)
    assert (workspace / "bytes").read_bytes() == bytes(range(256))


@pytest.mark.parametrize("values", [None, [], "x", 3])
def test_an_input_that_is_no_mapping_is_told_what_there_is(workspace, values):
    result = call(workspace, "Read", values)
    assert result.text == (
        "Read: the input is no mapping of fields. Required: file_path; optional: offset, limit, pages."
    )


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("Read", {"filepath": "a"}, "file_path is missing; filepath is no field of it (did you mean file_path?)."),
        ("MultiEdit", {"file_path": "a", "edits": "[1"}, "MultiEdit: edits: Input should be a list."),
        ("MultiEdit", {"file_path": "a", "edits": "[]"}, "MultiEdit: edits: List should have at least 1 item"),
        ("MultiEdit", {"file_path": "a", "edits": []}, "MultiEdit: edits: List should have at least 1 item"),
        ("MultiEdit", {"file_path": "a", "edits": [{"old_string": "x"}]}, "edits.0.new_string is missing. Required"),
        ("Write", {"file_path": "a/b", "content": ""}, "A part of the path is a file, not a folder"),
        ("Grep", {"pattern": "(?=x)"}, "is not supported. Write it without look-around, or use `grep -P` in Bash."),
        ("Grep", {"pattern": "a\nb"}, "Set `multiline`."),
        ("Grep", {"pattern": "interface{}"}, "Escape a brace that stands for itself"),
        ("Grep", {"pattern": "("}, "Escape ( ) [ ] { } where they stand for themselves."),
        ("Grep", {"pattern": "a", "type": "nolang"}, "Use `glob` instead"),
        ("Grep", {"pattern": "a", "path": "pipe"}, "is a pipe, socket or device. Name a file or folder to search."),
        ("Grep", {"pattern": HALF}, "holds half a surrogate pair"),
        ("Grep", {"pattern": "x" * 200_000}, "has more than 100,000 bytes. Search for a part of it."),
        ("Glob", {"pattern": "x" * 200_000}, "has more than 100,000 bytes. Search for a part of it."),
        ("Glob", {"pattern": "["}, "Escape [ and { where they stand for themselves"),
    ],
)
def test_the_sentence_says_what_to_do_next(workspace, name, values, said):
    result = call(workspace, name, values)
    assert result.is_error
    assert said in result.text


@pytest.fixture
def folders_without_end(workspace):
    here = os.open(workspace, os.O_RDONLY)
    for _ in range(1_200):  # longer than a path may be, and deeper than Python may recurse
        os.mkdir("deep", dir_fd=here)
        below = os.open("deep", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    yield
    # a later session of pytest would try to remove it, recurse without end and fail
    subprocess.run(["rm", "-rf", workspace / "deep"], check=True)


@pytest.mark.usefixtures("folders_without_end")
def test_folders_in_folders_without_end_are_listed_as_far_as_anyone_would_read(workspace):
    result = call(workspace, "LS", {})
    assert not result.is_error
    assert result.text.count("deep/") == tree.MOST_DEPTH + 1
    assert "not listed" in result.text


@pytest.mark.parametrize(("name", "values"), [("TaskGet", {"taskId": "x" * 200_000}), ("x" * 200_000, {})])
def test_an_error_that_quotes_what_it_was_given_stays_short(workspace, name, values):
    result = call(workspace, name, values)
    assert result.is_error
    assert len(result.text) < 5_000


def test_a_tool_that_breaks_is_told_and_ends_no_other_call(workspace, monkeypatch):
    def broken(*_):
        raise RuntimeError("no such door")

    monkeypatch.setattr(tree, "_names", broken)
    calls = [{"name": "LS", "input": {}}, {"name": "Read", "input": {"file_path": "a"}}]

    async def both():
        async with Session(workspace, "allow_all", actor="user:tester") as session:
            return await run_batch(calls, session)

    first, second = asyncio.run(both())
    assert (first.is_error, first.code) == (True, "internal_error")
    assert "LS: broke, which is a fault of the tool and not of the call (RuntimeError: no such door)" in first.text
    assert second.text == "1\tone\n2\ttwo"
