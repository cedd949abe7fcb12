"""UBL orders: every field is found, nothing missing raises, sums that do not add up are findings."""

import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline_project.errors import InvalidDocument
from pipeline_project.finance.orders import read, read_ubl

FOLDER = Path(__file__).parents[4] / "shared" / "fixtures" / "orders"
PUBLIC = sorted(FOLDER.glob("*.xml"))


def order(content="", root="Order"):
    return (
        f'<{root} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{root}-2"'
        ' xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"'
        ' xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">'
        f"{content}</{root}>"
    ).encode()


LINE = (
    "<cac:OrderLine><cbc:Note>N</cbc:Note><cac:LineItem>"
    "<cbc:ID>1</cbc:ID><cbc:Quantity unitCode='KGM'>250</cbc:Quantity>"
    "<cbc:LineExtensionAmount>{net}</cbc:LineExtensionAmount><cac:Delivery><cac:RequestedDeliveryPeriod>"
    "<cbc:EndDate>2024-04-01</cbc:EndDate></cac:RequestedDeliveryPeriod></cac:Delivery>"
    "<cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator>"
    "<cbc:Amount>1.00</cbc:Amount></cac:AllowanceCharge>"
    "<cac:Price><cbc:PriceAmount>4.00</cbc:PriceAmount>"
    "<cbc:BaseQuantity unitCode='KGM'>100</cbc:BaseQuantity></cac:Price>"
    "<cac:Item><cbc:Description>D</cbc:Description><cbc:Name>Flour</cbc:Name>"
    "<cac:BuyersItemIdentification><cbc:ID>B</cbc:ID>"
    "</cac:BuyersItemIdentification>{item}</cac:Item></cac:LineItem></cac:OrderLine>"
)
SELLERS = "<cac:SellersItemIdentification><cbc:ID>S</cbc:ID></cac:SellersItemIdentification>"
STANDARD = "<cac:StandardItemIdentification><cbc:ID schemeID='0160'>G</cbc:ID></cac:StandardItemIdentification>"


def test_the_root_alone_is_an_empty_order():
    reading = read_ubl(order())
    assert reading.order.model_dump(exclude_defaults=True) == {}
    assert (reading.problems, reading.findings, reading.needs_review) == ((), (), False)


def test_header_parties_and_delivery():
    found = read_ubl(
        order(
            "<cbc:ID>O-1</cbc:ID><cbc:IssueDate>2024-03-01</cbc:IssueDate><cbc:OrderTypeCode>220</cbc:OrderTypeCode>"
            "<cbc:Note>Soon</cbc:Note><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>"
            "<cbc:CustomerReference>R</cbc:CustomerReference><cac:ValidityPeriod><cbc:EndDate>2024-04-30</cbc:EndDate>"
            "</cac:ValidityPeriod><cac:QuotationDocumentReference><cbc:ID>Q</cbc:ID></cac:QuotationDocumentReference>"
            "<cac:Contract><cbc:ID>C</cbc:ID></cac:Contract><cac:BuyerCustomerParty><cac:Party><cac:PartyName>"
            "<cbc:Name>Only a name</cbc:Name></cac:PartyName></cac:Party></cac:BuyerCustomerParty>"
            "<cac:SellerSupplierParty><cac:Party><cac:PartyLegalEntity>"
            "<cbc:RegistrationName>Mill AG</cbc:RegistrationName>"
            "</cac:PartyLegalEntity></cac:Party></cac:SellerSupplierParty>"
            "<cac:Delivery><cac:DeliveryLocation><cac:Address>"
            "<cbc:CityName>Kiel</cbc:CityName></cac:Address></cac:DeliveryLocation><cac:RequestedDeliveryPeriod>"
            "<cbc:StartDate>2024-03-20</cbc:StartDate></cac:RequestedDeliveryPeriod></cac:Delivery>"
            "<cac:PaymentTerms><cbc:Note>30 days</cbc:Note></cac:PaymentTerms>"
        )
    ).order
    assert (found.number, found.type_code, found.currency, found.notes) == ("O-1", "220", "EUR", ("Soon",))
    assert (found.issue_date, found.valid_until) == (datetime.date(2024, 3, 1), datetime.date(2024, 4, 30))
    assert (found.buyer_reference, found.quotation, found.contract, found.payment_terms) == ("R", "Q", "C", "30 days")
    assert (found.customer.name, found.seller.name) == ("Only a name", "Mill AG")
    assert (found.delivery.address.city, found.delivery.requested.start) == ("Kiel", datetime.date(2024, 3, 20))


