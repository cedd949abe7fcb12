"""UBL 2.1 Order (Peppol BIS 3 Ordering) as an order of the model.

Any part may be missing. Refuses nothing itself: `read` chooses by root element.
"""

from lxml import etree

from pipeline_project.finance.elements import Node, Problem
from pipeline_project.finance.invoices import ubl_parts as parts
from pipeline_project.finance.invoices.attachments import attachment
from pipeline_project.finance.invoices.models import Attachment, Party, Totals
from pipeline_project.finance.orders.models import Order, OrderDelivery, OrderLine

ROOT = "{urn:oasis:names:specification:ubl:schema:xsd:Order-2}Order"


def order(root: etree._Element) -> tuple[Order, tuple[Problem, ...]]:
    """The order below a UBL root element, and what could not be read of it."""
    node = Node(root, parts.scan())
    currency = node.text("cbc:DocumentCurrencyCode")
    node.scan.currency = currency or None
    return _order(node, currency), node.scan.problems


def _order(node: Node, currency: str | None) -> Order:
    allowances, charges = parts.allowances_and_charges(node)
    return Order(
        number=node.text("cbc:ID"),
        type_code=node.text("cbc:OrderTypeCode"),
        issue_date=node.date("cbc:IssueDate"),
        valid_until=node.date("cac:ValidityPeriod/cbc:EndDate"),
        currency=currency,
        process=node.text("cbc:ProfileID"),
        specification=node.text("cbc:CustomizationID"),
        notes=tuple(note.content for note in node.nodes("cbc:Note")),
        buyer_reference=node.text("cbc:CustomerReference"),
        contract=node.text("cac:Contract/cbc:ID"),
        quotation=node.text("cac:QuotationDocumentReference/cbc:ID"),
        buyer_accounting=node.text("cbc:AccountingCost"),
        customer=_named(parts.party(node.node("cac:BuyerCustomerParty/cac:Party"))),
        seller=_named(parts.party(node.node("cac:SellerSupplierParty/cac:Party"))),
        invoicee=_named(parts.party(node.node("cac:AccountingCustomerParty/cac:Party"))),
        delivery=_delivery(node.node("cac:Delivery")),
        payment_terms=node.joined("cac:PaymentTerms/cbc:Note"),
        allowances=allowances,
        charges=charges,
        totals=_totals(node),
        attachments=_attachments(node),
        lines=tuple(_line(line) for line in node.nodes("cac:OrderLine")),
    )


def _named(party: Party | None) -> Party | None:
    """The party under its registered name, else under the name it trades by: an order may state only that."""
    if party is None or party.name:
        return party
    return party.model_copy(update={"name": party.trading_name})


def _delivery(node: Node | None) -> OrderDelivery | None:
    if node is None:
        return None
    return OrderDelivery(
        party_name=node.text("cac:DeliveryParty/cac:PartyName/cbc:Name"),
        location=parts.identifier(node.node("cac:DeliveryLocation/cbc:ID")),
        address=parts.address(node.node("cac:DeliveryLocation/cac:Address")),
        requested=parts.period(node.node("cac:RequestedDeliveryPeriod")),
    )


def _totals(node: Node) -> Totals | None:
    sums = node.node("cac:AnticipatedMonetaryTotal")
    tax = node.money("cac:TaxTotal/cbc:TaxAmount")
    if sums is None and tax is None:
        return None
    sums = sums or node.child("cac:AnticipatedMonetaryTotal")
    return Totals(
        lines=sums.money("cbc:LineExtensionAmount"),
        allowances=sums.money("cbc:AllowanceTotalAmount"),
        charges=sums.money("cbc:ChargeTotalAmount"),
        net=sums.money("cbc:TaxExclusiveAmount"),
        tax=tax,
        gross=sums.money("cbc:TaxInclusiveAmount"),
        prepaid=sums.money("cbc:PrepaidAmount"),
        rounding=sums.money("cbc:PayableRoundingAmount"),
        payable=sums.money("cbc:PayableAmount"),
    )


def _attachments(node: Node) -> tuple[Attachment, ...]:
    return tuple(
        attachment(
            found.node("cac:Attachment/cbc:EmbeddedDocumentBinaryObject"),
            id=found.text("cbc:ID"),
            description=found.text("cbc:DocumentType"),
            location=found.text("cac:Attachment/cac:ExternalReference/cbc:URI"),
        )
        for found in node.nodes("cac:AdditionalDocumentReference")
    )


def _line(outer: Node) -> OrderLine:
    node = outer.child("cac:LineItem")
    allowances, charges = parts.allowances_and_charges(node)
    quantity = node.node("cbc:Quantity")
    item, price = node.child("cac:Item"), node.child("cac:Price")
    base = price.node("cbc:BaseQuantity")
    return OrderLine(
        id=node.text("cbc:ID"),
        note=outer.text("cbc:Note"),
        quantity=quantity.number() if quantity else None,
        unit=quantity.attribute("unitCode") if quantity else None,
        net=node.money("cbc:LineExtensionAmount"),
        unit_price=price.money("cbc:PriceAmount"),
        base_quantity=base.number() if base else None,
        base_quantity_unit=base.attribute("unitCode") if base else None,
        allowances=allowances,
        charges=charges,
        tax=parts.tax_category(item.nodes("cac:ClassifiedTaxCategory")),
        name=item.text("cbc:Name"),
        description=item.text("cbc:Description"),
        seller_item=item.text("cac:SellersItemIdentification/cbc:ID"),
        buyer_item=item.text("cac:BuyersItemIdentification/cbc:ID"),
        standard_item=parts.identifier(item.node("cac:StandardItemIdentification/cbc:ID")),
        classifications=parts.classifications(item),
        attributes=parts.attributes(item),
        requested=parts.period(node.node("cac:Delivery/cac:RequestedDeliveryPeriod")),
        buyer_accounting=node.text("cbc:AccountingCost"),
    )
