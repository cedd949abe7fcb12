"""Lines, cells and labelled values keep the offsets of the text they came from."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_project.errors import InvalidDocument
from pipeline_project.finance.text.page import MAX_CHARACTERS, MAX_LINES, Page, blocks, cells

LABEL = re.compile("number", re.IGNORECASE)
VALUE = re.compile(r"\w*\d\w*")


def found(text):
    return [(each.value, each.confidence) for each in Page(text).labelled(LABEL, VALUE, str)]


def test_a_value_behind_its_label_is_surer_the_nearer_it_stands():
    assert [confidence for _, confidence in found("number: 5")] == [0.95]
    assert [confidence for _, confidence in found(f"number{' ' * 20}5")] == [0.9]
    assert [confidence for _, confidence in found(f"number{' ' * 70}5")] == [0.85]


def test_a_value_below_its_label_is_found_in_its_column():
    assert found("Date        Number     Place\n3.4.        A7         B8") == [("A7", 0.8)]


def test_a_remark_in_brackets_may_stand_between():
    assert found("Number (please quote): A7") == [("A7", 0.95)]


def test_a_label_without_a_value_finds_nothing():
    assert found("number of things\n\nmany") == []


def test_cells_are_parted_by_two_spaces_or_a_tab_and_blocks_by_four():
    line = Page("a b  c\td    e").lines[0]
    assert [cell.text for cell in cells(line)] == ["a b", "c", "d", "e"]
    assert [block.text for block in blocks(line)] == ["a b  c", "d", "e"]


@settings(max_examples=100)
@given(st.text(alphabet="ab 1\t\n\r\f\u00a0\u2028", max_size=80))
def test_every_line_and_cell_stands_where_it_says(text):
    page = Page(text)
    for line in page.lines:
        assert page.text[line.start : line.end] == line.text
        for cell in cells(line):
            assert page.text[cell.start : cell.end] == cell.text


@pytest.mark.parametrize("text", ["x" * (MAX_CHARACTERS + 1), "\n" * (MAX_LINES + 1)])
def test_too_much_text_is_refused_by_name(text):
    with pytest.raises(InvalidDocument, match=r"bill\.txt: the text has"):
        Page(text, name="bill.txt")
