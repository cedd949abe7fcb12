"""UBL invoices and credit notes: every business term is found where the binding puts it, nothing missing raises."""

import datetime
import hashlib
from base64 import b64encode
from decimal import Decimal

import pytest

from pipeline_project.errors import InvalidDocument
from pipeline_project.finance.invoices import read_ubl
from pipeline_project.finance.invoices.models import (
    Address,
    AllowanceCharge,
    Identifier,
    Mandate,
    Note,
    Party,
    Period,
    PrecedingInvoice,
    TaxCategory,
)

VAT = "<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>"


@pytest.fixture
def invoice(ubl):
    def _invoice(content, root="Invoice"):
        return read_ubl(ubl(content, root)).invoice

    return _invoice


def test_the_root_alone_is_an_empty_invoice(ubl):
    reading = read_ubl(ubl())
    assert reading.invoice.model_dump(exclude_defaults=True) == {"syntax": "ubl", "type": "invoice"}
    assert (reading.format, reading.confidence, reading.problems) == ("ubl", 1.0, ())


def test_a_reading_says_where_it_came_from(ubl):
    data = ubl()
    reading = read_ubl(data, name="bill.xml")
    assert (reading.source, reading.digest) == ("bill.xml", hashlib.sha256(data).hexdigest())


def test_header_fields(invoice):
    found = invoice(
        "<cbc:CustomizationID>spec</cbc:CustomizationID><cbc:ProfileID>process</cbc:ProfileID><cbc:ID> R-1\n</cbc:ID>"
        "<cbc:IssueDate>2024-03-01</cbc:IssueDate><cbc:DueDate>2024-03-31</cbc:DueDate>"
        "<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode><cbc:Note>#AAK#Ten percent</cbc:Note><cbc:Note>Plain</cbc:Note>"
        "<cbc:TaxPointDate>2024-02-29</cbc:TaxPointDate><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>"
        "<cbc:TaxCurrencyCode>SEK</cbc:TaxCurrencyCode><cbc:AccountingCost>4711</cbc:AccountingCost>"
        "<cbc:BuyerReference>ref</cbc:BuyerReference>"
    )
    assert (found.number, found.type, found.type_code) == ("R-1", "invoice", "380")
    assert (found.specification, found.process) == ("spec", "process")
    assert (found.issue_date, found.due_date) == (datetime.date(2024, 3, 1), datetime.date(2024, 3, 31))
    assert (found.tax_point_date, found.currency, found.tax_currency) == (datetime.date(2024, 2, 29), "EUR", "SEK")
    assert found.notes == (Note(subject="AAK", text="Ten percent"), Note(text="Plain"))
    assert (found.references.buyer, found.references.buyer_accounting) == ("ref", "4711")


@pytest.mark.parametrize(
    ("root", "code", "kind"),
    [
        ("Invoice", "380", "invoice"),
        ("Invoice", "381", "credit_note"),
        ("CreditNote", "381", "credit_note"),
        ("CreditNote", "380", "credit_note"),
        ("Invoice", "389", "invoice"),
    ],
)
def test_the_kind_follows_from_root_and_type_code(invoice, root, code, kind):
    assert invoice(f"<cbc:{root}TypeCode>{code}</cbc:{root}TypeCode>", root).type == kind


def test_a_credit_note_has_its_own_places(invoice):
    found = invoice(
        "<cac:AdditionalDocumentReference><cbc:ID>P-1</cbc:ID><cbc:DocumentTypeCode>50</cbc:DocumentTypeCode>"
        "</cac:AdditionalDocumentReference>"
        "<cac:PaymentMeans><cbc:PaymentDueDate>2024-01-31</cbc:PaymentDueDate></cac:PaymentMeans>"
        "<cac:CreditNoteLine><cbc:CreditedQuantity unitCode='C62'>2</cbc:CreditedQuantity></cac:CreditNoteLine>",
        "CreditNote",
    )
    assert found.references.project == "P-1"
    assert found.attachments == ()
    assert found.due_date == datetime.date(2024, 1, 31)
    assert (found.lines[0].quantity, found.lines[0].unit) == (Decimal(2), "C62")


