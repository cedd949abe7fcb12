"""XML from strangers: what is read, and that every bomb is refused in a sentence that names place and remedy."""

import codecs
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_project.errors import InvalidDocument
from pipeline_project.security.xml import XmlLimits, parse

LAUGHS = (
    '<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{i} "{(f"&a{i - 1};" if i else "&a;") * 10}">' for i in range(10))
    + "]><l>&a9;</l>"
)
EXTERNAL = '<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/hostname">]><l>&a;</l>'
QUADRATIC = f'<!DOCTYPE l [<!ENTITY a "{"a" * 50_000}">]><l>{"&a;" * 50_000}</l>'
IN_ATTRIBUTE = '<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">]><l x="&a;&a;"/>'


def refusal(data, **limits):
    with pytest.raises(InvalidDocument) as caught:
        parse(data, name="bill.xml", limits=XmlLimits(**limits))
    assert str(caught.value).startswith("bill.xml")
    assert caught.value.remedy
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "text", [LAUGHS, EXTERNAL, QUADRATIC, IN_ATTRIBUTE], ids=["laughs", "external", "quadratic", "attr"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_document_type_is_refused_in_every_encoding_before_anything_expands(text, encoding):
    began = time.monotonic()
    assert "DOCTYPE" in refusal(text.encode(encoding))
    assert time.monotonic() - began < 1


def test_a_document_type_is_found_behind_comments_instructions_and_lower_case():
    assert "DOCTYPE" in refusal(b"<?xml version='1.0'?><!-- <a> --><?pi x?>\n" + LAUGHS.encode())
    assert "DOCTYPE" in refusal(b"<!doctype html><html/>")


def test_the_word_doctype_inside_a_document_is_only_a_word():
    assert parse(b"<a><![CDATA[<!DOCTYPE b>]]></a>", name="x").text == "<!DOCTYPE b>"


@pytest.mark.parametrize(
    ("data", "limits", "words"),
    [
        (b"<a>" * 300_000, {}, "64 levels"),
        (b"<a>" + b"<b/>" * 50 + b"</a>", {"max_elements": 50}, "50 elements"),
        (b'<a x="' + b"y" * 70_000 + b'"/>', {}, "65,536 characters in an attribute"),
        (b"<a " + b" ".join(b'x%d=""' % i for i in range(65)) + b"/>", {}, "64 attributes"),
        (b"<a>" + b"y" * 10_500_000 + b"</a>", {}, "10,000,000 characters in one text"),
        (b"<a>" + b"y" * 100 + b"</a>", {"max_bytes": 100}, "more than the 100 that are read"),
    ],
    ids=["depth", "elements", "attribute", "attributes", "text", "bytes"],
)
def test_what_is_too_deep_too_long_or_too_large_is_cut_off(data, limits, words):
    began = time.monotonic()
    assert words in refusal(data, **limits)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("UTF-8", "utf-8"),
        ("utf-8", "utf-8-sig"),
        ("ISO-8859-1", "latin-1"),
        ("iso-8859-15", "iso-8859-15"),
        ("windows-1252", "cp1252"),
        ("UTF-16", "utf-16"),
        ("UTF-16", "utf-16-le"),
        ("UTF-16", "utf-16-be"),
    ],
)
def test_the_declared_encoding_is_read(declared, encoding):
    text = f'<?xml version="1.0" encoding="{declared}"?><a>Straße</a>'
    assert parse(text.encode(encoding), name="x").text == "Straße"


def test_without_a_declaration_it_is_utf8():
    assert parse("<a>Straße €</a>".encode(), name="x").text == "Straße €"


def test_wrong_bytes_name_the_line_and_say_to_save_as_utf8():
    told = refusal("<?xml version='1.0' encoding='UTF-8'?>\n<a>\n<b>Straße</b></a>".encode("latin-1"))
    assert "bill.xml, line 3" in told
    assert "Save the file as UTF-8" in told


def test_bytes_that_contradict_a_utf16_declaration_are_refused():
    assert "do not fit the encoding" in refusal(b'<?xml version="1.0" encoding="UTF-16"?><a/>')


@pytest.mark.parametrize("encoding", ["UTF-7", "UTF-8_W/O_BOM", "IBM037", "x" * 500])
def test_an_encoding_that_could_hide_markup_is_refused(encoding):
    told = refusal(f'<?xml version="1.0" encoding="{encoding}"?><a/>'.encode())
    assert "line 1" in told
    assert len(told) < 250


@pytest.mark.parametrize(
    "data", ["<a/>".encode("utf-32"), "<a/>".encode("utf-32-be"), '<?xml encoding="cp037"?><a/>'.encode("cp037")]
)
def test_bytes_in_no_known_encoding_are_refused(data):
    refusal(data)


@pytest.mark.parametrize("data", [b"", b" \n\t", codecs.BOM_UTF8, codecs.BOM_UTF16_LE])
def test_an_empty_document_is_called_empty(data):
    assert "is empty" in refusal(data)


def test_text_is_called_text():
    assert "does not begin with an element" in refusal(b"Dear Sir")


def test_a_cut_off_document_names_its_line():
    assert "bill.xml, line 3" in refusal(b"<a>\n<b>\n<c>")


def test_an_undefined_entity_and_a_control_character_are_refused():
    assert "entity" in refusal(b"<a>&nbsp;</a>")
    assert "not well-formed" in refusal(b"<a>\x01</a>")


def test_blank_lines_before_the_declaration_are_forgiven():
    assert parse(b'\n  <?xml version="1.0"?><a/>', name="x").tag == "a"


def test_comments_and_instructions_are_dropped():
    assert [child.tag for child in parse(b"<a><!-- x --><?y z?><b/></a>", name="x")] == ["b"]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: f"<a>{text}</a>".encode()))
def test_any_bytes_give_an_element_or_one_sentence(data):
    told = "bill.xml"
    try:
        parse(data, name=told)
    except InvalidDocument as error:
        told = str(error)
    assert told.startswith("bill.xml")
