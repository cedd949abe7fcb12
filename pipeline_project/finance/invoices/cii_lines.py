"""A line of a CII invoice, with its item, price and tax.

Refuses nothing: a missing element is None.
"""

from decimal import Decimal

from pipeline_project.finance.elements import Node
from pipeline_project.finance.invoices import cii_parts as parts
from pipeline_project.finance.invoices.models import Identifier, ItemAttribute, Line

# Lines that only head or explain others (profile EXTENDED); their amounts are not part of the sum.
_NO_DETAIL = {"GROUP", "INFORMATION"}


def read_lines(transaction: Node) -> tuple[Line, ...]:
    """The lines below `rsm:SupplyChainTradeTransaction`; one that only groups others is a problem and no line."""
    lines: list[Line] = []
    for node in transaction.nodes("ram:IncludedSupplyChainTradeLineItem"):
        status = node.text("ram:AssociatedDocumentLineDocument/ram:LineStatusReasonCode")
        if status in _NO_DETAIL:
            node.problem(f"a line of the kind {status}, which only heads or explains others; it was not read")
        else:
            lines.append(_line(node))
    return tuple(lines)


def _line(node: Node) -> Line:
    document, item = node.child("ram:AssociatedDocumentLineDocument"), node.child("ram:SpecifiedTradeProduct")
    agreement = node.child("ram:SpecifiedLineTradeAgreement")
    settlement = node.child("ram:SpecifiedLineTradeSettlement")
    quantity = node.node("ram:SpecifiedLineTradeDelivery/ram:BilledQuantity")
    gross = agreement.child("ram:GrossPriceProductTradePrice")
    net = agreement.child("ram:NetPriceProductTradePrice")
    base = net.node("ram:BasisQuantity") or gross.node("ram:BasisQuantity")
    allowances, charges = parts.allowances_and_charges(settlement)
    return Line(
        id=document.text("ram:LineID"),
        note=document.joined("ram:IncludedNote/ram:Content"),
        object=_object(settlement),
        quantity=quantity.number() if quantity else None,
        unit=quantity.attribute("unitCode") if quantity else None,
        net=settlement.money("ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount"),
        order_line=agreement.text("ram:BuyerOrderReferencedDocument/ram:LineID"),
        buyer_accounting=settlement.text("ram:ReceivableSpecifiedTradeAccountingAccount/ram:ID"),
        period=parts.period(settlement.node("ram:BillingSpecifiedPeriod")),
        allowances=allowances,
        charges=charges,
        unit_price=net.money("ram:ChargeAmount"),
        price_discount=_discount(gross),
        gross_price=gross.money("ram:ChargeAmount"),
        base_quantity=base.number() if base else None,
        base_quantity_unit=base.attribute("unitCode") if base else None,
        tax=parts.tax_category(settlement.nodes("ram:ApplicableTradeTax")),
        name=item.text("ram:Name"),
        description=item.text("ram:Description"),
        seller_item=item.text("ram:SellerAssignedID"),
        buyer_item=item.text("ram:BuyerAssignedID"),
        standard_item=parts.identifier(item.node("ram:GlobalID")),
        classifications=tuple(
            Identifier(
                value=code.content,
                scheme=code.attribute("listID"),
                scheme_version=code.attribute("listVersionID"),
            )
            for code in item.nodes("ram:DesignatedProductClassification/ram:ClassCode")
        ),
        origin_country=item.text("ram:OriginTradeCountry/ram:ID"),
        attributes=tuple(
            ItemAttribute(name=found.text("ram:Description"), value=found.text("ram:Value"))
            for found in item.nodes("ram:ApplicableProductCharacteristic")
        ),
    )


def _object(settlement: Node) -> Identifier | None:
    for document in settlement.nodes("ram:AdditionalReferencedDocument"):
        if document.text("ram:TypeCode") in {"130", None}:
            number, scheme = document.text("ram:IssuerAssignedID"), document.text("ram:ReferenceTypeCode")
            return Identifier(value=number or "", scheme=scheme)
    return None


def _discount(gross: Node) -> Decimal | None:
    """The discount on the gross price; the EXTENDED profile may state several, and charges among them."""
    found: list[Decimal] = []
    for entry in gross.nodes("ram:AppliedTradeAllowanceCharge"):
        amount = entry.money("ram:ActualAmount")
        if amount is not None:
            charge = entry.text("ram:ChargeIndicator/udt:Indicator") in {"true", "1"}
            found.append(-amount if charge else amount)
    return sum(found[1:], found[0]) if found else None