def test_references(invoice):
    found = invoice(
        "<cac:OrderReference><cbc:ID>O</cbc:ID><cbc:SalesOrderID>S</cbc:SalesOrderID></cac:OrderReference>"
        "<cac:BillingReference><cac:InvoiceDocumentReference>"
        "<cbc:ID>R-0</cbc:ID><cbc:IssueDate>2024-01-02</cbc:IssueDate>"
        "</cac:InvoiceDocumentReference></cac:BillingReference>"
        "<cac:DespatchDocumentReference><cbc:ID>D</cbc:ID></cac:DespatchDocumentReference>"
        "<cac:ReceiptDocumentReference><cbc:ID>E</cbc:ID></cac:ReceiptDocumentReference>"
        "<cac:OriginatorDocumentReference><cbc:ID>T</cbc:ID></cac:OriginatorDocumentReference>"
        "<cac:ContractDocumentReference><cbc:ID>C</cbc:ID></cac:ContractDocumentReference>"
        "<cac:AdditionalDocumentReference><cbc:ID schemeID='AAJ'>B</cbc:ID>"
        "<cbc:DocumentTypeCode>130</cbc:DocumentTypeCode></cac:AdditionalDocumentReference>"
        "<cac:ProjectReference><cbc:ID>P</cbc:ID></cac:ProjectReference>"
    ).references
    assert (found.order, found.sales_order, found.despatch, found.receipt) == ("O", "S", "D", "E")
    assert (found.tender, found.contract, found.project) == ("T", "C", "P")
    assert found.object == Identifier(value="B", scheme="AAJ")
    assert found.preceding == (PrecedingInvoice(number="R-0", issue_date=datetime.date(2024, 1, 2)),)


def test_an_embedded_document_is_measured_and_hashed_but_not_kept(invoice):
    content = b"%PDF-1.7 drawing"
    found = invoice(
        "<cac:AdditionalDocumentReference><cbc:ID>A-1</cbc:ID>"
        "<cbc:DocumentDescription>Drawing</cbc:DocumentDescription>"
        "<cac:Attachment><cbc:EmbeddedDocumentBinaryObject mimeCode='application/pdf' filename='a.pdf'>"
        f"\n{b64encode(content).decode()}\n</cbc:EmbeddedDocumentBinaryObject><cac:ExternalReference>"
        "<cbc:URI>https://a.example</cbc:URI></cac:ExternalReference>"
        "</cac:Attachment></cac:AdditionalDocumentReference>"
    ).attachments[0]
    assert (found.id, found.description, found.location) == ("A-1", "Drawing", "https://a.example")
    assert (found.mime_type, found.file_name) == ("application/pdf", "a.pdf")
    assert (found.size, found.digest) == (len(content), hashlib.sha256(content).hexdigest())


def test_parties_and_their_schemes(invoice):
    found = invoice(
        "<cac:AccountingSupplierParty><cac:Party><cbc:EndpointID schemeID='EM'>a@b.example</cbc:EndpointID>"
        "<cac:PartyIdentification><cbc:ID schemeID='0088'>4000001123452</cbc:ID></cac:PartyIdentification>"
        "<cac:PartyIdentification><cbc:ID schemeID='SEPA'>DE98ZZZ</cbc:ID></cac:PartyIdentification>"
        "<cac:PartyName><cbc:Name>Shop</cbc:Name></cac:PartyName>"
        "<cac:PostalAddress><cbc:StreetName>1</cbc:StreetName><cbc:AdditionalStreetName>2</cbc:AdditionalStreetName>"
        "<cbc:CityName>C</cbc:CityName><cbc:PostalZone>Z</cbc:PostalZone><cbc:CountrySubentity>R</cbc:CountrySubentity>"
        "<cac:AddressLine><cbc:Line>3</cbc:Line></cac:AddressLine>"
        "<cac:Country><cbc:IdentificationCode>DE</cbc:IdentificationCode></cac:Country></cac:PostalAddress>"
        "<cac:PartyTaxScheme><cbc:CompanyID>201/1</cbc:CompanyID><cac:TaxScheme><cbc:ID>FC</cbc:ID></cac:TaxScheme>"
        f"</cac:PartyTaxScheme><cac:PartyTaxScheme><cbc:CompanyID>DE1</cbc:CompanyID>{VAT}</cac:PartyTaxScheme>"
        "<cac:PartyLegalEntity><cbc:RegistrationName>Shop GmbH</cbc:RegistrationName>"
        "<cbc:CompanyID schemeID='0002'>HRB</cbc:CompanyID><cbc:CompanyLegalForm>GmbH</cbc:CompanyLegalForm>"
        "</cac:PartyLegalEntity><cac:Contact><cbc:Name>N</cbc:Name><cbc:Telephone>T</cbc:Telephone>"
        "<cbc:ElectronicMail>E</cbc:ElectronicMail></cac:Contact></cac:Party></cac:AccountingSupplierParty>"
        "<cac:PayeeParty><cac:PartyName><cbc:Name>Factor</cbc:Name></cac:PartyName></cac:PayeeParty>"
        "<cac:TaxRepresentativeParty><cac:PartyName><cbc:Name>Rep</cbc:Name>"
        "</cac:PartyName></cac:TaxRepresentativeParty>"
    )
    seller = found.seller
    assert (seller.name, seller.trading_name, seller.legal_information) == ("Shop GmbH", "Shop", "GmbH")
    assert seller.identifiers == (Identifier(value="4000001123452", scheme="0088"),)
    assert (seller.tax_id, seller.tax_registration) == ("DE1", "201/1")
    assert seller.registration == Identifier(value="HRB", scheme="0002")
    assert seller.endpoint == Identifier(value="a@b.example", scheme="EM")
    assert seller.address == Address(
        line_1="1", line_2="2", line_3="3", city="C", postcode="Z", region="R", country="DE"
    )
    assert (seller.contact.name, seller.contact.telephone, seller.contact.email) == ("N", "T", "E")
    assert found.payment.mandate == Mandate(creditor="DE98ZZZ")
    assert (found.payee, found.tax_representative) == (Party(name="Factor"), Party(name="Rep"))


