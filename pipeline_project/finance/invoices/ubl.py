"""UBL 2.1 Invoice and CreditNote as an invoice of the model.

Any part may be missing: the root element alone is an (empty) invoice. Paths are those of the EN 16931 binding
to UBL (CEN/TS 16931-3-2) and of Peppol BIS Billing 3. Refuses nothing itself: `read` chooses by root element.
"""

import re

from lxml import etree

from pipeline_project.finance.elements import Node, Problem
from pipeline_project.finance.invoices import ubl_parts as parts
from pipeline_project.finance.invoices.attachments import attachment
from pipeline_project.finance.invoices.models import (
    Account,
    Amount,
    Attachment,
    Card,
    Delivery,
    Invoice,
    Mandate,
    Note,
    Party,
    Payment,
    PaymentMeans,
    PrecedingInvoice,
    References,
    TaxSubtotal,
    Totals,
)
from pipeline_project.finance.invoices.reading import kind_of
from pipeline_project.finance.invoices.tax_totals import in_accounting_currency, in_document_currency, tax_totals
from pipeline_project.finance.invoices.ubl_lines import read_line

INVOICE = "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice"
CREDIT_NOTE = "{urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2}CreditNote"

_INVOICE = "cac:InvoiceDocumentReference"
_SUBJECT = re.compile(r"#([A-Z0-9]{3})#(.*)", re.DOTALL)


def invoice(root: etree._Element) -> tuple[Invoice, tuple[Problem, ...]]:
    """The invoice below a UBL root element, and what could not be read of it."""
    node = Node(root, parts.scan())
    currency = node.text("cbc:DocumentCurrencyCode")
    node.scan.currency = currency or None
    found = _invoice(node, currency, credit=root.tag == CREDIT_NOTE)
    return found, node.scan.problems


def _invoice(node: Node, currency: str | None, *, credit: bool) -> Invoice:
    code = node.text("cbc:CreditNoteTypeCode" if credit else "cbc:InvoiceTypeCode")
    tax_currency = node.text("cbc:TaxCurrencyCode")
    allowances, charges = parts.allowances_and_charges(node)
    taxes = tax_totals(node.nodes("cac:TaxTotal/cbc:TaxAmount"))
    return Invoice(
        syntax="ubl",
        number=node.text("cbc:ID"),
        type="credit_note" if credit else kind_of(code) or "invoice",
        type_code=code,
        issue_date=node.date("cbc:IssueDate"),
        due_date=node.date("cbc:DueDate") or node.date("cac:PaymentMeans/cbc:PaymentDueDate"),
        tax_point_date=node.date("cbc:TaxPointDate"),
        tax_point_code=node.text("cac:InvoicePeriod/cbc:DescriptionCode"),
        currency=currency,
        tax_currency=tax_currency,
        process=node.text("cbc:ProfileID"),
        specification=node.text("cbc:CustomizationID"),
        notes=tuple(_note(note.content) for note in node.nodes("cbc:Note")),
        references=_references(node),
        seller=parts.party(node.node("cac:AccountingSupplierParty/cac:Party")),
        buyer=parts.party(node.node("cac:AccountingCustomerParty/cac:Party")),
        payee=_known_by_name(node.node("cac:PayeeParty")),
        tax_representative=_known_by_name(node.node("cac:TaxRepresentativeParty")),
        delivery=_delivery(node.node("cac:Delivery")),
        period=parts.period(node.node("cac:InvoicePeriod")),
        payment=_payment(node),
        allowances=allowances,
        charges=charges,
        totals=_totals(node, taxes, tax_currency),
        tax_totals=taxes,
        amount_currencies=node.currencies(),
        tax_breakdown=_breakdown(node),
        attachments=_attachments(node),
        lines=tuple(
            # Lines of the other document type are a mistake of the writer: read, not lost.
            read_line(line)
            for line in (*node.nodes("cac:InvoiceLine"), *node.nodes("cac:CreditNoteLine"))
        ),
    )


def _note(text: str) -> Note:
    coded = _SUBJECT.fullmatch(text)
    return Note(subject=coded[1], text=coded[2].strip()) if coded else Note(text=text)


def _references(node: Node) -> References:
    documents = {code: found for found, code in reversed(_documents(node))}
    project = node.text("cac:ProjectReference/cbc:ID")
    if project is None and (found := documents.get("50")):  # a credit note has no other place for it
        project = found.text("cbc:ID")
    invoiced_object = documents.get("130")
    return References(
        buyer=node.text("cbc:BuyerReference"),
        project=project,
        contract=node.text("cac:ContractDocumentReference/cbc:ID"),
        order=node.text("cac:OrderReference/cbc:ID"),
        sales_order=node.text("cac:OrderReference/cbc:SalesOrderID"),
        receipt=node.text("cac:ReceiptDocumentReference/cbc:ID"),
        despatch=node.text("cac:DespatchDocumentReference/cbc:ID"),
        tender=node.text("cac:OriginatorDocumentReference/cbc:ID"),
        object=parts.identifier(invoiced_object.node("cbc:ID")) if invoiced_object else None,
        buyer_accounting=node.text("cbc:AccountingCost"),
        preceding=tuple(
            PrecedingInvoice(number=found.text("cbc:ID"), issue_date=found.date("cbc:IssueDate"))
            for reference in node.nodes("cac:BillingReference")
            for found in reference.nodes(_INVOICE) or [reference.child(_INVOICE)]
        ),
    )


