"""Lines by number and from the end are those of the whole text, whatever the size of what is read at a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_project.tools.files import lines
from pipeline_project.tools.files.lines import BytesSource, LineIndex, lines_from, start_from_end

texts = st.lists(st.sampled_from([b"\n", b"\r\n", b"a", b"bcd", b"\r", b"\xc3\xa9" * 9]), max_size=60).map(b"".join)


@pytest.fixture(autouse=True, scope="module")
def _small_pieces():
    patch = pytest.MonkeyPatch()
    patch.setattr(lines, "CHUNK", 7)
    patch.setattr(lines, "_BLOCK", 5)
    patch.setattr(lines, "_NARROW", 2)
    yield
    patch.undo()


def split(data):
    """Lines with their breaks, by the book."""
    parts = data.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


@given(texts)
def test_the_count_is_that_of_the_text(data):
    assert LineIndex().total(BytesSource(data)) == len(split(data))


@given(texts, st.lists(st.integers(1, 70), min_size=1, max_size=5))
def test_each_line_begins_where_the_ones_before_it_end(data, numbers):
    index, source, wanted = LineIndex(), BytesSource(data), split(data)
    for number in numbers:
        expected = len(b"".join(wanted[: number - 1])) if number <= len(wanted) else None
        assert index.start_of(source, number) == expected


@given(texts, st.integers(1, 70))
def test_the_last_lines_are_found_from_behind(data, count):
    wanted = split(data)[-count:]
    assert start_from_end(BytesSource(data), count) == (len(data) - len(b"".join(wanted)), len(wanted))


@given(texts, st.integers(0, 12))
def test_lines_come_without_their_breaks_and_no_longer_than_kept(data, keep):
    found = list(lines_from(BytesSource(data), 0, keep=keep))
    bare = [line.removesuffix(b"\n") for line in split(data)]
    for line, whole in zip(found, bare, strict=True):
        shown = whole.removesuffix(b"\r") if len(whole) <= keep else whole
        assert line.data == shown[:keep]
        assert line.size == len(shown)
    assert [line.end for line in found] == [len(b"".join(split(data)[: n + 1])) for n in range(len(bare))]
