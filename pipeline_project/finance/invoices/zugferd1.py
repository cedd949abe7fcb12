"""ZUGFeRD 1.0 (2014) under the names of CII D16B, so that one reader serves both.

The older format has the same structure with older element names and name spaces. Refuses nothing: names that
are in no table keep their local name.
"""

from lxml import etree

from pipeline_project.finance.invoices.cii_parts import NAMESPACES

ROOT = "{urn:ferd:CrossIndustryDocument:invoice:1p0}CrossIndustryDocument"

_HEADER = {
    "CrossIndustryDocument": "CrossIndustryInvoice",
    "SpecifiedExchangedDocumentContext": "ExchangedDocumentContext",
    "HeaderExchangedDocument": "ExchangedDocument",
    "SpecifiedSupplyChainTradeTransaction": "SupplyChainTradeTransaction",
}
_NAMES = {
    "ApplicableSupplyChainTradeAgreement": "ApplicableHeaderTradeAgreement",
    "ApplicableSupplyChainTradeDelivery": "ApplicableHeaderTradeDelivery",
    "ApplicableSupplyChainTradeSettlement": "ApplicableHeaderTradeSettlement",
    "SpecifiedSupplyChainTradeAgreement": "SpecifiedLineTradeAgreement",
    "SpecifiedSupplyChainTradeDelivery": "SpecifiedLineTradeDelivery",
    "SpecifiedSupplyChainTradeSettlement": "SpecifiedLineTradeSettlement",
    "ApplicablePercent": "RateApplicablePercent",
    "SpecifiedTradeAccountingAccount": "ReceivableSpecifiedTradeAccountingAccount",
}
_SUMS = "SpecifiedTradeSettlementMonetarySummation"
_VALUES = {"Indicator", "DateTimeString", "DateString"}


def modernized(root: etree._Element) -> etree._Element:
    """`root`, the root element of a ZUGFeRD 1.0 invoice, with every element renamed in place."""
    for element in root.iter(etree.Element):
        name = etree.QName(element).localname
        parent = element.getparent()
        above = "" if parent is None else etree.QName(parent).localname
        if name in _HEADER:
            element.tag = f"{{{NAMESPACES['rsm']}}}{_HEADER[name]}"
        else:
            space = "udt" if name in _VALUES else "ram"
            element.tag = f"{{{NAMESPACES[space]}}}{_modern(name, above)}"
    return root


def _modern(name: str, above: str) -> str:
    if name == _SUMS:
        level = "Header" if above.startswith("ApplicableHeader") else "Line"
        return f"SpecifiedTradeSettlement{level}MonetarySummation"
    if name == "ID" and above.endswith("ReferencedDocument"):
        return "IssuerAssignedID"
    return _NAMES.get(name, name)
