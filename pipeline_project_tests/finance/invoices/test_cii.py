"""CII invoices: every business term is found where the binding puts it, nothing missing raises."""

import datetime
from decimal import Decimal

import pytest

from pipeline_project.errors import InvalidDocument
from pipeline_project.finance.invoices import read_cii
from pipeline_project.finance.invoices.models import AllowanceCharge, Identifier, Mandate, Note, Period

DAY = '<udt:DateTimeString format="102">20240131</udt:DateTimeString>'
JANUARY_31 = datetime.date(2024, 1, 31)


@pytest.fixture
def invoice(cii):
    def _invoice(**parts):
        return read_cii(cii(**parts)).invoice

    return _invoice


def test_the_root_alone_is_an_empty_invoice(cii):
    reading = read_cii(cii())
    assert reading.invoice.model_dump(exclude_defaults=True) == {"syntax": "cii"}
    assert (reading.format, reading.problems) == ("cii", ())


def test_header_fields(invoice):
    found = invoice(
        document=(
            f"<ram:ID>R-1</ram:ID><ram:TypeCode>381</ram:TypeCode><ram:IssueDateTime>{DAY}</ram:IssueDateTime>"
            "<ram:IncludedNote><ram:Content>Text</ram:Content><ram:SubjectCode>AAK</ram:SubjectCode></ram:IncludedNote>"
        ),
        agreement="<ram:BuyerReference>B</ram:BuyerReference>",
        settlement=(
            "<ram:TaxCurrencyCode>SEK</ram:TaxCurrencyCode><ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>"
            "<ram:ApplicableTradeTax><ram:TaxPointDate>"
            "<udt:DateString format='102'>20240131</udt:DateString></ram:TaxPointDate>"
            "<ram:DueDateTypeCode>72</ram:DueDateTypeCode></ram:ApplicableTradeTax>"
            "<ram:SpecifiedTradePaymentTerms>"
            f"<ram:DueDateDateTime>{DAY}</ram:DueDateDateTime></ram:SpecifiedTradePaymentTerms>"
        ),
    )
    assert (found.number, found.type, found.type_code) == ("R-1", "credit_note", "381")
    assert (found.issue_date, found.due_date, found.tax_point_date) == (JANUARY_31,) * 3
    assert (found.currency, found.tax_currency, found.references.buyer) == ("EUR", "SEK", "B")
    assert found.notes == (Note(subject="AAK", text="Text"),)


@pytest.mark.parametrize(("code", "meant"), [("5", "3"), ("29", "35"), ("72", "432")])
def test_tax_point_codes_are_those_that_ubl_uses(invoice, code, meant):
    tax = f"<ram:ApplicableTradeTax><ram:DueDateTypeCode>{code}</ram:DueDateTypeCode></ram:ApplicableTradeTax>"
    assert invoice(settlement=tax).tax_point_code == meant


