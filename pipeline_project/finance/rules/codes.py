"""BR-CL: codes come from the lists that EN 16931 closes.

A table: where to look, which fields, which list. A field that is absent has no code to judge. Source:
EN 16931-1:2017, 6.4.4 and the European Commission's register of EN 16931 code lists.
"""

from collections.abc import Iterator

from pipeline_project.finance.invoices.models import Invoice
from pipeline_project.finance.rules.code_lists import CodeList, codes
from pipeline_project.finance.rules.places import ADDRESSES, each
from pipeline_project.finance.rules.rule import Breach, Rule, rule

# id, where, fields, list, what they are, terms
_ROWS: tuple[tuple[str, str, str, CodeList, str, str], ...] = (
    ("BR-CL-04", "", "currency", "currencies", "invoice currency", "BT-5"),
    ("BR-CL-05", "", "tax_currency", "currencies", "VAT accounting currency", "BT-6"),
    ("BR-CL-06", "", "tax_point_code", "tax-points", "tax point code", "BT-8"),
    (
        "BR-CL-07",
        "references.object|lines[].object",
        "scheme",
        "object-schemes",
        "invoiced object scheme",
        "BT-18 BT-128",
    ),
    ("BR-CL-08", "notes[]", "subject", "note-subjects", "note subject", "BT-21"),
    (
        "BR-CL-10",
        "seller.identifiers[]|buyer.identifiers[]|payee.identifiers[]|tax_representative.identifiers[]",
        "scheme",
        "identifier-schemes",
        "party scheme",
        "BT-29 BT-46 BT-60",
    ),
    (
        "BR-CL-11",
        "seller.registration|buyer.registration|payee.registration",
        "scheme",
        "identifier-schemes",
        "registration scheme",
        "BT-30 BT-47 BT-61",
    ),
    ("BR-CL-13", "lines[].classifications[]", "scheme", "item-classifications", "classification list", "BT-158"),
    ("BR-CL-14", ADDRESSES, "country", "countries", "country of an address", "BT-40 BT-55 BT-69 BT-80"),
    ("BR-CL-15", "lines[]", "origin_country", "countries", "country of origin", "BT-159"),
    ("BR-CL-16", "payment.means[]", "code", "payment-means", "payment means code", "BT-81"),
    (
        "BR-CL-17",
        "allowances[].tax|charges[].tax|tax_breakdown[].category",
        "code",
        "vat-categories",
        "VAT category",
        "BT-95 BT-102 BT-118",
    ),
    ("BR-CL-18", "lines[].tax", "code", "vat-categories", "VAT category of a line", "BT-151"),
    (
        "BR-CL-19",
        "allowances[]|lines[].allowances[]",
        "reason_code",
        "allowance-reasons",
        "allowance reason",
        "BT-98 BT-140",
    ),
    ("BR-CL-20", "charges[]|lines[].charges[]", "reason_code", "charge-reasons", "charge reason", "BT-105 BT-145"),
    ("BR-CL-21", "lines[].standard_item", "scheme", "identifier-schemes", "standard item scheme", "BT-157"),
    ("BR-CL-22", "tax_breakdown[]", "exemption_reason_code", "exemption-reasons", "exemption reason", "BT-121"),
    ("BR-CL-23", "lines[]", "unit|base_quantity_unit", "units", "unit of measure", "BT-130 BT-150"),
    ("BR-CL-24", "attachments[]", "mime_type", "attachment-types", "attachment type", "BT-125"),
    ("BR-CL-25", "seller.endpoint|buyer.endpoint", "scheme", "electronic-addresses", "address scheme", "BT-34 BT-49"),
    ("BR-CL-26", "delivery.location", "scheme", "identifier-schemes", "delivery location scheme", "BT-71"),
)


def _listed(row: tuple[str, str, str, CodeList, str, str]) -> Rule:
    rule_id, where, fields, name, what, terms = row

    def breaches(invoice: Invoice) -> Iterator[Breach]:
        for path, group in each(invoice, where):
            for field in fields.split("|"):
                code: str | None = getattr(group, field)
                if code is not None and not _known(code, name):
                    problem = f"the {what} {code!r} is not in its code list"
                    yield Breach(f"{path}.{field}".removeprefix("."), problem, expected=name, found=code)

    text = f"The {what} comes from the list of {name}"
    return Rule(rule_id, text, tuple(terms.split()), f"use a code of the list of {name}", breaches)


def _known(code: str, name: CodeList) -> bool:
    # The published rule does not tell "vatex-eu-o" from "VATEX-EU-O"; all others tell capitals.
    return (code.upper() if name == "exemption-reasons" else code) in codes(name)


@rule(
    "BR-CL-01",
    "The type code is one of an invoice or of a credit note, as the document is",
    terms=("BT-3",),
    remedy="use 380 for an invoice, 381 for a credit note, or another code of UNTDID 1001 for it",
)
def type_code(invoice: Invoice) -> Iterator[Breach]:
    name: CodeList = "credit-note-types" if invoice.type == "credit_note" else "invoice-types"
    if invoice.type_code is not None and not _known(invoice.type_code, name):
        problem = f"the type code {invoice.type_code!r} is not in its code list"
        yield Breach("type_code", problem, expected=name, found=invoice.type_code)


@rule(
    "BR-CL-03",
    "Every amount names a currency from the list of currencies",
    terms=("BT-5", "BT-6"),
    remedy="use a code of the list of currencies",
)
def amount_currencies(invoice: Invoice) -> Iterator[Breach]:
    for index, code in enumerate(invoice.amount_currencies):
        if not _known(code, "currencies"):
            problem = f"the currency {code!r} of an amount is not in its code list"
            yield Breach(f"amount_currencies[{index}]", problem, expected="currencies", found=code)


CODES: tuple[Rule, ...] = (type_code, amount_currencies, *map(_listed, _ROWS))
