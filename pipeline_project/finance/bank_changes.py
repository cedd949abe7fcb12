"""Whether a seller wants to be paid on another account than last time: the commonest sign of invoice fraud.

Pure. The IBAN proves nothing about who the seller is here, since it is what may have been changed. Refuses to
call a first invoice, or one that names no account, a change.
"""

from collections.abc import Iterable

from pipeline_project.finance.duplicates import Claim, Posted
from pipeline_project.finance.findings import Finding
from pipeline_project.finance.vendors import shared_marks


def bank_change(claim: Claim, posted: Iterable[Posted]) -> Finding | None:
    """A warning when `claim` names an account that the seller's last posted invoice did not name."""
    of_seller = [
        (each, why)
        for each in posted
        if each.claim.accounts and (why := shared_marks(claim.vendor, each.claim.vendor, accounts=False))
    ]
    if not claim.accounts or not of_seller:
        return None
    last, why = max(of_seller, key=lambda pair: pair[0].posted_at)
    if claim.accounts <= last.claim.accounts:
        return None
    known = any(claim.accounts <= each.claim.accounts for each, _ in of_seller)
    return Finding(
        rule="bank.details_changed",
        severity="warning",
        field="payment.means",
        message="the seller asks to be paid on another account than last time: "
        "confirm it with the seller over a contact you already have, not one from this invoice",
        expected=", ".join(sorted(last.claim.accounts)),
        found=", ".join(sorted(claim.accounts)),
        evidence=(
            *why,
            f"invoice {last.claim.number} was posted on {last.posted_at.date()}",
            f"{'used' if known else 'not used'} before, in the last {len(of_seller)} posted invoices",
        ),
    )