def test_references_and_attachments(invoice):
    def document(code, number, more=""):
        return (
            f"<ram:AdditionalReferencedDocument><ram:IssuerAssignedID>{number}</ram:IssuerAssignedID>"
            f"<ram:TypeCode>{code}</ram:TypeCode>{more}</ram:AdditionalReferencedDocument>"
        )

    found = invoice(
        agreement=(
            "<ram:SellerOrderReferencedDocument>"
            "<ram:IssuerAssignedID>S</ram:IssuerAssignedID></ram:SellerOrderReferencedDocument>"
            "<ram:BuyerOrderReferencedDocument>"
            "<ram:IssuerAssignedID>O</ram:IssuerAssignedID></ram:BuyerOrderReferencedDocument>"
            "<ram:ContractReferencedDocument>"
            "<ram:IssuerAssignedID>C</ram:IssuerAssignedID></ram:ContractReferencedDocument>"
            + document("50", "T")
            + document("130", "B", "<ram:ReferenceTypeCode>AAJ</ram:ReferenceTypeCode>")
            + document("916", "A", "<ram:URIID>u</ram:URIID><ram:Name>N</ram:Name>")
            + "<ram:SpecifiedProcuringProject><ram:ID>P</ram:ID></ram:SpecifiedProcuringProject>"
        ),
        delivery=(
            "<ram:DespatchAdviceReferencedDocument>"
            "<ram:IssuerAssignedID>D</ram:IssuerAssignedID></ram:DespatchAdviceReferencedDocument>"
            "<ram:ReceivingAdviceReferencedDocument>"
            "<ram:IssuerAssignedID>E</ram:IssuerAssignedID></ram:ReceivingAdviceReferencedDocument>"
        ),
        settlement=(
            "<ram:InvoiceReferencedDocument>"
            "<ram:IssuerAssignedID>R-0</ram:IssuerAssignedID><ram:FormattedIssueDateTime>"
            "<qdt:DateTimeString format='102'>20240131</qdt:DateTimeString>"
            "</ram:FormattedIssueDateTime></ram:InvoiceReferencedDocument>"
            "<ram:ReceivableSpecifiedTradeAccountingAccount><ram:ID>4711</ram:ID>"
            "</ram:ReceivableSpecifiedTradeAccountingAccount>"
        ),
    )
    references = found.references
    assert (references.sales_order, references.order, references.contract, references.project) == ("S", "O", "C", "P")
    assert (references.tender, references.object) == ("T", Identifier(value="B", scheme="AAJ"))
    assert (references.despatch, references.receipt, references.buyer_accounting) == ("D", "E", "4711")
    assert (references.preceding[0].number, references.preceding[0].issue_date) == ("R-0", JANUARY_31)
    assert [(each.id, each.description, each.location) for each in found.attachments] == [("A", "N", "u")]


def test_a_party(invoice):
    party = invoice(
        agreement=(
            "<ram:SellerTradeParty><ram:ID>549910</ram:ID>"
            "<ram:GlobalID schemeID='0088'>4</ram:GlobalID><ram:Name>Shop GmbH</ram:Name>"
            "<ram:Description>GmbH</ram:Description>"
            "<ram:SpecifiedLegalOrganization><ram:ID schemeID='0002'>HRB</ram:ID>"
            "<ram:TradingBusinessName>Shop</ram:TradingBusinessName>"
            "</ram:SpecifiedLegalOrganization><ram:DefinedTradeContact>"
            "<ram:DepartmentName>Sales</ram:DepartmentName>"
            "<ram:TelephoneUniversalCommunication><ram:CompleteNumber>1</ram:CompleteNumber>"
            "</ram:TelephoneUniversalCommunication></ram:DefinedTradeContact>"
            "<ram:PostalTradeAddress><ram:PostcodeCode>Z</ram:PostcodeCode>"
            "<ram:LineOne>1</ram:LineOne><ram:CountryID>DE</ram:CountryID>"
            "</ram:PostalTradeAddress><ram:URIUniversalCommunication>"
            "<ram:URIID schemeID='EM'>a@b.example</ram:URIID>"
            "</ram:URIUniversalCommunication><ram:SpecifiedTaxRegistration>"
            "<ram:ID schemeID='FC'>201/1</ram:ID></ram:SpecifiedTaxRegistration><ram:SpecifiedTaxRegistration>"
            "<ram:ID schemeID='VA'>DE1</ram:ID></ram:SpecifiedTaxRegistration></ram:SellerTradeParty>"
        )
    ).seller
    assert party.identifiers == (Identifier(value="4", scheme="0088"), Identifier(value="549910"))
    assert (party.name, party.trading_name, party.legal_information) == ("Shop GmbH", "Shop", "GmbH")
    assert (party.tax_id, party.tax_registration, party.registration.value) == ("DE1", "201/1", "HRB")
    assert (party.contact.name, party.contact.telephone, party.endpoint.value) == ("Sales", "1", "a@b.example")
    assert (party.address.line_1, party.address.postcode, party.address.country) == ("1", "Z", "DE")


