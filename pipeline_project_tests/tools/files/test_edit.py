"""Edit replaces the one place it names and keeps every other byte."""

import codecs
import io
import json
import os

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image

from pipeline_project.errors import InvalidInput
from pipeline_project.tools.files.editing import edited
from pipeline_project.tools.files.replacing import Replacement
from pipeline_project.tools.files.store import Present

MARKS = (b"", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


def changed(content, *changes):
    """The bytes that edits make of a file's bytes."""
    return edited(Present(None, content), [Replacement(*each) for each in changes], where="f", names=None).data


@given(st.binary(max_size=80), st.binary(max_size=80), st.sampled_from([b"", codecs.BOM_UTF8]))
def test_all_bytes_but_the_replaced_ones_are_kept(before, after, mark):
    assume(not (mark + before + b"x").startswith(MARKS[2:]))
    assume(b"NEEDLE" not in before + after)
    content = mark + before + b"NEEDLE" + after
    assert changed(content, ("NEEDLE", "other $1 \\1")) == mark + before + b"other $1 \\1" + after


@given(
    st.text(max_size=40), st.text(max_size=40), st.sampled_from(["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
)
def test_so_are_those_of_wide_encodings(before, after, name):
    assume("NEEDLE" not in before + after)
    spelled = ("\ufeff" + before + "NEEDLE" + after).encode(name)
    assert changed(spelled, ("NEEDLE", "né")) == ("\ufeff" + before + "né" + after).encode(name)


def test_a_place_is_replaced_and_shown_with_its_lines(desk):
    path = desk.read_file("a.py", "def f():\n    return 1\n\n\nprint(f())\n")
    result = desk.call("Edit", file_path="a.py", old_string="return 1", new_string="return 2")
    assert path.read_text(encoding="utf-8") == "def f():\n    return 2\n\n\nprint(f())\n"
    assert result.text == (
        f"Changed {path}. The lines around the change are now:\n1\tdef f():\n2\t    return 2\n3\t\n4\t\n5\tprint(f())"
    )
    assert result.structured["type"] == "update"
    assert result.structured["replaced"] == 1
    assert result.structured["patch"][0]["lines"] == [
        " def f():", "-    return 1", "+    return 2", " ", " ", " print(f())",
    ]  # fmt: skip
    assert result.written == (path,)


def test_replace_all_replaces_all(desk):
    path = desk.read_file("a.txt", "a b a\n" * 20)
    words = desk.text("Edit", file_path="a.txt", old_string="a", new_string="c", replace_all=True)
    assert path.read_text(encoding="utf-8") == "c b c\n" * 20
    assert words.startswith(f"Replaced 40 places in {path}.")


@pytest.mark.parametrize("new", ["$1 ${x} \\1 \\n \\g<0>", "", "%s {0}", "a\\"])
def test_what_is_inserted_is_literal(desk, new):
    path = desk.read_file("a.txt", "x(.*)y\r\nend")
    desk.text("Edit", file_path="a.txt", old_string="(.*)", new_string=new)
    assert path.read_bytes() == f"x{new}y\r\nend".encode()


@pytest.mark.parametrize(
    ("content", "old", "new", "wanted"),
    [
        (b"one\r\ntwo\r\nthree\r\n", "one\ntwo", "1\n2\n2.5", b"1\r\n2\r\n2.5\r\nthree\r\n"),
        (b"one\r\ntwo\r\n", "two", "2\n3", b"one\r\n2\r\n3\r\n"),
        (b"one\r\ntwo\r\n", "one\r\ntwo\r\n", "1\r\n2\r\n", b"1\r\n2\r\n"),
        (b"one\r\ntwo\r\n", "\ntwo", "", b"one\r\n"),
        (b"one\ntwo\r\nthree\nfour\n", "three", "3\n3", b"one\ntwo\r\n3\n3\nfour\n"),
        (b"one\ntwo\r\nthree\nfour\n", "two\nthree", "2\n3", b"one\n2\r\n3\nfour\n"),
        (b"one\ntwo\n", "two", "2\r\n3", b"one\n2\r\n3\n"),
        (b"one\ntwo\n", "one\r\ntwo", "1\n2", b"1\n2\n"),
        (b"a\rb\rc", "b", "x\ny", b"a\rx\ny\rc"),
        (b"\xef\xbb\xbfone\r\ntwo", "one\n", "1\n", b"\xef\xbb\xbf1\r\ntwo"),
        ("café\nthé\n".encode("latin-1"), "café", "à", "à\nthé\n".encode("latin-1")),
        ("caf\xe9 ok\n".encode("latin-1"), "ok", "OK", "caf\xe9 OK\n".encode("latin-1")),
    ],
)
def test_line_breaks_marks_and_code_pages_are_kept(desk, content, old, new, wanted):
    path = desk.read_file("a.txt", content)
    desk.text("Edit", file_path="a.txt", old_string=old, new_string=new)
    assert path.read_bytes() == wanted


def test_a_character_that_the_files_code_page_has_not_is_refused(desk):
    path = desk.read_file("a.txt", "café 5\n".encode("latin-1"))
    words = desk.refusal("Edit", file_path="a.txt", old_string="5", new_string="5 €")
    assert "the file is kept in latin-1, which has no '€' (U+20AC)" in words
    assert path.read_bytes() == "café 5\n".encode("latin-1")


def test_several_places_are_named_by_line(desk):
    path = desk.read_file("a.txt", "x\na\nx\nx x\n")
    assert desk.refusal("Edit", file_path="a.txt", old_string="x", new_string="y") == (
        f"{path}: old_string is in the file 4 times, on lines 1, 3, 4. "
        "Add lines around it until it names one place, or set replace_all to change all of them."
    )
    desk.read_file("b.txt", "x\n" * 30)
    assert "1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 20 more" in desk.refusal(
        "Edit", file_path="b.txt", old_string="x", new_string="y"
    )
    desk.read_file("c.txt", "x x")
    assert "2 times, on line 1." in desk.refusal("Edit", file_path="c.txt", old_string="x", new_string="y")


def test_identical_strings_are_refused(desk):
    path = desk.read_file("a.txt", "x")
    assert desk.refusal("Edit", file_path="a.txt", old_string="x", new_string="x") == (
        f"{path}: old_string and new_string are the same. Give a new_string that differs, or leave the file as it is."
    )


def test_a_change_of_line_breaks_alone_is_no_change(desk):
    desk.read_file("a.txt", b"a\r\nb\r\n")
    words = desk.refusal("Edit", file_path="a.txt", old_string="a\r\nb", new_string="a\nb")
    assert "the change leaves the file as it is. The two differ only in line breaks" in words


def test_an_unread_file_is_not_edited(desk):
    path = desk.file("a.txt", "x")
    assert "was not read in this session. Read it first" in desk.refusal(
        "Edit", file_path="a.txt", old_string="x", new_string="y"
    )
    assert path.read_text(encoding="utf-8") == "x"


def test_a_missing_file_names_near_ones(desk):
    desk.file("abc.txt", "x")
    words = desk.refusal("Edit", file_path="abd.txt", old_string="x", new_string="y")
    assert "there is no such file. Near names:" in words


def test_an_empty_old_string_makes_a_file_and_fills_an_empty_one(desk):
    assert desk.text("Edit", file_path="new/a.txt", old_string="", new_string="x\n").startswith("Created")
    assert (desk.folder / "new/a.txt").read_text(encoding="utf-8") == "x\n"
    desk.file("empty.txt", "")
    desk.text("Edit", file_path="empty.txt", old_string="", new_string="y")
    assert (desk.folder / "empty.txt").read_text(encoding="utf-8") == "y"


def test_an_empty_old_string_does_not_overwrite(desk):
    path = desk.read_file("a.txt", "x")
    assert "the file has content, and an empty old_string makes a new file" in desk.refusal(
        "Edit", file_path="a.txt", old_string="", new_string="y"
    )
    assert path.read_text(encoding="utf-8") == "x"


def test_text_sought_in_an_empty_file_is_not_there(desk):
    desk.file("a.txt", "")
    words = desk.refusal("Edit", file_path="a.txt", old_string="x", new_string="y")
    assert "The file is empty; give an empty old_string to fill it." in words


def test_a_folder_is_no_file(desk):
    (desk.folder / "src").mkdir()
    assert "is a folder, not a file" in desk.refusal("Edit", file_path="src", old_string="a", new_string="b")


def test_a_notebook_has_a_tool_of_its_own_and_a_broken_one_is_text(desk):
    whole = b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    desk.read_file("a.ipynb", whole)
    assert "is a notebook. Use NotebookEdit" in desk.refusal(
        "Edit", file_path="a.ipynb", old_string="4", new_string="5"
    )
    path = desk.read_file("b.ipynb", whole[:-1])
    desk.text("Edit", file_path="b.ipynb", old_string="5", new_string="5}")
    assert path.read_bytes() == whole


def test_a_file_too_large_to_hold_is_refused(desk):
    path = desk.file("huge.txt", "x" * 9_000 + "\n")
    with path.open("r+b") as file:
        file.truncate((64 << 20) + 1)
    desk.text("Read", file_path="huge.txt", limit=1)
    words = desk.refusal("Edit", file_path="huge.txt", old_string="x", new_string="y")
    assert "67,108,865 bytes are more than can be edited (67,108,864). Use Bash with sed" in words


def test_an_edit_that_takes_itself_back_is_refused():
    with pytest.raises(InvalidInput, match="the edits leave the file as it is"):
        changed(b"a", ("a", "b"), ("b", "a"))


@pytest.mark.parametrize(
    ("content", "old", "words"),
    [
        ("a = 1\nb = 2\n", "1\ta = 1\n2\tb = 2", "It carries the line numbers that Read shows before a tab"),
        ("a = 1\nb = 2\n", "     1→a = 1", "It carries the line numbers"),
        (
            "if x:\n\treturn 1\n",
            "if x:\n    return 1",
            r"It differs from line 2 only in white space (tabs, spaces, indentation): "
            r"the file has '\treturn 1', old_string has '    return 1'. Copy it exactly from a fresh Read.",
        ),
        ("a  \nb\n", "a\nb", "It differs from line 1 only in white space at the end of a line: the file has 'a  '"),
        ("x = “a”\n", 'x = "a"', "It differs from line 1 only in quotes, dashes or special spaces"),
        ("don\u2019t stop\n", "don't", "It differs from line 1 only in quotes"),
        ("a\u00a0b\n", "a b", "special spaces"),
        ("def Foo():\n", "def foo():", "It differs from line 1 only in letter case"),
        ("\tSay(“a”)\n", '    say("a")', "only in white space, quotes or letter case"),
        ("a\nb\n", "a\\nb", "It spells line breaks, tabs or quotes with backslashes"),
        (
            b"caf\xe9 au lait\n\xc3\xa9",
            "caf\ufffd au lait",
            "Read shows for bytes that are no UTF-8: choose an old_string",
        ),
        (
            b"caf\xe9 au\r\nlait",
            "caf\ufffd au\nlait",
            r"In Latin-1, which the file seems to be kept in, that place reads 'café",
        ),
        ("one\ntwo", "two\n", "The file ends there without a line break: leave the last one out of old_string."),
        (
            "one\ntwo\nthree\nfour\n",
            "two\n3\nfour",
            "The nearest place begins at line 2; line 3 differs: the file has 'three', old_string has '3'.",
        ),
        ("one\ntwo", "two\nthree", "The nearest place begins at line 2, but the file ends before it."),
        ("def compute_total(a, b):\n", "def compute_totals(a):", "The nearest is line 1: 'def compute_total(a, b):'"),
        ("nothing alike", "zzzzzz", "Nothing like it is there; Read the file again and copy the text exactly."),
    ],
)
def test_text_that_is_not_there_is_explained(desk, content, old, words):
    desk.read_file("a.txt", content)
    result = desk.call("Edit", file_path="a.txt", old_string=old, new_string="new")
    assert result.is_error
    assert "old_string is not in the file." in result.text
    assert words in result.text


def test_a_picture_is_not_edited_as_text(desk):
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, "PNG")
    path = desk.read_file("a.png", buffer.getvalue())
    assert desk.refusal("Edit", file_path="a.png", old_string="IHDR", new_string="x") == (
        f"{path}: is an image, not text. Replace it with Write, or change it with Bash."
    )
    assert path.read_bytes() == buffer.getvalue()


def test_a_result_can_be_sent_whatever_bytes_stand_around_the_change(desk):
    desk.read_file("a.txt", b"caf\xe9 \xc3\xa9\nnext\n")
    result = desk.call("Edit", file_path="a.txt", old_string="next", new_string="last")
    assert result.text.endswith("1\tcaf\ufffd é\n2\tlast")
    json.dumps(result.structured, ensure_ascii=False).encode()
    assert (desk.folder / "a.txt").read_bytes() == b"caf\xe9 \xc3\xa9\nlast\n"


def test_a_name_that_is_no_utf_8_can_be_told(desk):
    result = desk.call("Write", file_path=os.fsdecode(b"a\xff"), content="x")
    assert result.text.encode()
    json.dumps(result.structured, ensure_ascii=False).encode()
    assert (desk.folder / os.fsdecode(b"a\xff")).read_text(encoding="utf-8") == "x"


@pytest.mark.parametrize("code", [0xD83D, 0xDCFF])
def test_half_a_surrogate_pair_is_refused_and_nothing_written(desk, code):
    path, half = desk.read_file("a.txt", "x"), chr(code)
    for said in (
        desk.refusal("Edit", file_path="a.txt", old_string="x", new_string=half),
        desk.refusal("Write", file_path="a.txt", content=half),
    ):
        assert f"half a surrogate pair (U+{code:04X}) is no character" in said
    assert path.read_bytes() == b"x"


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
def test_a_wide_text_may_begin_with_a_nul(name):
    assert changed("\ufeff\0NEEDLE".encode(name), ("NEEDLE", "né")) == "\ufeff\0né".encode(name)
