"""Any bytes become text and the same bytes again; what cannot be spelled is refused by its code point."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_project.errors import InvalidInput
from pipeline_project.tools.files.encoding import Encoding, declared, detect

MARKS = [b"", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE]


@given(st.sampled_from(MARKS), st.binary(max_size=60))
def test_any_bytes_come_back(mark, data):
    found = detect(mark + data)
    assert found.encode(found.decode(mark + data), where="x") == mark + data


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"plain", "utf-8"),
        ("é ü 漢".encode(), "utf-8"),
        ("é damaged ".encode() + b"\xff", "utf-8"),
        ("café".encode("latin-1"), "latin-1"),
        (codecs.BOM_UTF8 + b"x", "utf-8"),
        (codecs.BOM_UTF16_LE + "é\n".encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + "é\n".encode("utf-16-be"), "utf-16-be"),
        (codecs.BOM_UTF32_LE + "é\n".encode("utf-32-le"), "utf-32-le"),
        (codecs.BOM_UTF16_LE + b"odd", "utf-8"),
        (b"", "utf-8"),
    ],
)
def test_the_encoding_is_told_from_the_bytes(data, name):
    assert detect(data).name == name


def test_the_mark_is_no_part_of_the_text():
    data = codecs.BOM_UTF16_LE + "a".encode("utf-16-le")
    assert detect(data).decode(data) == "a"
    assert declared(data).wide
    assert not declared(b"a").wide


def test_a_character_that_the_encoding_has_not_is_named():
    with pytest.raises(InvalidInput, match=r"x.txt: the file is kept in latin-1, which has no '€' \(U\+20AC\).*iconv"):
        Encoding("latin-1").encode("5 €", where="x.txt")
