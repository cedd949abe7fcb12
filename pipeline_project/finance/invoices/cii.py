"""UN/CEFACT CII D16B CrossIndustryInvoice (Factur-X, ZUGFeRD 2, XRechnung) as an invoice of the model.

Any part may be missing: the root element alone is an (empty) invoice. Paths are those of the EN 16931 binding
to CII (CEN/TS 16931-3-3). Refuses nothing itself: `read` chooses by root element.
"""

from lxml import etree

from pipeline_project.finance.elements import Node, Problem
from pipeline_project.finance.invoices import cii_parts as parts
from pipeline_project.finance.invoices.attachments import attachment
from pipeline_project.finance.invoices.cii_lines import read_lines
from pipeline_project.finance.invoices.models import (
    Account,
    Amount,
    Attachment,
    Card,
    Delivery,
    Identifier,
    Invoice,
    Mandate,
    Note,
    Payment,
    PaymentMeans,
    PrecedingInvoice,
    References,
    TaxSubtotal,
    Totals,
)
from pipeline_project.finance.invoices.reading import kind_of
from pipeline_project.finance.invoices.tax_totals import in_accounting_currency, in_document_currency, tax_totals

ROOT = "{urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100}CrossIndustryInvoice"

# The tax point codes (UNTDID 2475) as the codes of UNTDID 2005 in which BT-8 is defined.
_TAX_POINTS = {"5": "3", "29": "35", "72": "432"}
_TENDER, _OBJECT = "50", "130"  # UNTDID 1001 codes of additional documents that are no attachments


def invoice(root: etree._Element) -> tuple[Invoice, tuple[Problem, ...]]:
    """The invoice below a CII root element, and what could not be read of it."""
    node = Node(root, parts.scan())
    settlement = node.child("rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement")
    node.scan.currency = settlement.text("ram:InvoiceCurrencyCode") or None
    return _invoice(node, settlement), node.scan.problems


def _invoice(node: Node, settlement: Node) -> Invoice:
    transaction = node.child("rsm:SupplyChainTradeTransaction")
    agreement = transaction.child("ram:ApplicableHeaderTradeAgreement")
    delivery = transaction.child("ram:ApplicableHeaderTradeDelivery")
    context, document = node.child("rsm:ExchangedDocumentContext"), node.child("rsm:ExchangedDocument")
    code = document.text("ram:TypeCode")
    tax_currency = settlement.text("ram:TaxCurrencyCode")
    allowances, charges = parts.allowances_and_charges(settlement)
    taxes = tax_totals(settlement.nodes("ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:TaxTotalAmount"))
    tax_point = settlement.text("ram:ApplicableTradeTax/ram:DueDateTypeCode")
    return Invoice(
        syntax="cii",
        number=document.text("ram:ID"),
        type=kind_of(code),
        type_code=code,
        issue_date=parts.day(document.node("ram:IssueDateTime")),
        due_date=parts.day(settlement.node("ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime")),
        tax_point_date=parts.day(settlement.node("ram:ApplicableTradeTax/ram:TaxPointDate")),
        tax_point_code=_TAX_POINTS.get(tax_point, tax_point) if tax_point else tax_point,
        currency=settlement.text("ram:InvoiceCurrencyCode"),
        tax_currency=tax_currency,
        process=context.text("ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID"),
        specification=context.text("ram:GuidelineSpecifiedDocumentContextParameter/ram:ID"),
        notes=tuple(
            Note(subject=note.text("ram:SubjectCode"), text=note.text("ram:Content"))
            for note in document.nodes("ram:IncludedNote")
        ),
        references=_references(agreement, delivery, settlement),
        seller=parts.party(agreement.node("ram:SellerTradeParty")),
        buyer=parts.party(agreement.node("ram:BuyerTradeParty")),
        payee=parts.party(settlement.node("ram:PayeeTradeParty")),
        tax_representative=parts.party(agreement.node("ram:SellerTaxRepresentativeTradeParty")),
        delivery=_delivery(delivery),
        period=parts.period(settlement.node("ram:BillingSpecifiedPeriod")),
        payment=_payment(settlement),
        allowances=allowances,
        charges=charges,
        totals=_totals(settlement, taxes, tax_currency),
        tax_totals=taxes,
        amount_currencies=node.currencies(),
        tax_breakdown=_breakdown(settlement),
        attachments=_attachments(agreement),
        lines=read_lines(transaction),
    )


