"""Documents are opened within bounds and known by their content; what cannot be read is refused in a sentence."""

import hashlib
import os

import pytest

from pipeline_project.errors import InvalidDocument, InvalidInput, NotFound, PermissionDenied
from pipeline_project.finance.documents import decoded, open_document


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7 ...", "pdf"),
        (b"junk before\n%PDF-1.4", "pdf"),
        (b"\n <?xml version='1.0'?><a/>", "xml"),
        ("<a/>".encode("utf-16"), "xml"),
        (b"From: a@b.example\nSubject: x\nDate: now\n\nhello", "mail"),
        (b"Received: from x\n by y\nMessage-ID: <1@x>\nSubject: x\n\nhello", "mail"),
        (b"Invoice number: 5\nTotal: 5.00\n", "text"),
        (b"Dear Sir,\n\nFrom: here\n", "text"),
    ],
)
def test_the_kind_follows_from_the_content(data, kind):
    assert open_document(data, name="whatever.doc").kind == kind


def test_a_file_goes_by_its_name_and_digest(tmp_path):
    path = tmp_path / "bill.txt"
    path.write_bytes(b"hello")
    document = open_document(str(path))
    assert (document.name, document.digest) == ("bill.txt", hashlib.sha256(b"hello").hexdigest())
    assert open_document(path, name="other").name == "other"


def test_a_missing_file_is_not_found_and_near_names_are_listed(tmp_path):
    (tmp_path / "invoice-42.xml").write_text("<a/>")
    with pytest.raises(NotFound, match=r"no such file.*invoice-42\.xml"):
        open_document(tmp_path / "invoice-24.xml")
    with pytest.raises(NotFound, match="Check the path"):
        open_document(tmp_path / "no" / "such" / "folder.xml")
    with pytest.raises(NotFound):
        open_document("x" * 5_000)


def test_a_file_of_100_megabytes_is_refused_by_its_size_before_it_is_read(tmp_path):
    path = tmp_path / "huge.xml"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(
        InvalidDocument, match=r"huge\.xml: the document has 100,000,000 bytes, more than the 20,000,000"
    ):
        open_document(path)


def test_the_size_limit_holds_for_bytes_and_can_be_set():
    with pytest.raises(InvalidDocument, match="more than the 3 that are read"):
        open_document(b"abcd", max_bytes=3)


def test_what_is_no_regular_file_is_refused(tmp_path):
    for place in (tmp_path, "/dev/zero"):
        with pytest.raises(InvalidInput, match="not a regular file"):
            open_document(place)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_a_matter_of_permission(tmp_path):
    path = tmp_path / "secret.xml"
    path.write_text("<a/>")
    path.chmod(0)
    with pytest.raises(PermissionDenied, match="may not be read"):
        open_document(path)


def test_content_in_place_of_a_path_is_noticed():
    with pytest.raises(InvalidInput, match="Pass content as bytes"):
        open_document("Invoice 5\nTotal 3")


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n", b"\xff\xd8\xff\xe0", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b\x08", b"{\\rtf1"]
)
def test_pictures_archives_and_office_files_are_refused_by_kind(data):
    with pytest.raises(InvalidDocument, match="which is not read"):
        open_document(data)


def test_an_empty_document_is_called_empty():
    with pytest.raises(InvalidDocument, match="is empty"):
        open_document(b" \n")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_is_decoded(encoding):
    assert decoded("Müller, 5 €".encode(encoding), "x") == "Müller, 5 €"


def test_binary_data_is_no_text_and_the_line_is_named():
    with pytest.raises(InvalidDocument, match="x, line 2"):
        decoded(b"abc\n\x00\x01", "x")
    with pytest.raises(InvalidDocument, match="Save it as UTF-8"):
        decoded(b"\x81\x8d", "x")
