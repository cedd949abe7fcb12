"""Read shows a file's lines with their numbers, any range of them, and says what it leaves out."""

import os
from pathlib import Path

import pytest

from pipeline_project.tools import Limits


def bytes_read():
    """What this process has read by system calls so far."""
    try:
        fields = Path("/proc/self/io").read_text(encoding="ascii").split()
    except OSError:
        pytest.skip("this system does not count what a process reads")
    return int(fields[fields.index("rchar:") + 1])


def lines(first, last):
    return "".join(f"line {number}\n" for number in range(first, last + 1))


def test_lines_are_numbered_from_one_with_a_tab(desk):
    desk.file("a.txt", "one\n\ttwo\n\nfour")
    result = desk.call("Read", file_path="a.txt")
    assert result.text == "1\tone\n2\t\ttwo\n3\t\n4\tfour"
    assert result.structured == {
        "path": str(desk.folder / "a.txt"), "type": "text", "start_line": 1, "lines": 4, "total_lines": 4,
    }  # fmt: skip


def test_relative_and_absolute_paths_name_the_same_file(desk):
    path = desk.file("in/a.txt", "x\n")
    assert desk.text("Read", file_path=str(path)) == desk.text("Read", file_path="in/a.txt") == "1\tx"


def test_offset_and_limit_choose_a_range_and_the_note_says_how_to_go_on(desk):
    desk.file("a.txt", lines(1, 10))
    result = desk.call("Read", file_path="a.txt", offset="4", limit="2")
    assert [block["text"] for block in result.content] == [
        "4\tline 4\n5\tline 5",
        "Lines 4 to 5 of 10. Continue with offset=6.",
    ]


def test_two_thousand_lines_are_shown_unasked(desk):
    desk.file("a.txt", lines(1, 2_500))
    shown, note = (block["text"] for block in desk.call("Read", file_path="a.txt").content)
    assert shown.endswith("\n2000\tline 2000")
    assert note == "Lines 1 to 2000 of 2,500. Continue with offset=2001."


def test_a_negative_offset_counts_from_the_end(desk):
    desk.file("a.txt", lines(1, 10))
    assert desk.text("Read", file_path="a.txt", offset=-2).startswith("9\tline 9\n10\tline 10\n")
    assert desk.text("Read", file_path="a.txt", offset=-3, limit=1).startswith("8\tline 8\nLines 8 to 8 of 10.")
    assert desk.text("Read", file_path="a.txt", offset=-99) == desk.text("Read", file_path="a.txt")


def test_an_empty_file_and_an_offset_past_the_end_are_notes_with_the_count(desk):
    desk.file("empty.txt", "")
    desk.file("a.txt", "x\ny")
    assert desk.text("Read", file_path="empty.txt") == "The file is there and empty: 0 lines."
    assert desk.text("Read", file_path="empty.txt", offset=-5) == "The file is there and empty: 0 lines."
    assert desk.text("Read", file_path="a.txt", offset=3) == "The file has 2 lines, so there is none at offset 3."


def test_a_long_line_is_cut_and_its_length_said(desk):
    desk.file("a.txt", "é" * 3_000 + "\nshort\n")
    first, second = desk.text("Read", file_path="a.txt").split("\n")
    assert first == "1\t" + "é" * 2_000 + "… [line cut: 6,000 bytes long]"
    assert second == "2\tshort"


def test_a_line_of_exactly_the_limit_is_whole(desk_with):
    desk = desk_with(line_characters=5)
    desk.file("a.txt", "漢" * 5 + "\r\n" + "x" * 6)
    assert desk.text("Read", file_path="a.txt") == f"1\t{'漢' * 5}\n2\txxxxx… [line cut: 6 bytes long]"


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"\xef\xbb\xbfone\r\ntwo\r\n", "1\tone\n2\ttwo"),
        (b"caf\xe9\n\xc3\xa9", "1\tcaf\ufffd\n2\té"),
        ("\ufeffé\r\nü\n".encode("utf-16-le"), "1\té\n2\tü"),
        ("\ufeffé\r\nü".encode("utf-16-be"), "1\té\n2\tü"),
        ("\ufeff\u0a0a\u010a\n2".encode("utf-16-le"), "1\t\u0a0a\u010a\n2\t2"),
        ("\ufeffx\ny".encode("utf-32-le"), "1\tx\n2\ty"),
        ("a\u2028b\x0cc\x0bd\n".encode(), "1\ta\u2028b\x0cc\x0bd"),
        (b"\n\n", "1\t\n2\t"),
    ],
)
def test_marks_and_carriage_returns_are_hidden_and_stray_bytes_replaced(desk, content, shown):
    desk.file("a.txt", content)
    assert desk.text("Read", file_path="a.txt") == shown


