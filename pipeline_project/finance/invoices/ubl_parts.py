"""The pieces that every UBL 2.1 document writes alike: parties, addresses, items, taxes, allowances.

Paths are those of the EN 16931 binding to UBL (CEN/TS 16931-3-2). Refuses nothing: a missing element is None.
"""

from pipeline_project.finance.elements import Node, Scan
from pipeline_project.finance.invoices.models import (
    Address,
    AllowanceCharge,
    Contact,
    Identifier,
    ItemAttribute,
    Party,
    Period,
    TaxCategory,
)

NAMESPACES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
# The creditor of a SEPA direct debit is written among the identifiers of its party, under this scheme.
CREDITOR_SCHEME = "SEPA"


def scan() -> Scan:
    """A fresh pass over a UBL document."""
    return Scan(NAMESPACES)


def identifier(node: Node | None, *, scheme: str = "schemeID", version: str = "") -> Identifier | None:
    """The content of `node` with the scheme (and version) that its attributes name."""
    if node is None:
        return None
    return Identifier(
        value=node.content,
        scheme=node.attribute(scheme),
        scheme_version=node.attribute(version) if version else None,
    )


def party(node: Node | None) -> Party | None:
    """A `cac:Party`, or an element of that shape."""
    if node is None:
        return None
    taxes = {tax.text("cac:TaxScheme/cbc:ID"): tax for tax in reversed(node.nodes("cac:PartyTaxScheme"))}
    vat = next((tax for scheme, tax in taxes.items() if (scheme or "").upper() == "VAT"), None)
    local = next((tax for tax in taxes.values() if tax is not vat), None)
    identifiers = [identifier(found) for found in node.nodes("cac:PartyIdentification/cbc:ID")]
    return Party(
        name=node.text("cac:PartyLegalEntity/cbc:RegistrationName"),
        trading_name=node.text("cac:PartyName/cbc:Name"),
        identifiers=tuple(found for found in identifiers if found and found.scheme != CREDITOR_SCHEME),
        registration=identifier(node.node("cac:PartyLegalEntity/cbc:CompanyID")),
        tax_id=vat.text("cbc:CompanyID") if vat else None,
        tax_registration=local.text("cbc:CompanyID") if local else None,
        legal_information=node.text("cac:PartyLegalEntity/cbc:CompanyLegalForm"),
        endpoint=identifier(node.node("cbc:EndpointID")),
        address=address(node.node("cac:PostalAddress")),
        contact=contact(node.node("cac:Contact")),
    )


def address(node: Node | None) -> Address | None:
    """A `cac:PostalAddress` or `cac:Address`."""
    if node is None:
        return None
    return Address(
        line_1=node.text("cbc:StreetName"),
        line_2=node.text("cbc:AdditionalStreetName"),
        line_3=node.text("cac:AddressLine/cbc:Line"),
        city=node.text("cbc:CityName"),
        postcode=node.text("cbc:PostalZone"),
        region=node.text("cbc:CountrySubentity"),
        country=node.text("cac:Country/cbc:IdentificationCode"),
    )


def contact(node: Node | None) -> Contact | None:
    """A `cac:Contact`."""
    if node is None:
        return None
    return Contact(
        name=node.text("cbc:Name"),
        telephone=node.text("cbc:Telephone"),
        email=node.text("cbc:ElectronicMail"),
    )


def period(node: Node | None) -> Period | None:
    """A period with its dates; None also for one that only names the tax point (BT-8)."""
    if node is None or (node.node("cbc:DescriptionCode") is not None and not _has_dates(node)):
        return None
    return Period(start=node.date("cbc:StartDate"), end=node.date("cbc:EndDate"))


def _has_dates(node: Node) -> bool:
    return node.node("cbc:StartDate") is not None or node.node("cbc:EndDate") is not None


def tax_category(nodes: list[Node]) -> TaxCategory | None:
    """The tax category among `nodes`: that of the VAT, else the first; more than one for VAT is a problem."""
    if not nodes:
        return None
    vat = [node for node in nodes if (node.text("cac:TaxScheme/cbc:ID") or "").upper() == "VAT"]
    for surplus in vat[1:]:
        surplus.problem("a second VAT category where one is allowed; it was not read")
    node = (vat or nodes)[0]
    return TaxCategory(
        code=node.text("cbc:ID"),
        rate=node.decimal("cbc:Percent"),
        scheme=node.text("cac:TaxScheme/cbc:ID"),
    )


def allowances_and_charges(
    node: Node,
) -> tuple[tuple[AllowanceCharge, ...], tuple[AllowanceCharge, ...]]:
    """The allowances and the charges directly below `node`; one that says neither is a problem."""
    sides: dict[str, list[AllowanceCharge]] = {"false": [], "true": []}
    for entry in node.nodes("cac:AllowanceCharge"):
        indicator = entry.node("cbc:ChargeIndicator")
        said = {"0": "false", "1": "true"}.get(indicator.content, indicator.content) if indicator else ""
        if said in sides:
            sides[said].append(_allowance_charge(entry))
        else:
            (indicator or entry).problem("says neither charge (true) nor allowance (false); it was not read")
    return tuple(sides["false"]), tuple(sides["true"])


def _allowance_charge(node: Node) -> AllowanceCharge:
    return AllowanceCharge(
        amount=node.money("cbc:Amount"),
        base=node.money("cbc:BaseAmount"),
        percent=node.decimal("cbc:MultiplierFactorNumeric"),
        reason=node.text("cbc:AllowanceChargeReason"),
        reason_code=node.text("cbc:AllowanceChargeReasonCode"),
        tax=tax_category(node.nodes("cac:TaxCategory")),
    )


def classifications(item: Node) -> tuple[Identifier, ...]:
    """The classification codes of a `cac:Item`; the scheme of each is its list."""
    codes = item.nodes("cac:CommodityClassification/cbc:ItemClassificationCode")
    found = (identifier(code, scheme="listID", version="listVersionID") for code in codes)
    return tuple(code for code in found if code is not None)


def attributes(item: Node) -> tuple[ItemAttribute, ...]:
    """The named properties of a `cac:Item`."""
    return tuple(
        ItemAttribute(name=found.text("cbc:Name"), value=found.text("cbc:Value"))
        for found in item.nodes("cac:AdditionalItemProperty")
    )