def test_delivery_period_and_payment(invoice):
    found = invoice(
        delivery=(
            "<ram:ShipToTradeParty><ram:ID>7</ram:ID><ram:Name>N</ram:Name></ram:ShipToTradeParty>"
            "<ram:ActualDeliverySupplyChainEvent>"
            f"<ram:OccurrenceDateTime>{DAY}</ram:OccurrenceDateTime></ram:ActualDeliverySupplyChainEvent>"
        ),
        settlement=(
            "<ram:CreditorReferenceID>DE98</ram:CreditorReferenceID><ram:PaymentReference>REF</ram:PaymentReference>"
            "<ram:SpecifiedTradeSettlementPaymentMeans>"
            "<ram:TypeCode>59</ram:TypeCode><ram:Information>debit</ram:Information>"
            "<ram:PayerPartyDebtorFinancialAccount><ram:IBANID>DE3</ram:IBANID></ram:PayerPartyDebtorFinancialAccount>"
            "<ram:PayeePartyCreditorFinancialAccount>"
            "<ram:ProprietaryID>123</ram:ProprietaryID></ram:PayeePartyCreditorFinancialAccount>"
            "<ram:PayeeSpecifiedCreditorFinancialInstitution>"
            "<ram:BICID>BIC</ram:BICID></ram:PayeeSpecifiedCreditorFinancialInstitution>"
            "</ram:SpecifiedTradeSettlementPaymentMeans>"
            f"<ram:BillingSpecifiedPeriod><ram:EndDateTime>{DAY}</ram:EndDateTime></ram:BillingSpecifiedPeriod>"
            "<ram:SpecifiedTradePaymentTerms><ram:Description>soon</ram:Description>"
            "<ram:DirectDebitMandateID>M</ram:DirectDebitMandateID></ram:SpecifiedTradePaymentTerms>"
        ),
    )
    assert (found.delivery.date, found.delivery.party_name, found.delivery.location.value) == (JANUARY_31, "N", "7")
    assert found.period == Period(end=JANUARY_31)
    assert (found.payment.reference, found.payment.terms) == ("REF", "soon")
    assert found.payment.mandate == Mandate(reference="M", creditor="DE98", account="DE3")
    means = found.payment.means[0]
    assert (means.code, means.text, means.account.id, means.account.provider) == ("59", "debit", "123", "BIC")


def test_allowances_charges_and_logistics_charges(invoice):
    found = invoice(
        settlement=(
            "<ram:SpecifiedTradeAllowanceCharge><ram:ChargeIndicator>"
            "<udt:Indicator>false</udt:Indicator></ram:ChargeIndicator>"
            "<ram:CalculationPercent>10</ram:CalculationPercent><ram:BasisAmount>15.0</ram:BasisAmount>"
            "<ram:ActualAmount>1.50</ram:ActualAmount><ram:ReasonCode>95</ram:ReasonCode><ram:Reason>R</ram:Reason>"
            "</ram:SpecifiedTradeAllowanceCharge><ram:SpecifiedLogisticsServiceCharge>"
            "<ram:Description>Freight</ram:Description>"
            "<ram:AppliedAmount>3.00</ram:AppliedAmount></ram:SpecifiedLogisticsServiceCharge>"
        )
    )
    expected = AllowanceCharge(
        amount=Decimal("1.50"), base=Decimal("15.0"), percent=Decimal(10), reason="R", reason_code="95"
    )
    assert (found.allowances, found.charges) == (
        (expected,),
        (AllowanceCharge(amount=Decimal("3.00"), reason="Freight"),),
    )


