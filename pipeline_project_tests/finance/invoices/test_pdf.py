"""PDF invoices: embedded XML first, text else; bombs, locks and damage are refused in a sentence."""

import io
import random
import time

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject

from pipeline_project.errors import InvalidDocument
from pipeline_project.finance.invoices import read_pdf
from pipeline_project.finance.invoices.pdf import MAX_PAGES, embedded_xml, page_text


def test_embedded_xml_is_read_and_the_reading_is_of_the_pdf(pdf, cii):
    data = pdf("Invoice 99", files=[("factur-x.xml", cii(document="<ram:ID>R-1</ram:ID>"))])
    reading = read_pdf(data, name="bill.pdf")
    assert (reading.invoice.number, reading.format, reading.source) == ("R-1", "facturx", "bill.pdf")


@pytest.mark.parametrize(
    "name", ["factur-x.xml", "ZUGFeRD-invoice.xml", "zugferd-invoice.xml", "xrechnung.xml", "data.xml"]
)
def test_every_name_in_use_is_found(pdf, cii, name):
    assert read_pdf(pdf(files=[(name, cii(document="<ram:ID>R-1</ram:ID>"))])).invoice.number == "R-1"


def test_embedded_ubl_is_read_too(pdf, ubl):
    assert read_pdf(pdf(files=[("xrechnung.xml", ubl("<cbc:ID>U-1</cbc:ID>"))])).invoice.number == "U-1"


def test_the_best_known_of_two_invoices_is_read_and_the_other_is_a_problem(pdf, cii):
    old, new = cii(document="<ram:ID>old</ram:ID>"), cii(document="<ram:ID>new</ram:ID>")
    reading = read_pdf(pdf(files=[("ZUGFeRD-invoice.xml", old), ("factur-x.xml", new)]))
    assert reading.invoice.number == "new"
    assert [problem.path for problem in reading.problems] == ["ZUGFeRD-invoice.xml"]


def test_other_embedded_files_are_passed_over(pdf, cii):
    files = [
        ("notes.xml", b"<notes/>"),
        ("broken.xml", b"<a"),
        ("a.png", b"x"),
        ("invoice.xml", cii(document="<ram:ID>R</ram:ID>")),
    ]
    assert read_pdf(pdf(files=files)).invoice.number == "R"


def test_files_associated_with_the_document_are_found_without_a_name_tree(pdf, cii):
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(files=[("factur-x.xml", cii())]))))
    tree = writer.root_object["/Names"]["/EmbeddedFiles"]["/Names"]
    writer.root_object[NameObject("/AF")] = type(tree)([tree[1]])
    del writer.root_object["/Names"]
    buffer = io.BytesIO()
    writer.write(buffer)
    assert [name for name, _ in embedded_xml(buffer.getvalue(), name="x")] == ["factur-x.xml"]


def test_broken_embedded_xml_is_refused_naming_pdf_and_file(pdf):
    with pytest.raises(InvalidDocument, match=r"bill\.pdf: factur-x\.xml, line 1"):
        read_pdf(pdf("Invoice 5", files=[("factur-x.xml", b"<a>")]), name="bill.pdf")


def test_text_is_read_where_nothing_is_embedded(pdf):
    lines = ["Acme GmbH", "Invoice number: R-7", "Net       100,00", "VAT 19%    19,00", "Total EUR 119,00"]
    reading = read_pdf(pdf(*lines))
    assert (reading.format, reading.invoice.number, str(reading.invoice.totals.gross)) == ("text", "R-7", "119.00")


def test_a_picture_of_paper_is_refused_with_the_way_out(pdf):
    with pytest.raises(InvalidDocument, match=r"picture of paper.*text recognition"):
        read_pdf(pdf())


def test_a_password_is_named_as_the_reason(pdf):
    with pytest.raises(InvalidDocument, match="protected by a password"):
        read_pdf(pdf("x", password="secret"))


@pytest.mark.parametrize("size", [25_000_000, 90_000_000])
def test_an_embedded_bomb_is_refused(bomb, size):
    data = bomb("factur-x.xml", size)
    assert len(data) < 200_000
    began = time.monotonic()
    with pytest.raises(InvalidDocument):
        read_pdf(data)
    assert time.monotonic() - began < 5


def test_pages_that_unpack_to_too_much_are_refused(pdf):
    with pytest.raises(InvalidDocument, match="more than the 3,000,000"):
        page_text(pdf(content=b"BT /F1 1 Tf (a) Tj ET " * 200_000), name="x")


def test_too_many_pages_are_refused_as_text(pdf):
    with pytest.raises(InvalidDocument, match="51 pages"):
        page_text(pdf("x", pages=MAX_PAGES + 1), name="x")


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7", b"%PDF-1.7\n" + b"\0" * 500, b"%PDF-1.4\nxref\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF"]
)
def test_damage_is_called_damage(data):
    with pytest.raises(InvalidDocument, match="damaged"):
        read_pdf(data)


def test_any_damaged_pdf_gives_a_reading_or_one_sentence(pdf, cii):
    data = pdf("Invoice 5", "Total 5,00", files=[("factur-x.xml", cii())])
    chance = random.Random(7)
    for _ in range(60):
        damaged = bytearray(data)
        for _ in range(chance.randint(1, 20)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        del damaged[chance.randrange(len(damaged)) if chance.random() < 0.3 else len(damaged) :]
        try:
            read_pdf(bytes(damaged), name="bill.pdf")
        except InvalidDocument as error:
            assert "bill.pdf" in str(error)  # noqa: PT017 - some damage is harmless
