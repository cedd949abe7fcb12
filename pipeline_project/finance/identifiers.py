"""Check digits of the VAT identifiers and accounts of an invoice, as findings.

Refuses to say that a number exists: no registry is asked. An account is taken for an IBAN when it begins like
one.
"""

import re
from collections.abc import Iterator

from pipeline_project.finance.checksums import iban_problem, vat_problem
from pipeline_project.finance.findings import Finding
from pipeline_project.finance.invoices.models import Invoice, Party

_LIKE_IBAN = re.compile(r"\s*[A-Za-z]{2}\s?[0-9]{2}")


def identifier_findings(invoice: Invoice) -> list[Finding]:
    """A warning for each VAT identifier and each IBAN that cannot exist."""
    parties = {
        "seller": invoice.seller,
        "buyer": invoice.buyer,
        "tax_representative": invoice.tax_representative,
    }
    vat = [finding for name, party in parties.items() if party for finding in _vat(name, party)]
    return [*vat, *_ibans(invoice)]


def _vat(name: str, party: Party) -> Iterator[Finding]:
    country = party.address.country if party.address else None
    if party.tax_id and (problem := vat_problem(party.tax_id, country)):
        yield Finding(
            rule="vat.checksum",
            severity="warning",
            field=f"{name}.tax_id",
            message=f"the VAT identifier {problem}; ask the {name.replace('_', ' ')} for the right one",
            found=party.tax_id,
        )


def _ibans(invoice: Invoice) -> Iterator[Finding]:
    for index, means in enumerate(invoice.payment.means if invoice.payment else ()):
        number = means.account.id if means.account else None
        if number and _LIKE_IBAN.match(number) and (problem := iban_problem(number)):
            yield Finding(
                rule="iban.checksum",
                severity="warning",
                field=f"payment.means[{index}].account.id",
                message=f"the IBAN {problem}; ask the seller over a contact you already have",
                found=number,
            )
