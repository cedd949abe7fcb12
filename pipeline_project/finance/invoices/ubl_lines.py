"""A line of a UBL invoice or credit note, with its item, price and tax.

Refuses nothing: a missing element is None.
"""

from pipeline_project.finance.elements import Node
from pipeline_project.finance.invoices import ubl_parts as parts
from pipeline_project.finance.invoices.models import Identifier, Line


def read_line(node: Node) -> Line:
    """The line below a `cac:InvoiceLine` or `cac:CreditNoteLine`."""
    allowances, charges = parts.allowances_and_charges(node)
    quantity = node.node("cbc:InvoicedQuantity") or node.node("cbc:CreditedQuantity")
    item, price = node.child("cac:Item"), node.child("cac:Price")
    discount = price.child("cac:AllowanceCharge")
    base = price.node("cbc:BaseQuantity")
    return Line(
        id=node.text("cbc:ID"),
        note=node.joined("cbc:Note"),
        object=_object(node),
        quantity=quantity.number() if quantity else None,
        unit=quantity.attribute("unitCode") if quantity else None,
        net=node.money("cbc:LineExtensionAmount"),
        order_line=node.text("cac:OrderLineReference/cbc:LineID"),
        buyer_accounting=node.text("cbc:AccountingCost"),
        period=parts.period(node.node("cac:InvoicePeriod")),
        allowances=allowances,
        charges=charges,
        unit_price=price.money("cbc:PriceAmount"),
        price_discount=discount.money("cbc:Amount"),
        gross_price=discount.money("cbc:BaseAmount"),
        base_quantity=base.number() if base else None,
        base_quantity_unit=base.attribute("unitCode") if base else None,
        tax=parts.tax_category(item.nodes("cac:ClassifiedTaxCategory")),
        name=item.text("cbc:Name"),
        description=item.text("cbc:Description"),
        seller_item=item.text("cac:SellersItemIdentification/cbc:ID"),
        buyer_item=item.text("cac:BuyersItemIdentification/cbc:ID"),
        standard_item=parts.identifier(item.node("cac:StandardItemIdentification/cbc:ID")),
        classifications=parts.classifications(item),
        origin_country=item.text("cac:OriginCountry/cbc:IdentificationCode"),
        attributes=parts.attributes(item),
    )


def _object(node: Node) -> Identifier | None:
    """The invoiced object (BT-128): the document reference of type 130."""
    documents = node.nodes("cac:DocumentReference")
    return next(
        (parts.identifier(found.node("cbc:ID")) for found in documents if found.text("cbc:DocumentTypeCode") == "130"),
        None,
    )
