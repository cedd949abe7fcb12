"""The pieces that a UN/CEFACT CII document repeats: dates, parties, addresses, taxes, allowances, periods.

Paths are those of the EN 16931 binding to CII D16B (CEN/TS 16931-3-3). Refuses nothing: a missing element is
None.
"""

from datetime import date, datetime

from pipeline_project.finance.elements import Node, Scan, iso_date
from pipeline_project.finance.invoices.models import (
    Address,
    AllowanceCharge,
    Contact,
    Identifier,
    Party,
    Period,
    TaxCategory,
)

NAMESPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}
# UNTDID 2379 codes of the date formats in use, and where the day stands in them.
_DATE_FORMATS = {"102": "%Y%m%d", "203": "%Y%m%d%H%M", "204": "%Y%m%d%H%M%S"}


def scan() -> Scan:
    """A fresh pass over a CII document."""
    return Scan(NAMESPACES)


def day(node: Node | None) -> date | None:
    """The day in a date element: a `DateTimeString` or `DateString` with its format, or an ISO `DateTime`."""
    if node is None:
        return None
    value = node.node("{*}DateTimeString") or node.node("{*}DateString") or node.node("{*}DateTime") or node
    code = value.attribute("format") or "102"
    found = _parsed(value.content, _DATE_FORMATS.get(code)) or iso_date(value.content[:10])
    if found is None:
        value.expected(f"a date such as 20241231 in format 102, not in format {code[:8]}")
    return found


def _parsed(text: str, pattern: str | None) -> date | None:
    if pattern is None or not text.isascii() or not text.isdigit():
        return None
    try:
        return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a calendar day has no zone
    except ValueError:
        return None


def identifier(node: Node | None, *, scheme: str = "schemeID") -> Identifier | None:
    """The content of `node` with the scheme its attribute names."""
    return None if node is None else Identifier(value=node.content, scheme=node.attribute(scheme))


def party_identifiers(node: Node) -> tuple[Identifier, ...]:
    """The identifiers of a party, those of a registered scheme first."""
    found = (identifier(each) for path in ("ram:GlobalID", "ram:ID") for each in node.nodes(path))
    return tuple(each for each in found if each is not None)


def party(node: Node | None) -> Party | None:
    """A trade party."""
    if node is None:
        return None
    taxes = {each.attribute("schemeID"): each for each in reversed(node.nodes("ram:SpecifiedTaxRegistration/ram:ID"))}
    organization = node.child("ram:SpecifiedLegalOrganization")
    return Party(
        name=node.text("ram:Name"),
        trading_name=organization.text("ram:TradingBusinessName"),
        identifiers=party_identifiers(node),
        registration=identifier(organization.node("ram:ID")),
        tax_id=taxes["VA"].content if "VA" in taxes else None,
        tax_registration=taxes["FC"].content if "FC" in taxes else None,
        legal_information=node.text("ram:Description"),
        endpoint=identifier(node.node("ram:URIUniversalCommunication/ram:URIID")),
        address=address(node.node("ram:PostalTradeAddress")),
        contact=_contact(node.node("ram:DefinedTradeContact")),
    )


def address(node: Node | None) -> Address | None:
    """A postal trade address."""
    if node is None:
        return None
    return Address(
        line_1=node.text("ram:LineOne"),
        line_2=node.text("ram:LineTwo"),
        line_3=node.text("ram:LineThree"),
        city=node.text("ram:CityName"),
        postcode=node.text("ram:PostcodeCode"),
        region=node.text("ram:CountrySubDivisionName"),
        country=node.text("ram:CountryID"),
    )


def _contact(node: Node | None) -> Contact | None:
    if node is None:
        return None
    return Contact(
        name=node.text("ram:PersonName", "ram:DepartmentName"),
        telephone=node.text("ram:TelephoneUniversalCommunication/ram:CompleteNumber"),
        email=node.text("ram:EmailURIUniversalCommunication/ram:URIID"),
    )


def period(node: Node | None) -> Period | None:
    """A billing period."""
    if node is None:
        return None
    return Period(start=day(node.node("ram:StartDateTime")), end=day(node.node("ram:EndDateTime")))


def tax_category(nodes: list[Node]) -> TaxCategory | None:
    """The tax category among `nodes`: that of the VAT, else the first; more than one for VAT is a problem."""
    if not nodes:
        return None
    vat = [node for node in nodes if (node.text("ram:TypeCode") or "").upper() == "VAT"]
    for surplus in vat[1:]:
        surplus.problem("a second VAT category where one is allowed; it was not read")
    node = (vat or nodes)[0]
    return TaxCategory(
        code=node.text("ram:CategoryCode"),
        rate=node.decimal("ram:RateApplicablePercent"),
        scheme=node.text("ram:TypeCode"),
    )


def allowances_and_charges(
    node: Node,
) -> tuple[tuple[AllowanceCharge, ...], tuple[AllowanceCharge, ...]]:
    """The allowances and the charges directly below `node`; one that says neither is a problem."""
    sides: dict[str, list[AllowanceCharge]] = {"false": [], "true": []}
    for entry in node.nodes("ram:SpecifiedTradeAllowanceCharge"):
        said = entry.text("ram:ChargeIndicator/udt:Indicator") or ""
        said = {"0": "false", "1": "true"}.get(said, said)
        if said in sides:
            sides[said].append(_allowance_charge(entry))
        else:
            entry.problem("says neither charge (true) nor allowance (false); it was not read")
    for entry in node.nodes("ram:SpecifiedLogisticsServiceCharge"):  # profile EXTENDED
        sides["true"].append(
            AllowanceCharge(
                amount=entry.money("ram:AppliedAmount"),
                reason=entry.text("ram:Description"),
                tax=tax_category(entry.nodes("ram:AppliedTradeTax")),
            )
        )
    return tuple(sides["false"]), tuple(sides["true"])


def _allowance_charge(node: Node) -> AllowanceCharge:
    return AllowanceCharge(
        amount=node.money("ram:ActualAmount"),
        base=node.money("ram:BasisAmount"),
        percent=node.decimal("ram:CalculationPercent"),
        reason=node.text("ram:Reason"),
        reason_code=node.text("ram:ReasonCode"),
        tax=tax_category(node.nodes("ram:CategoryTradeTax")),
    )