def test_payment(invoice):
    found = invoice(
        "<cac:PaymentMeans><cbc:PaymentMeansCode name='transfer'>58</cbc:PaymentMeansCode>"
        "<cbc:PaymentID>REF</cbc:PaymentID>"
        "<cac:PayeeFinancialAccount><cbc:ID>DE1</cbc:ID><cbc:Name>N</cbc:Name><cac:FinancialInstitutionBranch>"
        "<cbc:ID>BIC</cbc:ID></cac:FinancialInstitutionBranch></cac:PayeeFinancialAccount></cac:PaymentMeans>"
        "<cac:PaymentMeans><cbc:PaymentMeansCode>58</cbc:PaymentMeansCode>"
        "<cac:PayeeFinancialAccount><cbc:ID>DE2</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>"
        "<cac:PaymentMeans><cac:CardAccount><cbc:PrimaryAccountNumberID>1234</cbc:PrimaryAccountNumberID>"
        "<cbc:HolderName>H</cbc:HolderName></cac:CardAccount></cac:PaymentMeans>"
        "<cac:PaymentMeans><cac:PaymentMandate><cbc:ID>M</cbc:ID><cac:PayerFinancialAccount><cbc:ID>DE3</cbc:ID>"
        "</cac:PayerFinancialAccount></cac:PaymentMandate></cac:PaymentMeans>"
        "<cac:PaymentTerms><cbc:Note>30 days</cbc:Note></cac:PaymentTerms>"
    ).payment
    assert (found.means[0].code, found.means[0].text, found.reference, found.terms) == (
        "58",
        "transfer",
        "REF",
        "30 days",
    )
    assert [account.id for account in found.accounts] == ["DE1", "DE2"]
    assert (found.accounts[0].name, found.accounts[0].provider) == ("N", "BIC")
    assert (found.means[2].card.number, found.means[2].card.holder) == ("1234", "H")


def test_delivery_and_period(invoice):
    found = invoice(
        "<cac:InvoicePeriod><cbc:StartDate>2024-01-01</cbc:StartDate><cbc:DescriptionCode>35</cbc:DescriptionCode>"
        "</cac:InvoicePeriod><cac:Delivery><cbc:ActualDeliveryDate>2024-01-05</cbc:ActualDeliveryDate>"
        "<cac:DeliveryLocation><cbc:ID schemeID='0088'>7</cbc:ID>"
        "<cac:Address><cbc:CityName>C</cbc:CityName></cac:Address>"
        "</cac:DeliveryLocation><cac:DeliveryParty><cac:PartyName>"
        "<cbc:Name>N</cbc:Name></cac:PartyName></cac:DeliveryParty>"
        "</cac:Delivery>"
    )
    assert (found.period, found.tax_point_code) == (Period(start=datetime.date(2024, 1, 1)), "35")
    assert (found.delivery.date, found.delivery.party_name) == (datetime.date(2024, 1, 5), "N")
    assert (found.delivery.location, found.delivery.address) == (
        Identifier(value="7", scheme="0088"),
        Address(city="C"),
    )


def test_a_period_that_only_names_the_tax_point_is_no_period(invoice):
    found = invoice("<cac:InvoicePeriod><cbc:DescriptionCode>3</cbc:DescriptionCode></cac:InvoicePeriod>")
    assert (found.period, found.tax_point_code) == (None, "3")


def test_an_empty_group_is_there_and_an_absent_one_is_not(invoice):
    found = invoice(
        "<cac:AccountingSupplierParty><cac:Party><cac:PostalAddress/></cac:Party></cac:AccountingSupplierParty>"
    )
    assert (found.seller.address, found.buyer) == (Address(), None)
    assert invoice("<cbc:ID/>").number == ""


