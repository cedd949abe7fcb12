"""Small UBL, CII and PDF documents, and a way to put anything into them."""

import io

import pytest
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, StreamObject

UBL = (
    '<{root} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{root}-2"'
    ' xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"'
    ' xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">{content}</{root}>'
)
CII = (
    '<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"'
    ' xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"'
    ' xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"'
    ' xmlns:qdt="urn:un:unece:uncefact:data:standard:QualifiedDataType:100">{content}</rsm:CrossIndustryInvoice>'
)
PARTS = {
    "document": "<rsm:ExchangedDocument>{}</rsm:ExchangedDocument>",
    "agreement": "<ram:ApplicableHeaderTradeAgreement>{}</ram:ApplicableHeaderTradeAgreement>",
    "delivery": "<ram:ApplicableHeaderTradeDelivery>{}</ram:ApplicableHeaderTradeDelivery>",
    "settlement": "<ram:ApplicableHeaderTradeSettlement>{}</ram:ApplicableHeaderTradeSettlement>",
}


@pytest.fixture
def ubl():
    """Bytes of a UBL document around `content`."""

    def _ubl(content="", root="Invoice"):
        return UBL.format(root=root, content=content).encode()

    return _ubl


@pytest.fixture
def cii():
    """Bytes of a CII document from its parts; `lines` stand before the agreement."""

    def _cii(*, document="", lines="", **parts):
        inside = "".join(
            PARTS[name].format(parts[name]) for name in ("agreement", "delivery", "settlement") if name in parts
        )
        transaction = f"<rsm:SupplyChainTradeTransaction>{lines}{inside}</rsm:SupplyChainTradeTransaction>"
        return CII.format(content=PARTS["document"].format(document) + transaction).encode()

    return _cii


@pytest.fixture
def pdf():
    """Bytes of a PDF with lines on its first page, and (name, bytes) pairs embedded."""

    def _pdf(*lines, files=(), pages=1, password=None, content=None):
        writer = PdfWriter()
        for number in range(pages):
            page = writer.add_blank_page(595, 842)
            if number == 0 and (lines or content):
                page[NameObject("/Contents")] = writer._add_object(_stream(content or _drawn(lines)))
                page[NameObject("/Resources")] = _font()
        for name, data in files:
            writer.add_attachment(name, data)
        if password:
            writer.encrypt(password)
        return _written(writer)

    return _pdf


@pytest.fixture
def bomb():
    """Bytes of a PDF whose one embedded file unpacks to `size` spaces."""

    def _bomb(name, size):
        writer = PdfWriter()
        writer.add_blank_page(10, 10)
        writer.add_attachment(name, b"small")
        for number, each in enumerate(writer._objects):
            if isinstance(each, StreamObject) and each.get_data() == b"small":
                writer._objects[number] = _stream(b" " * size)
        return _written(writer)

    return _bomb


def _written(writer):
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def _stream(data):
    stream = StreamObject()
    stream.set_data(data)
    return stream.flate_encode()


def _drawn(lines):
    shown = (line.encode("cp1252").replace(b"(", b"\\(").replace(b")", b"\\)") for line in lines)
    return b"BT /F1 10 Tf 14 TL 40 800 Td " + b" ".join(b"(" + line + b") '" for line in shown) + b" ET"


def _font():
    names = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Courier", "/Encoding": "/WinAnsiEncoding"}
    font = DictionaryObject({NameObject(key): NameObject(value) for key, value in names.items()})
    return DictionaryObject({NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})})
