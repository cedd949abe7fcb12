"""Output in memory, then in a file; head, tail and filters."""

import os
import re

import pytest

from pipeline_project.errors import Conflict
from pipeline_project.tools.shell.keeping import FOLDER, new_file
from pipeline_project.tools.shell.output import Output


def made(tmp_path, *, memory=100, most=1 << 20):
    return Output(lambda: new_file(tmp_path, "bash"), memory=memory, most=most)


def test_short_output_needs_no_file(tmp_path):
    output = made(tmp_path)
    output.feed(b"one\ntwo")
    output.finish()
    assert output.take(100).text == "one\ntwo"
    assert list(tmp_path.iterdir()) == []


def test_long_output_is_a_head_a_tail_and_a_file(tmp_path):
    output = made(tmp_path)
    output.feed("".join(f"{number} ä\n" for number in range(5000)).encode())
    output.finish()
    shown = output.take(100)
    assert (len(shown.head), len(shown.tail)) == (50, 50)
    assert shown.head.startswith("0 ä\n1 ä\n")
    assert shown.tail.endswith("4999 ä\n")
    assert shown.file is not None
    whole = shown.file.read_text()
    assert whole == "".join(f"{number} ä\n" for number in range(5000))
    assert shown.left_out == len(whole.encode()) - len((shown.head + shown.tail).encode())


def test_each_taking_shows_only_what_is_new(tmp_path):
    output = made(tmp_path)
    output.feed(b"one\n")
    assert output.take(100).text == "one\n"
    output.feed(b"two\n" * 100)
    output.take(10)
    output.feed(b"three\n")
    assert output.take(100).text == "three\n"


def test_a_pattern_is_held_against_every_line_across_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline_project.tools.shell.output._BLOCK", 7)
    output = made(tmp_path)
    output.feed("".join(f"line {number}\n" for number in range(200)).encode())
    output.finish()
    assert output.take(1000, pattern=re.compile("7$")).head.split("\n")[:3] == ["line 7", "line 17", "line 27"]


def test_many_matching_lines_are_clipped_by_whole_lines(tmp_path):
    output = made(tmp_path)
    output.feed("".join(f"line {number}\n" for number in range(5000)).encode())
    shown = output.take(100, pattern=re.compile("line"))
    assert shown.head.startswith("line 0\n")
    assert shown.tail.endswith("line 4999")
    assert all(re.fullmatch(r"line \d+", line) for line in (shown.head + "\n" + shown.tail).split("\n"))


def test_what_the_file_cannot_hold_is_counted(tmp_path):
    output = made(tmp_path, most=1000)
    output.feed(b"x" * 2999 + b"\n")
    shown = output.take(10_000)
    assert shown.dropped == 2000
    assert "2000 bytes were not kept" in shown.text


def test_the_folder_is_made_once_and_ignored_by_git(tmp_path):
    for _ in range(2):
        path, descriptor = new_file(tmp_path, "bash")
        os.close(descriptor)
        assert path.parent == tmp_path / FOLDER
    assert (tmp_path / FOLDER / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize("kind", ["link", "file"])
def test_what_is_no_folder_in_its_place_is_refused(tmp_path, kind):
    place = tmp_path / "workspace"
    place.mkdir()
    if kind == "link":
        (place / FOLDER).symlink_to(tmp_path)
    else:
        (place / FOLDER).write_text("")
    with pytest.raises(Conflict, match="cannot be kept"):
        new_file(place, "bash")
