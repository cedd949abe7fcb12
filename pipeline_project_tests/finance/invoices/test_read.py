"""The door to invoices: what a document is follows from its content, and what is none is refused in a sentence."""

from email.message import EmailMessage

import pytest
from lxml import etree

from pipeline_project.errors import InvalidDocument, NotFound
from pipeline_project.finance import invoices
from pipeline_project.finance.invoices import read, read_root, read_xml

TEXT = b"Acme GmbH\nInvoice number: T-1\nInvoice date: 2024-03-01\nTotal: 12.00 EUR\n"


@pytest.mark.parametrize("suffix", [".xml", ".pdf", ".txt", ""])
def test_the_content_decides_and_not_the_name(tmp_path, ubl, suffix):
    path = tmp_path / f"bill{suffix}"
    path.write_bytes(ubl("<cbc:ID>R-1</cbc:ID>"))
    reading = read(path)
    assert (reading.invoice.number, reading.format, reading.source) == ("R-1", "ubl", f"bill{suffix}")


def test_bytes_are_read_under_the_name_given(cii):
    assert read(cii(document="<ram:ID>C-1</ram:ID>"), name="upload 7").source == "upload 7"


def test_text_is_read_from_bytes_in_any_usual_encoding():
    assert read(TEXT).invoice.number == "T-1"
    assert read("Müller GmbH\nRechnung Nr. 5-1\nSumme 5,00 €".encode("cp1252")).invoice.seller.name == "Müller GmbH"


def mail(*attachments, body="Please find our invoice attached."):
    message = EmailMessage()
    message["From"], message["Subject"] = "a@b.example", "Invoice"
    message.set_content(body)
    for name, data in attachments:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def test_xml_attached_to_a_mail_comes_before_pdf_and_text(ubl, pdf):
    attached = [("bill.pdf", pdf("Invoice number: P-1", "Total 5,00 EUR")), ("bill.xml", ubl("<cbc:ID>R-1</cbc:ID>"))]
    reading = read(mail(*attached), name="mail.eml")
    assert (reading.invoice.number, reading.source) == ("R-1", "mail.eml: bill.xml")


def test_an_attachment_that_is_no_invoice_is_passed_over(pdf):
    attached = [("data.xml", b"<data/>"), ("bill.pdf", pdf("Invoice number: P-1", "Total 5,00 EUR"))]
    assert read(mail(*attached)).invoice.number == "P-1"


def test_a_mail_that_is_the_invoice_is_read_as_text():
    assert read(mail(body=TEXT.decode())).invoice.number == "T-1"


def test_a_mail_without_an_invoice_says_why():
    message = EmailMessage()
    message["From"], message["Subject"] = "a@b.example", "Lunch"
    message.set_content("At noon?")
    message.add_attachment(b"<data/>", maintype="application", subtype="xml", filename="data.xml")
    with pytest.raises(InvalidDocument, match="root element data"):
        read(message.as_bytes())


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<html><body>Invoice</body></html>", "root element html"),
        (b'<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>', "This is a purchase order"),
        (b"<Invoice/>", "no name space"),
        (b"Shall we have lunch?", "does not look like an invoice"),
        (b"\x89PNG\r\n", "picture"),
        (b"", "is empty"),
        (b'<?xml version="1.0"?><!DOCTYPE a><a/>', "DOCTYPE"),
        (
            '<?xml version="1.0" encoding="UTF-8"?>\n<a>ß</a>'.encode("latin-1"),
            "line 2: the bytes do not fit the encoding",
        ),
    ],
)
def test_what_is_no_invoice_is_refused_in_one_sentence_with_place_and_remedy(data, words):
    with pytest.raises(InvalidDocument) as caught:
        read(data, name="bill")
    assert words in str(caught.value)
    assert str(caught.value).startswith("bill")
    assert caught.value.remedy


def test_a_missing_file_is_not_found(tmp_path):
    with pytest.raises(NotFound):
        read(tmp_path / "bill.xml")


def test_read_root_takes_fragments_that_are_parsed_already(ubl):
    invoice, problems = read_root(etree.fromstring(ubl("<cbc:ID>R-1</cbc:ID>")))
    assert (invoice.number, problems) == ("R-1", ())
    with pytest.raises(InvalidDocument, match="here: the root element"):
        read_root(etree.fromstring("<a/>"), name="here")


def test_read_xml_chooses_by_root(ubl, cii):
    assert [read_xml(data).format for data in (ubl(), ubl(root="CreditNote"), cii())] == ["ubl", "ubl", "cii"]


def test_the_package_exports_its_doors():
    assert all(callable(getattr(invoices, name)) for name in invoices.__all__)