def test_totals_and_breakdown(invoice):
    found = invoice(
        settlement=(
            "<ram:TaxCurrencyCode>SEK</ram:TaxCurrencyCode><ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>"
            "<ram:ApplicableTradeTax><ram:CalculatedAmount>19.00</ram:CalculatedAmount><ram:TypeCode>VAT</ram:TypeCode>"
            "<ram:ExemptionReason>Why</ram:ExemptionReason><ram:BasisAmount>100.0</ram:BasisAmount>"
            "<ram:CategoryCode>S</ram:CategoryCode>"
            "<ram:RateApplicablePercent>19</ram:RateApplicablePercent></ram:ApplicableTradeTax>"
            "<ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:LineTotalAmount>1</ram:LineTotalAmount>"
            "<ram:ChargeTotalAmount>2</ram:ChargeTotalAmount><ram:AllowanceTotalAmount>3</ram:AllowanceTotalAmount>"
            "<ram:TaxBasisTotalAmount>4</ram:TaxBasisTotalAmount>"
            "<ram:TaxTotalAmount currencyID='EUR'>19.00</ram:TaxTotalAmount>"
            "<ram:TaxTotalAmount currencyID='SEK'>220</ram:TaxTotalAmount><ram:RoundingAmount>5</ram:RoundingAmount>"
            "<ram:GrandTotalAmount>6</ram:GrandTotalAmount><ram:TotalPrepaidAmount>7</ram:TotalPrepaidAmount>"
            "<ram:DuePayableAmount>8</ram:DuePayableAmount></ram:SpecifiedTradeSettlementHeaderMonetarySummation>"
        )
    )
    totals = found.totals
    assert [totals.lines, totals.charges, totals.allowances, totals.net, totals.rounding] == [1, 2, 3, 4, 5]
    assert [totals.gross, totals.prepaid, totals.payable, totals.tax_in_accounting_currency] == [6, 7, 8, 220]
    assert str(totals.tax) == "19.00"
    row = found.tax_breakdown[0]
    assert (row.taxable, row.tax, row.category.code, row.category.rate) == (100, 19, "S", 19)
    assert row.exemption_reason == "Why"


def line(settlement="", agreement="", document="<ram:LineID>1</ram:LineID>", product=""):
    return (
        "<ram:IncludedSupplyChainTradeLineItem>"
        f"<ram:AssociatedDocumentLineDocument>{document}</ram:AssociatedDocumentLineDocument>"
        f"<ram:SpecifiedTradeProduct>{product}</ram:SpecifiedTradeProduct>"
        f"<ram:SpecifiedLineTradeAgreement>{agreement}</ram:SpecifiedLineTradeAgreement>"
        "<ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode='C62'>2.0</ram:BilledQuantity>"
        "</ram:SpecifiedLineTradeDelivery>"
        f"<ram:SpecifiedLineTradeSettlement>{settlement}</ram:SpecifiedLineTradeSettlement>"
        "</ram:IncludedSupplyChainTradeLineItem>"
    )