def test_a_large_file_without_a_range_names_offset_and_limit(desk):
    desk.file("big.txt", lines(1, 40_000))
    words = desk.refusal("Read", file_path="big.txt")
    assert "has 428,894 bytes, more than the 262,144 that are read at once." in words
    assert "Read a part of it with offset and limit" in words
    assert desk.text("Read", file_path="big.txt", offset=39_999) == "39999\tline 39999\n40000\tline 40000"
    assert desk.text("Read", file_path="big.txt", limit=1).startswith("1\tline 1\nLines 1 to 1 of 40,000.")


def test_a_single_huge_line_is_refused_whole_and_cut_in_a_range(desk):
    desk.file("line.json", "x" * 1_000_000)
    assert "offset and limit" in desk.refusal("Read", file_path="line.json")
    assert desk.text("Read", file_path="line.json", limit=1) == f"1\t{'x' * 2000}… [line cut: 1,000,000 bytes long]"


def test_an_answer_has_an_end_also_when_many_lines_are_asked_for(desk):
    desk.file("big.txt", ("x" * 99 + "\n") * 50_000)
    shown, note = (block["text"] for block in desk.call("Read", file_path="big.txt", limit=50_000).content)
    count = shown.count("\n") + 1
    assert len(shown) <= Limits().read_bytes
    assert f"Lines 1 to {count} of 50,000." in note
    assert f"The text of one answer ends here. Continue with offset={count + 1}." in note


@pytest.fixture
def gigabyte(desk):
    """A log of a gigabyte, sparse in its middle: 1000 lines, nothing, 50 lines."""
    path = desk.file("huge.log", lines(1, 1_000) + "x" * 10_000)
    with path.open("r+b") as file:
        file.seek(1 << 30)
        file.write(b"\n" + lines(1, 50).encode())
    return path


def test_the_last_lines_of_a_gigabyte_cost_the_range(desk, gigabyte):
    desk.text("Read", file_path="huge.log", limit=1)
    before = bytes_read()
    text = desk.text("Read", file_path="huge.log", offset=-20)
    assert bytes_read() - before < 1 << 20
    assert text.startswith("-20\tline 31\n")
    assert "-1\tline 50\n" in text
    assert "Lines are numbered from the end" in text


def test_a_range_passed_once_costs_only_itself_afterwards(desk, gigabyte):
    assert desk.text("Read", file_path="huge.log", offset=1_010, limit=1) == (
        "1010\tline 9\nLines 1010 to 1010. Continue with offset=1011."
    )
    before = bytes_read()
    assert desk.text("Read", file_path="huge.log", offset=1_020, limit=1).startswith("1020\tline 19\n")
    assert bytes_read() - before < 4 << 20


def test_the_first_lines_of_a_gigabyte_cost_the_range(desk, gigabyte):
    before = bytes_read()
    assert desk.text("Read", file_path="huge.log", offset=500, limit=2).startswith("500\tline 500\n501\tline 501\n")
    assert bytes_read() - before < 4 << 20


def test_a_counted_file_numbers_its_end_truly(desk, gigabyte):
    assert "has 1,051 lines" in desk.text("Read", file_path="huge.log", offset=5_000)
    assert desk.text("Read", file_path="huge.log", offset=-1).startswith("1051\tline 50\n")


def test_a_changed_file_is_counted_anew(desk_with):
    desk = desk_with(read_bytes=100)
    path = desk.file("a.log", lines(1, 100))
    assert desk.text("Read", file_path="a.log", offset=100) == "100\tline 100"
    path.write_text("short\n" * 200, encoding="utf-8")
    assert desk.text("Read", file_path="a.log", offset=200) == "200\tshort"


def test_a_file_that_shrinks_while_it_is_read_ends_there(desk, monkeypatch):
    path = desk.file("a.log", lines(1, 30_000))
    real = os.pread

    def shrinking(descriptor, count, offset):
        os.truncate(path, 100)
        return real(descriptor, count, offset)

    monkeypatch.setattr(os, "pread", shrinking)
    assert "so there is none at offset 20000" in desk.text("Read", file_path="a.log", offset=20_000)