def _references(agreement: Node, delivery: Node, settlement: Node) -> References:
    documents = {
        found.text("ram:TypeCode"): found for found in reversed(agreement.nodes("ram:AdditionalReferencedDocument"))
    }
    tender, invoiced_object = documents.get(_TENDER), documents.get(_OBJECT)
    return References(
        buyer=agreement.text("ram:BuyerReference"),
        project=agreement.text("ram:SpecifiedProcuringProject/ram:ID"),
        contract=agreement.text("ram:ContractReferencedDocument/ram:IssuerAssignedID"),
        order=agreement.text("ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID"),
        sales_order=agreement.text("ram:SellerOrderReferencedDocument/ram:IssuerAssignedID"),
        receipt=delivery.text("ram:ReceivingAdviceReferencedDocument/ram:IssuerAssignedID"),
        despatch=delivery.text("ram:DespatchAdviceReferencedDocument/ram:IssuerAssignedID"),
        tender=tender.text("ram:IssuerAssignedID") if tender else None,
        object=invoiced_object
        and Identifier(
            value=invoiced_object.text("ram:IssuerAssignedID") or "",
            scheme=invoiced_object.text("ram:ReferenceTypeCode"),
        ),
        buyer_accounting=settlement.text("ram:ReceivableSpecifiedTradeAccountingAccount/ram:ID"),
        preceding=tuple(
            PrecedingInvoice(
                number=found.text("ram:IssuerAssignedID"),
                issue_date=parts.day(found.node("ram:FormattedIssueDateTime")),
            )
            for found in settlement.nodes("ram:InvoiceReferencedDocument")
        ),
    )


def _attachments(agreement: Node) -> tuple[Attachment, ...]:
    return tuple(
        attachment(
            found.node("ram:AttachmentBinaryObject"),
            id=found.text("ram:IssuerAssignedID"),
            description=found.text("ram:Name"),
            location=found.text("ram:URIID"),
        )
        for found in agreement.nodes("ram:AdditionalReferencedDocument")
        if found.text("ram:TypeCode") not in {_TENDER, _OBJECT}
    )


def _delivery(delivery: Node) -> Delivery | None:
    place = delivery.node("ram:ShipToTradeParty")
    event = delivery.node("ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime")
    if place is None and event is None:
        return None
    place = place or delivery.child("ram:ShipToTradeParty")
    identifiers = parts.party_identifiers(place)
    return Delivery(
        party_name=place.text("ram:Name"),
        location=identifiers[0] if identifiers else None,
        date=parts.day(event),
        address=parts.address(place.node("ram:PostalTradeAddress")),
    )


def _payment(settlement: Node) -> Payment | None:
    means = settlement.nodes("ram:SpecifiedTradeSettlementPaymentMeans")
    terms = settlement.joined("ram:SpecifiedTradePaymentTerms/ram:Description")
    reference = settlement.text("ram:PaymentReference")
    mandate = _mandate(settlement)
    if not means and terms is None and reference is None and mandate is None:
        return None
    return Payment(
        means=tuple(_payment_means(found) for found in means),
        reference=reference,
        terms=terms,
        mandate=mandate,
    )


def _payment_means(node: Node) -> PaymentMeans:
    account = node.node("ram:PayeePartyCreditorFinancialAccount")
    card = node.node("ram:ApplicableTradeSettlementFinancialCard")
    return PaymentMeans(
        code=node.text("ram:TypeCode"),
        text=node.text("ram:Information"),
        account=account
        and Account(
            id=account.text("ram:IBANID", "ram:ProprietaryID"),
            name=account.text("ram:AccountName"),
            provider=node.text("ram:PayeeSpecifiedCreditorFinancialInstitution/ram:BICID"),
        ),
        card=card and Card(number=card.text("ram:ID"), holder=card.text("ram:CardholderName")),
    )


def _mandate(settlement: Node) -> Mandate | None:
    reference = settlement.text("ram:SpecifiedTradePaymentTerms/ram:DirectDebitMandateID")
    creditor = settlement.text("ram:CreditorReferenceID")
    account = settlement.text(
        "ram:SpecifiedTradeSettlementPaymentMeans/ram:PayerPartyDebtorFinancialAccount/ram:IBANID"
    )
    if reference is None and creditor is None and account is None:
        return None
    return Mandate(reference=reference, creditor=creditor, account=account)


def _totals(settlement: Node, taxes: tuple[Amount, ...], tax_currency: str | None) -> Totals | None:
    sums = settlement.node("ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    if sums is None:
        return None
    currency = settlement.scan.currency
    return Totals(
        lines=sums.money("ram:LineTotalAmount"),
        allowances=sums.money("ram:AllowanceTotalAmount"),
        charges=sums.money("ram:ChargeTotalAmount"),
        net=sums.money("ram:TaxBasisTotalAmount"),
        tax=in_document_currency(taxes, currency),
        tax_in_accounting_currency=in_accounting_currency(taxes, currency, tax_currency),
        gross=sums.money("ram:GrandTotalAmount"),
        prepaid=sums.money("ram:TotalPrepaidAmount"),
        rounding=sums.money("ram:RoundingAmount"),
        payable=sums.money("ram:DuePayableAmount"),
    )


def _breakdown(settlement: Node) -> tuple[TaxSubtotal, ...]:
    return tuple(
        TaxSubtotal(
            taxable=row.money("ram:BasisAmount"),
            tax=row.money("ram:CalculatedAmount"),
            category=parts.tax_category([row]),
            exemption_reason=row.text("ram:ExemptionReason"),
            exemption_reason_code=row.text("ram:ExemptionReasonCode"),
        )
        for row in settlement.nodes("ram:ApplicableTradeTax")
    )