def test_a_line(invoice):
    found = invoice(
        lines=line(
            product=(
                "<ram:GlobalID schemeID='0160'>G</ram:GlobalID><ram:SellerAssignedID>S</ram:SellerAssignedID>"
                "<ram:BuyerAssignedID>B</ram:BuyerAssignedID><ram:Name>I</ram:Name><ram:Description>D</ram:Description>"
                "<ram:ApplicableProductCharacteristic>"
                "<ram:Description>Colour</ram:Description><ram:Value>red</ram:Value>"
                "</ram:ApplicableProductCharacteristic><ram:DesignatedProductClassification>"
                "<ram:ClassCode listID='STI' listVersionID='2'>9</ram:ClassCode></ram:DesignatedProductClassification>"
                "<ram:OriginTradeCountry><ram:ID>SE</ram:ID></ram:OriginTradeCountry>"
            ),
            agreement=(
                "<ram:BuyerOrderReferencedDocument><ram:LineID>7</ram:LineID></ram:BuyerOrderReferencedDocument>"
                "<ram:GrossPriceProductTradePrice>"
                "<ram:ChargeAmount>5</ram:ChargeAmount><ram:AppliedTradeAllowanceCharge>"
                "<ram:ActualAmount>0.60</ram:ActualAmount>"
                "</ram:AppliedTradeAllowanceCharge><ram:AppliedTradeAllowanceCharge>"
                "<ram:ActualAmount>0.40</ram:ActualAmount>"
                "</ram:AppliedTradeAllowanceCharge></ram:GrossPriceProductTradePrice>"
                "<ram:NetPriceProductTradePrice><ram:ChargeAmount>4.0000</ram:ChargeAmount>"
                "<ram:BasisQuantity unitCode='C62'>100</ram:BasisQuantity></ram:NetPriceProductTradePrice>"
            ),
            settlement=(
                "<ram:ApplicableTradeTax><ram:TypeCode>VAT</ram:TypeCode><ram:CategoryCode>S</ram:CategoryCode>"
                "<ram:RateApplicablePercent>7</ram:RateApplicablePercent></ram:ApplicableTradeTax>"
                "<ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>10.00</ram:LineTotalAmount>"
                "</ram:SpecifiedTradeSettlementLineMonetarySummation><ram:AdditionalReferencedDocument>"
                "<ram:IssuerAssignedID>OBJ</ram:IssuerAssignedID><ram:TypeCode>130</ram:TypeCode>"
                "<ram:ReferenceTypeCode>AAA</ram:ReferenceTypeCode></ram:AdditionalReferencedDocument>"
            ),
        )
    ).lines[0]
    assert (found.id, str(found.quantity), found.unit, str(found.net)) == ("1", "2.0", "C62", "10.00")
    assert (found.name, found.description, found.seller_item, found.buyer_item) == ("I", "D", "S", "B")
    assert (found.standard_item, found.origin_country, found.order_line) == (
        Identifier(value="G", scheme="0160"),
        "SE",
        "7",
    )
    assert found.classifications == (Identifier(value="9", scheme="STI", scheme_version="2"),)
    assert (found.attributes[0].name, found.attributes[0].value) == ("Colour", "red")
    assert (str(found.unit_price), found.gross_price, found.price_discount) == ("4.0000", 5, Decimal("1.00"))
    assert (found.base_quantity, found.tax.code, found.tax.rate) == (100, "S", 7)
    assert found.object == Identifier(value="OBJ", scheme="AAA")


def test_a_line_that_only_groups_others_is_a_problem_and_no_line(cii):
    group = "<ram:LineID>1</ram:LineID><ram:LineStatusReasonCode>GROUP</ram:LineStatusReasonCode>"
    reading = read_cii(cii(lines=line(document=group) + line()))
    assert len(reading.invoice.lines) == 1
    assert "GROUP" in reading.problems[0].message


@pytest.mark.parametrize(("text", "code"), [("20240131", "102"), ("202401311530", "203"), ("2024-01-31", "102")])
def test_dates_in_the_formats_in_use_are_read(invoice, text, code):
    day = f"<ram:IssueDateTime><udt:DateTimeString format='{code}'>{text}</udt:DateTimeString></ram:IssueDateTime>"
    assert invoice(document=day).issue_date == JANUARY_31


@pytest.mark.parametrize(("text", "code"), [("20240231", "102"), ("31.01.2024", "102"), ("202405", "610"), ("", "102")])
def test_other_dates_are_problems(cii, text, code):
    day = f"<ram:IssueDateTime><udt:DateTimeString format='{code}'>{text}</udt:DateTimeString></ram:IssueDateTime>"
    reading = read_cii(cii(document=day))
    assert reading.invoice.issue_date is None
    assert "20241231 in format 102" in reading.problems[0].message


def test_other_root_elements_are_refused(ubl):
    with pytest.raises(InvalidDocument, match="root element Invoice"):
        read_cii(ubl())