def _documents(node: Node) -> list[tuple[Node, str | None]]:
    """Each additional document reference with its type code (UNTDID 1001)."""
    return [(found, found.text("cbc:DocumentTypeCode")) for found in node.nodes("cac:AdditionalDocumentReference")]


def _attachments(node: Node) -> tuple[Attachment, ...]:
    credit = node.element.tag == CREDIT_NOTE
    elsewhere = {"130", "50"} if credit else {"130"}
    return tuple(
        attachment(
            found.node("cac:Attachment/cbc:EmbeddedDocumentBinaryObject"),
            id=found.text("cbc:ID"),
            description=found.text("cbc:DocumentDescription"),
            location=found.text("cac:Attachment/cac:ExternalReference/cbc:URI"),
        )
        for found, code in _documents(node)
        if code not in elsewhere
    )


def _known_by_name(node: Node | None) -> Party | None:
    """A payee or tax representative: UBL writes its name where others have their trading name."""
    found = parts.party(node)
    if found is None:
        return None
    return found.model_copy(update={"name": found.trading_name or found.name, "trading_name": None})


def _delivery(node: Node | None) -> Delivery | None:
    if node is None:
        return None
    return Delivery(
        party_name=node.text("cac:DeliveryParty/cac:PartyName/cbc:Name"),
        location=parts.identifier(node.node("cac:DeliveryLocation/cbc:ID")),
        date=node.date("cbc:ActualDeliveryDate"),
        address=parts.address(node.node("cac:DeliveryLocation/cac:Address")),
    )


def _payment(node: Node) -> Payment | None:
    means = node.nodes("cac:PaymentMeans")
    terms = node.joined("cac:PaymentTerms/cbc:Note")
    mandate = _mandate(node)
    if not means and terms is None and mandate is None:
        return None
    return Payment(
        means=tuple(_payment_means(found) for found in means),
        reference=node.text("cac:PaymentMeans/cbc:PaymentID"),
        terms=terms,
        mandate=mandate,
    )


def _payment_means(node: Node) -> PaymentMeans:
    code = node.node("cbc:PaymentMeansCode")
    account = node.node("cac:PayeeFinancialAccount")
    card = node.node("cac:CardAccount")
    return PaymentMeans(
        code=code.content if code else None,
        text=code.attribute("name") if code else None,
        account=account
        and Account(
            id=account.text("cbc:ID"),
            name=account.text("cbc:Name"),
            provider=account.text("cac:FinancialInstitutionBranch/cbc:ID"),
        ),
        card=card and Card(number=card.text("cbc:PrimaryAccountNumberID"), holder=card.text("cbc:HolderName")),
    )


def _mandate(node: Node) -> Mandate | None:
    found = node.node("cac:PaymentMeans/cac:PaymentMandate")
    parties = (*node.nodes("cac:PayeeParty"), *node.nodes("cac:AccountingSupplierParty/cac:Party"))
    identifiers = [each for party in parties for each in party.nodes("cac:PartyIdentification/cbc:ID")]
    creditor = next((x.content for x in identifiers if x.attribute("schemeID") == parts.CREDITOR_SCHEME), None)
    if found is None and creditor is None:
        return None
    return Mandate(
        reference=found.text("cbc:ID") if found else None,
        creditor=creditor,
        account=found.text("cac:PayerFinancialAccount/cbc:ID") if found else None,
    )


def _totals(node: Node, taxes: tuple[Amount, ...], tax_currency: str | None) -> Totals | None:
    sums = node.node("cac:LegalMonetaryTotal")
    if sums is None and not taxes:
        return None
    currency = node.scan.currency
    sums = sums or node.child("cac:LegalMonetaryTotal")
    return Totals(
        lines=sums.money("cbc:LineExtensionAmount"),
        allowances=sums.money("cbc:AllowanceTotalAmount"),
        charges=sums.money("cbc:ChargeTotalAmount"),
        net=sums.money("cbc:TaxExclusiveAmount"),
        tax=in_document_currency(taxes, currency),
        tax_in_accounting_currency=in_accounting_currency(taxes, currency, tax_currency),
        gross=sums.money("cbc:TaxInclusiveAmount"),
        prepaid=sums.money("cbc:PrepaidAmount"),
        rounding=sums.money("cbc:PayableRoundingAmount"),
        payable=sums.money("cbc:PayableAmount"),
    )


def _breakdown(node: Node) -> tuple[TaxSubtotal, ...]:
    """The rows of the breakdown in the document's currency; those in the accounting currency repeat them."""
    currency = node.scan.currency
    rows = [
        row
        for total in node.nodes("cac:TaxTotal")
        if currency is None or total.child("cbc:TaxAmount").attribute("currencyID") in {None, currency}
        for row in total.nodes("cac:TaxSubtotal")
    ]
    return tuple(
        TaxSubtotal(
            taxable=row.money("cbc:TaxableAmount"),
            tax=row.money("cbc:TaxAmount"),
            category=parts.tax_category(row.nodes("cac:TaxCategory")),
            exemption_reason=row.text("cac:TaxCategory/cbc:TaxExemptionReason"),
            exemption_reason_code=row.text("cac:TaxCategory/cbc:TaxExemptionReasonCode"),
        )
        for row in rows
    )