def test_a_line_has_the_names_of_an_invoice_line():
    line = read_ubl(order(LINE.format(net="9.00", item=SELLERS + STANDARD))).order.lines[0]
    assert (line.id, line.note, line.quantity, line.unit, str(line.net)) == ("1", "N", 250, "KGM", "9.00")
    assert (str(line.unit_price), line.base_quantity, line.allowances[0].amount) == ("4.00", 100, 1)
    assert (line.name, line.seller_item, line.buyer_item, line.standard_item.value) == ("Flour", "S", "B", "G")
    assert line.requested.end == datetime.date(2024, 4, 1)


@pytest.mark.parametrize(("item", "sku"), [(SELLERS + STANDARD, "S"), (STANDARD, "G"), ("", "B")])
def test_the_sku_is_the_sellers_number_else_the_registered_else_the_buyers(item, sku):
    assert read_ubl(order(LINE.format(net="9.00", item=item))).order.lines[0].sku == sku


def sums(**amounts):
    return "".join(f"<cbc:{name}>{amount}</cbc:{name}>" for name, amount in amounts.items())


def findings(content):
    return {each.field: (each.expected, each.found) for each in read_ubl(order(content)).findings}


def test_sums_that_add_up_are_no_findings():
    totals = sums(
        LineExtensionAmount="9.00", TaxExclusiveAmount="9.00", TaxInclusiveAmount="10.71", PayableAmount="10.71"
    )
    tax = "<cac:TaxTotal><cbc:TaxAmount>1.71</cbc:TaxAmount></cac:TaxTotal>"
    total = f"{tax}<cac:AnticipatedMonetaryTotal>{totals}</cac:AnticipatedMonetaryTotal>"
    assert findings(total + LINE.format(net="9.00", item="")) == {}


def test_a_line_that_is_not_quantity_times_price_less_allowances_is_a_finding():
    assert findings(LINE.format(net="10.00", item="")) == {"lines[0].net": ("9.00", "10.00")}


@pytest.mark.parametrize(
    ("totals", "field"),
    [
        ({"LineExtensionAmount": "8.00"}, "totals.lines"),
        ({"AllowanceTotalAmount": "5.00"}, "totals.allowances"),
        ({"ChargeTotalAmount": "5.00"}, "totals.charges"),
        ({"LineExtensionAmount": "9.00", "TaxExclusiveAmount": "8.00"}, "totals.net"),
        ({"TaxInclusiveAmount": "9.00", "PrepaidAmount": "2.00", "PayableAmount": "9.00"}, "totals.payable"),
    ],
)
def test_totals_that_do_not_add_up_are_findings_and_need_review(totals, field):
    content = f"<cac:AnticipatedMonetaryTotal>{sums(**totals)}</cac:AnticipatedMonetaryTotal>" + LINE.format(
        net="9.00", item=""
    )
    reading = read_ubl(order(content))
    assert [each.field for each in reading.findings] == [field]
    assert reading.needs_review


def test_hostile_numbers_are_findings_and_no_crash():
    hostile = LINE.format(net="9" * 37 + ".99", item="").replace("4.00", "7" * 38).replace(">100<", ">0.0001<")
    assert read_ubl(order(hostile)).findings[0].field == "lines[0].net"
    without_base = LINE.format(net="9.00", item="").replace(">100<", ">0<")
    assert read_ubl(order(without_base)).order.lines[0].net == Decimal("9.00")


@pytest.mark.parametrize(
    ("root", "words"),
    [
        ("OrderChange", "changes an order"),
        ("OrderResponse", "answers an order"),
        ("Invoice", "read it as one"),
        ("Foo", "UBL 2.1 Order"),
    ],
)
def test_other_documents_are_refused_by_kind(root, words):
    with pytest.raises(InvalidDocument, match=words):
        read_ubl(order(root=root))


@pytest.mark.skipif(not PUBLIC, reason="the public orders are not beside the repository")
@pytest.mark.parametrize("path", PUBLIC, ids=lambda path: path.stem)
def test_public_orders_are_read_whole_and_add_up(path):
    reading = read(path)
    assert (reading.problems, reading.findings) == ((), ())
    assert all((reading.order.number, reading.order.issue_date, reading.order.customer.name, reading.order.lines))
    assert all(line.quantity and line.unit and line.name for line in reading.order.lines)
