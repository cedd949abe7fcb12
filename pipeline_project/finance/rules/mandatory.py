"""The rules that make a term mandatory, as a table: where to look, which fields, what they are.

Several fields mean that any of them suffices. Whether a group must be there at all is a rule of its own; an
absent group misses none of its fields. Source: EN 16931-1:2017, 6.4.
"""

from collections.abc import Iterator

from pipeline_project.finance.invoices.models import Invoice
from pipeline_project.finance.rules.places import each
from pipeline_project.finance.rules.rule import Breach, Rule, stated

_OWNERS: dict[str, str] = {
    "": "the invoice",
    "totals": "the group of document totals",
    "seller": "the seller",
    "payee": "the payee",
    "tax_representative": "the seller's tax representative",
    "seller.address": "the seller's address",
    "buyer.address": "the buyer's address",
    "tax_representative.address": "the address of the seller's tax representative",
    "delivery.address": "the deliver-to address",
    "lines[]": "an invoice line",
    "allowances[]": "a document level allowance",
    "charges[]": "a document level charge",
    "lines[].allowances[]": "a line allowance",
    "lines[].charges[]": "a line charge",
    "tax_breakdown[]": "a row of the VAT breakdown",
    "payment.means[]": "a payment instruction",
    "attachments[]": "a supporting document",
    "references.preceding[]": "a reference to a preceding invoice",
    "seller.endpoint": "the seller's electronic address",
    "buyer.endpoint": "the buyer's electronic address",
    "lines[].standard_item": "an item's standard identifier",
    "lines[].classifications[]": "an item's classification identifier",
}

_REASON = "reason|reason_code"

# id, where, fields, what they are, terms
_ROWS: tuple[tuple[str, str, str, str, str], ...] = (
    ("BR-01", "", "specification", "specification identifier", "BT-24"),
    ("BR-02", "", "number", "invoice number", "BT-1"),
    ("BR-03", "", "issue_date", "readable issue date", "BT-2"),
    ("BR-04", "", "type_code", "type code", "BT-3"),
    ("BR-05", "", "currency", "currency code", "BT-5"),
    ("BR-09", "seller.address", "country", "country code", "BT-40"),
    ("BR-11", "buyer.address", "country", "country code", "BT-55"),
    ("BR-12", "totals", "lines", "sum of line net amounts", "BT-106"),
    ("BR-13", "totals", "net", "total without VAT", "BT-109"),
    ("BR-14", "totals", "gross", "total with VAT", "BT-112"),
    ("BR-15", "totals", "payable", "amount due for payment", "BT-115"),
    ("BR-16", "", "lines", "invoice line", "BG-25"),
    ("BR-18", "tax_representative", "name", "name", "BT-62"),
    ("BR-19", "tax_representative", "address", "postal address", "BG-12"),
    ("BR-20", "tax_representative.address", "country", "country code", "BT-69"),
    ("BR-21", "lines[]", "id", "line identifier", "BT-126"),
    ("BR-22", "lines[]", "quantity", "readable quantity", "BT-129"),
    ("BR-23", "lines[]", "unit", "unit of measure code", "BT-130"),
    ("BR-24", "lines[]", "net", "line net amount", "BT-131"),
    ("BR-25", "lines[]", "name", "item name", "BT-153"),
    ("BR-26", "lines[]", "unit_price", "item net price", "BT-146"),
    ("BR-31", "allowances[]", "amount", "allowance amount", "BT-92"),
    ("BR-33", "allowances[]", _REASON, "reason or reason code", "BT-97 BT-98"),
    ("BR-36", "charges[]", "amount", "charge amount", "BT-99"),
    ("BR-38", "charges[]", _REASON, "reason or reason code", "BT-104 BT-105"),
    ("BR-41", "lines[].allowances[]", "amount", "allowance amount", "BT-136"),
    ("BR-42", "lines[].allowances[]", _REASON, "reason or reason code", "BT-139 BT-140"),
    ("BR-43", "lines[].charges[]", "amount", "charge amount", "BT-141"),
    ("BR-44", "lines[].charges[]", _REASON, "reason or reason code", "BT-144 BT-145"),
    ("BR-45", "tax_breakdown[]", "taxable", "taxable amount", "BT-116"),
    ("BR-46", "tax_breakdown[]", "tax", "tax amount", "BT-117"),
    ("BR-49", "payment.means[]", "code", "payment means code", "BT-81"),
    ("BR-52", "attachments[]", "id", "document reference", "BT-122"),
    ("BR-55", "references.preceding[]", "number", "number of that invoice", "BT-25"),
    ("BR-56", "tax_representative", "tax_id", "VAT identifier", "BT-63"),
    ("BR-57", "delivery.address", "country", "country code", "BT-80"),
    ("BR-62", "seller.endpoint", "scheme", "scheme identifier", "BT-34"),
    ("BR-63", "buyer.endpoint", "scheme", "scheme identifier", "BT-49"),
    ("BR-64", "lines[].standard_item", "scheme", "scheme identifier", "BT-157"),
    ("BR-65", "lines[].classifications[]", "scheme", "scheme identifier", "BT-158"),
    ("BR-CO-18", "", "tax_breakdown", "row in the VAT breakdown", "BG-23"),
    ("BR-CO-21", "allowances[]", _REASON, "reason or reason code", "BT-97 BT-98"),
    ("BR-CO-22", "charges[]", _REASON, "reason or reason code", "BT-104 BT-105"),
    ("BR-CO-23", "lines[].allowances[]", _REASON, "reason or reason code", "BT-139 BT-140"),
    ("BR-CO-24", "lines[].charges[]", _REASON, "reason or reason code", "BT-144 BT-145"),
)


def _required(row: tuple[str, str, str, str, str]) -> Rule:
    rule_id, where, fields, what, terms = row
    owner = _OWNERS[where]
    names = fields.split("|")

    def breaches(invoice: Invoice) -> Iterator[Breach]:
        for path, group in each(invoice, where):
            if not any(stated(getattr(group, name)) for name in names):
                field = f"{path}.{names[0]}" if path else names[0]
                yield Breach(field, f"{owner} has no {what}", expected=what)

    return Rule(
        id=rule_id,
        text=f"Mandatory on {owner}: {what}",
        terms=tuple(terms.split()),
        remedy=f"state it ({terms.replace(' ', ' or ')})",
        breaches=breaches,
    )


def _party(rule_id: str, party: str, field: str, what: str, term: str) -> Rule:
    """A field of a party that must be there even when the whole party is missing."""

    def breaches(invoice: Invoice) -> Iterator[Breach]:
        if not stated(getattr(getattr(invoice, party), field, None)):
            yield Breach(f"{party}.{field}", f"the {party} has no {what}", expected=what)

    return Rule(rule_id, f"Mandatory on the {party}: {what}", (term,), f"state it ({term})", breaches)


MANDATORY: tuple[Rule, ...] = (
    *map(_required, _ROWS),
    _party("BR-06", "seller", "name", "name", "BT-27"),
    _party("BR-07", "buyer", "name", "name", "BT-44"),
    _party("BR-08", "seller", "address", "postal address", "BG-5"),
    _party("BR-10", "buyer", "address", "postal address", "BG-8"),
)