def test_allowances_and_charges_on_the_document(invoice):
    found = invoice(
        "<cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator>"
        "<cbc:AllowanceChargeReasonCode>95</cbc:AllowanceChargeReasonCode>"
        "<cbc:AllowanceChargeReason>R</cbc:AllowanceChargeReason>"
        "<cbc:MultiplierFactorNumeric>10</cbc:MultiplierFactorNumeric>"
        "<cbc:Amount>1.50</cbc:Amount><cbc:BaseAmount>15.0</cbc:BaseAmount>"
        f"<cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent>{VAT}</cac:TaxCategory></cac:AllowanceCharge>"
        "<cac:AllowanceCharge><cbc:ChargeIndicator>1</cbc:ChargeIndicator>"
        "<cbc:Amount>2</cbc:Amount></cac:AllowanceCharge>"
    )
    tax = TaxCategory(code="S", rate=Decimal(19), scheme="VAT")
    expected = AllowanceCharge(
        amount=Decimal("1.50"), base=Decimal("15.0"), percent=Decimal(10), reason="R", reason_code="95", tax=tax
    )
    assert found.allowances == (expected,)
    assert found.charges == (AllowanceCharge(amount=Decimal(2)),)


def test_an_entry_that_is_neither_allowance_nor_charge_is_a_problem(ubl):
    reading = read_ubl(ubl("<cac:AllowanceCharge><cbc:Amount>1</cbc:Amount></cac:AllowanceCharge>"))
    assert (reading.invoice.allowances, reading.invoice.charges) == ((), ())
    assert "neither charge" in reading.problems[0].message


def test_totals_in_two_currencies(invoice):
    found = invoice(
        "<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode><cbc:TaxCurrencyCode>SEK</cbc:TaxCurrencyCode>"
        "<cac:TaxTotal><cbc:TaxAmount currencyID='SEK'>220.00</cbc:TaxAmount></cac:TaxTotal>"
        "<cac:TaxTotal><cbc:TaxAmount currencyID='EUR'>19.00</cbc:TaxAmount><cac:TaxSubtotal>"
        "<cbc:TaxableAmount currencyID='EUR'>100.0</cbc:TaxableAmount>"
        "<cbc:TaxAmount currencyID='EUR'>19.00</cbc:TaxAmount>"
        "<cac:TaxCategory><cbc:ID>E</cbc:ID><cbc:Percent>0</cbc:Percent>"
        "<cbc:TaxExemptionReasonCode>VATEX</cbc:TaxExemptionReasonCode>"
        "<cbc:TaxExemptionReason>Why</cbc:TaxExemptionReason>"
        f"{VAT}</cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>"
        "<cac:LegalMonetaryTotal><cbc:LineExtensionAmount>1</cbc:LineExtensionAmount>"
        "<cbc:TaxExclusiveAmount>2</cbc:TaxExclusiveAmount>"
        "<cbc:TaxInclusiveAmount>3</cbc:TaxInclusiveAmount><cbc:AllowanceTotalAmount>4</cbc:AllowanceTotalAmount>"
        "<cbc:ChargeTotalAmount>5</cbc:ChargeTotalAmount><cbc:PrepaidAmount>6</cbc:PrepaidAmount>"
        "<cbc:PayableRoundingAmount>7</cbc:PayableRoundingAmount>"
        "<cbc:PayableAmount>8.10</cbc:PayableAmount></cac:LegalMonetaryTotal>"
    )
    totals = found.totals
    assert [totals.lines, totals.net, totals.gross, totals.allowances, totals.charges] == [1, 2, 3, 4, 5]
    assert (totals.prepaid, totals.rounding, str(totals.payable)) == (6, 7, "8.10")
    assert (totals.tax, totals.tax_in_accounting_currency) == (Decimal("19.00"), Decimal("220.00"))
    assert [(str(total.value), total.currency) for total in found.tax_totals] == [("220.00", "SEK"), ("19.00", "EUR")]
    row = found.tax_breakdown[0]
    assert (str(row.taxable), row.category.code, row.exemption_reason_code, row.exemption_reason) == (
        "100.0",
        "E",
        "VATEX",
        "Why",
    )
    assert len(found.tax_breakdown) == 1


