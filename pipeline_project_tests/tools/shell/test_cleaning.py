"""What of a terminal program's bytes a model gets to read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_project.tools.shell.cleaning import Cleaner, clean


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("plain", "plain"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "textlink"),
        ("\x1b(Btext\x1b=", "text"),
        ("10%\r50%\r100%\n", "100%\n"),
        ("done\r\nnext\r\n", "done\nnext\n"),
        ("kept\r   \n", "kept\n"),
        ("a\x08b\n_\x08x\n\x08y", "b\nx\ny"),
        ("tab\tbell\x07nul\x00del\x7f\x85", "tab\tbellnuldel"),
        ("ä € 🎉", "ä € 🎉"),
    ],
)
def test_what_is_shown(raw, read):
    assert clean(raw) == read


def feed(data, sizes):
    cleaner, shown, start = Cleaner(), "", 0
    for size in sizes:
        shown += cleaner.feed(data[start : start + size])
        start += size
    return shown + cleaner.feed(data[start:]) + cleaner.finish()


@given(st.text(alphabet="ab\n\r\x1b[m0;]\x07\x08é€"), st.lists(st.integers(1, 4), max_size=20))
def test_how_a_stream_is_cut_does_not_change_what_is_shown(text, sizes):
    data = text.encode()
    assert feed(data, sizes) == feed(data, [])


@given(st.binary(max_size=300))
def test_nothing_but_text_comes_out(data):
    assert all(character in "\n\t" or character.isprintable() or ord(character) > 0x9F for character in feed(data, []))


def test_a_line_without_an_end_is_passed_on_before_it_fills_the_memory():
    cleaner = Cleaner()
    shown = "".join(cleaner.feed(b"x" * 65_536) for _ in range(10))
    assert len(shown) > 500_000


@pytest.mark.parametrize(
    "hostile", ["\x1b]" * 40_000, "\x9d" * 60_000, "a" * 30_000 + "\x08" * 30_000, "\x1b[" * 40_000]
)
def test_hostile_sequences_are_read_in_one_pass(hostile):
    assert len(clean(hostile)) <= len(hostile)


def test_a_control_sequence_cut_in_the_middle_waits_for_its_end():
    cleaner = Cleaner()
    assert cleaner.feed(b"ask \x1b[3") == ""
    assert cleaner.rest() == "ask "
    assert cleaner.feed(b"1mred\n") == "red\n"
