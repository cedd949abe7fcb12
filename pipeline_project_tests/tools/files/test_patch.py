"""Hunks lead from the old lines to the new ones, are numbered as diff numbers them, and cost a bounded time."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline_project.tools.files import patch as module
from pipeline_project.tools.files.patch import patch, split

texts = st.lists(st.sampled_from(["a\n", "b\n", "c\r\n", "\n", "e"]), max_size=40).map("".join)


def applied(before, hunks):
    """What a program that knows hunks makes of the old text."""
    old, result, at = split(before), [], 0
    for hunk in hunks:
        start = hunk["oldStart"] - (1 if hunk["oldLines"] else 0)
        result += old[at:start]
        at = start + hunk["oldLines"]
        body = [line for line in hunk["lines"] if not line.startswith("\\")]
        assert [line[1:] for line in body if line[0] in " -"] == [line.removesuffix("\n") for line in old[start:at]]
        assert len(result) == hunk["newStart"] - (1 if hunk["newLines"] else 0)
        added = [line[1:] + "\n" for line in body if line[0] in " +"]
        assert len(added) == hunk["newLines"]
        unended = [number for number, line in enumerate(hunk["lines"]) if line.startswith("\\")]
        if any(hunk["lines"][number - 1][0] in " +" for number in unended):
            added[-1] = added[-1].removesuffix("\n")
        result += added
    return "".join(result + old[at:])


@given(texts, texts)
def test_the_hunks_applied_to_the_old_text_give_the_new(before, after):
    found = patch(before, after)
    assert applied(before, found.hunks) == after
    assert (not found.hunks) == (before == after)


@given(texts, texts)
def test_so_do_those_of_texts_too_different_to_compare(before, after):
    limit, module._MOST_PAIRS = module._MOST_PAIRS, 4
    try:
        assert applied(before, patch(before, after).hunks) == after
    finally:
        module._MOST_PAIRS = limit


def test_a_change_is_shown_with_three_lines_around_it():
    before = "".join(f"{number}\n" for number in range(1, 21))
    (hunk,) = patch(before, before.replace("10\n", "ten\n")).hunks
    assert hunk == {
        "oldStart": 7, "oldLines": 7, "newStart": 7, "newLines": 7,
        "lines": [" 7", " 8", " 9", "-10", "+ten", " 11", " 12", " 13"],
    }  # fmt: skip


def test_changes_far_apart_are_hunks_of_their_own():
    before = "".join(f"{number}\n" for number in range(1, 31))
    after = before.replace("5\n", "five\n", 1).replace("20\n", "twenty\n")
    assert [hunk["oldStart"] for hunk in patch(before, after).hunks] == [2, 17]


def test_a_missing_last_line_break_is_said():
    (hunk,) = patch("a\n", "a").hunks
    assert hunk["lines"] == ["-a", "+a", "\\ No newline at end of file"]


def test_ten_megabytes_that_differ_everywhere_are_one_hunk_that_is_counted_and_left_out():
    lines = 300_000
    before, after = ("".join(f"{word} {number}\n" for number in range(lines)) for word in ("old", "new"))
    found = patch(before, after)
    assert found.hunks == ()
    assert (found.added, found.removed, found.omitted) == (lines, lines, 2 * lines)
    assert found.structured()["patch_omitted_lines"] == 2 * lines


def test_equal_lines_without_number_do_not_make_it_slow():
    before = "x\n" * 900 + "a\n" + "x\n" * 50
    after = "y\n" + "x\n" * 900 + "b\n" + "x\n" * 40 + "z\n"
    assert applied(before, patch(before, after).hunks) == after