def test_lines(invoice):
    line = invoice(
        "<cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:Note>N</cbc:Note>"
        "<cbc:InvoicedQuantity unitCode='KGM'>2.50</cbc:InvoicedQuantity>"
        "<cbc:LineExtensionAmount>10.00</cbc:LineExtensionAmount><cbc:AccountingCost>4711</cbc:AccountingCost>"
        "<cac:InvoicePeriod><cbc:EndDate>2024-01-31</cbc:EndDate></cac:InvoicePeriod>"
        "<cac:OrderLineReference><cbc:LineID>7</cbc:LineID></cac:OrderLineReference>"
        "<cac:DocumentReference><cbc:ID schemeID='AAA'>OBJ</cbc:ID>"
        "<cbc:DocumentTypeCode>130</cbc:DocumentTypeCode></cac:DocumentReference>"
        "<cac:AllowanceCharge><cbc:ChargeIndicator>true</cbc:ChargeIndicator>"
        "<cbc:Amount>1</cbc:Amount></cac:AllowanceCharge>"
        "<cac:Item><cbc:Description>D</cbc:Description><cbc:Name>I</cbc:Name>"
        "<cac:BuyersItemIdentification><cbc:ID>B</cbc:ID>"
        "</cac:BuyersItemIdentification><cac:SellersItemIdentification>"
        "<cbc:ID>S</cbc:ID></cac:SellersItemIdentification>"
        "<cac:StandardItemIdentification><cbc:ID schemeID='0160'>G</cbc:ID></cac:StandardItemIdentification>"
        "<cac:OriginCountry><cbc:IdentificationCode>SE</cbc:IdentificationCode></cac:OriginCountry>"
        "<cac:CommodityClassification>"
        "<cbc:ItemClassificationCode listID='STI' listVersionID='2'>9</cbc:ItemClassificationCode>"
        f"</cac:CommodityClassification><cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>7</cbc:Percent>{VAT}"
        "</cac:ClassifiedTaxCategory><cac:AdditionalItemProperty><cbc:Name>Colour</cbc:Name><cbc:Value>red</cbc:Value>"
        "</cac:AdditionalItemProperty></cac:Item><cac:Price><cbc:PriceAmount>4.0000</cbc:PriceAmount>"
        "<cbc:BaseQuantity unitCode='KGM'>100</cbc:BaseQuantity>"
        "<cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator>"
        "<cbc:Amount>1</cbc:Amount><cbc:BaseAmount>5</cbc:BaseAmount>"
        "</cac:AllowanceCharge></cac:Price></cac:InvoiceLine>"
    ).lines[0]
    assert (line.id, line.note, str(line.quantity), line.unit, str(line.net)) == ("1", "N", "2.50", "KGM", "10.00")
    assert (line.order_line, line.buyer_accounting, line.object) == ("7", "4711", Identifier(value="OBJ", scheme="AAA"))
    assert (line.period.end, line.charges[0].amount, line.allowances) == (datetime.date(2024, 1, 31), 1, ())
    assert (line.name, line.description, line.buyer_item, line.seller_item) == ("I", "D", "B", "S")
    assert (line.standard_item, line.origin_country) == (Identifier(value="G", scheme="0160"), "SE")
    assert line.classifications == (Identifier(value="9", scheme="STI", scheme_version="2"),)
    assert (line.tax.code, line.tax.rate, line.attributes[0].name, line.attributes[0].value) == (
        "S",
        7,
        "Colour",
        "red",
    )
    assert (str(line.unit_price), line.price_discount, line.gross_price) == ("4.0000", 1, 5)
    assert (line.base_quantity, line.base_quantity_unit) == (100, "KGM")


def test_bad_values_are_problems_with_their_line_and_the_rest_is_read(ubl):
    reading = read_ubl(
        ubl(
            "\n<cbc:ID>R-1</cbc:ID>\n<cbc:IssueDate>yesterday</cbc:IssueDate>"
            "<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>\n<cac:LegalMonetaryTotal>"
            "<cbc:PayableAmount currencyID='USD'>5</cbc:PayableAmount></cac:LegalMonetaryTotal>\n"
            "<cac:InvoiceLine/><cac:InvoiceLine><cbc:InvoicedQuantity>two</cbc:InvoicedQuantity></cac:InvoiceLine>"
        )
    )
    assert (reading.invoice.number, len(reading.invoice.lines)) == ("R-1", 2)
    assert [(problem.path, problem.line) for problem in reading.problems] == [
        ("Invoice/IssueDate", 3),
        ("Invoice/LegalMonetaryTotal/PayableAmount", 4),
        ("Invoice/InvoiceLine[2]/InvoicedQuantity", 5),
    ]


def test_other_root_elements_are_refused(ubl):
    with pytest.raises(InvalidDocument, match="This is a purchase order"):
        read_ubl(ubl(root="Order"))
