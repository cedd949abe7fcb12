"""Everything that is checked when an invoice comes in: one list of findings, and why a person must look.

Reads the ledger and writes nothing. Refuses to approve: without reasons to ask, the caller may go on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection

from pipeline_project.finance import matching, register
from pipeline_project.finance.bank_changes import bank_change
from pipeline_project.finance.duplicates import DAYS, Claim, Duplicate, claim_of, find
from pipeline_project.finance.duplicates import finding as duplicate_finding
from pipeline_project.finance.elements import Problem
from pipeline_project.finance.findings import Finding
from pipeline_project.finance.identifiers import identifier_findings
from pipeline_project.finance.invoices.models import Invoice, Totals
from pipeline_project.finance.matching import NO_VARIANCE, Match, Receipt, Tolerances
from pipeline_project.finance.orders.reading import OrderReading
from pipeline_project.finance.rules import check

LOW_CONFIDENCE = 0.9
"""What was read from running text less surely than this is looked at by a person."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """The order an invoice is compared with, how strictly, and what was received of it (None: not known)."""

    reading: OrderReading
    tolerances: Tolerances = NO_VARIANCE
    receipts: Sequence[Receipt] | None = None


@dataclass(frozen=True, slots=True)
class Threshold:
    """Invoices above this amount are approved by a person."""

    amount: Decimal
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the checks found; `reasons` are those for asking a person, one sentence each."""

    claim: Claim
    findings: tuple[Finding, ...]
    duplicates: tuple[Duplicate, ...]
    match: Match | None
    reasons: tuple[str, ...]

    @property
    def errors(self) -> int:
        """How many findings are errors."""
        return sum(finding.severity == "error" for finding in self.findings)

    @property
    def warnings(self) -> int:
        """How many findings are warnings."""
        return sum(finding.severity == "warning" for finding in self.findings)


def assess(
    connection: Connection,
    invoice: Invoice,
    *,
    digest: str,
    confidence: float = 1,
    problems: Sequence[Problem] = (),
    ordered: Ordered | None = None,
    threshold: Threshold | None = None,
    days: int = DAYS,
) -> Assessment:
    """Check an invoice by the rules, its identifiers, the ledger, its order and the approval threshold."""
    claim = claim_of(invoice, digest=digest)
    duplicates = find(claim, register.candidates(connection, claim), days=days)
    changed = bank_change(claim, register.of_seller(connection, claim))
    match = _match(connection, invoice, claim, ordered)
    findings = (
        *map(_unreadable, problems),
        *check(invoice),
        *identifier_findings(invoice),
        *(duplicate_finding(duplicate, days=days) for duplicate in duplicates),
        *((changed,) if changed else ()),
        *map(matching.finding, match.exceptions if match else ()),
    )
    reasons = [
        *_counted(findings),
        *([f"It was read with a confidence of {confidence:.2f} only."] if confidence < LOW_CONFIDENCE else []),
        *(["The order it was matched with needs review itself."] if ordered and ordered.reading.needs_review else []),
        *(
            [f"Not all could be compared with the order: {'; '.join(match.unchecked)}."]
            if match and match.unchecked
            else []
        ),
        *_above(invoice, claim, threshold),
    ]
    return Assessment(claim, findings, duplicates, match, tuple(reasons))


def _match(connection: Connection, invoice: Invoice, claim: Claim, ordered: Ordered | None) -> Match | None:
    if ordered is None:
        return None
    order = ordered.reading.order
    previous = register.of_order(connection, claim, number=order.number)
    return matching.match(
        invoice,
        order,
        tolerances=ordered.tolerances,
        receipts=ordered.receipts,
        previous=previous,
    )


def _unreadable(problem: Problem) -> Finding:
    line = (f"line {problem.line}",) if problem.line is not None else ()
    return Finding(
        rule="reading.problem", severity="warning", field=problem.path, message=problem.message, evidence=line
    )


def _counted(findings: Sequence[Finding]) -> list[str]:
    about = {
        "values that could not be read": "reading.",
        "a possible duplicate": "duplicate.",
        "changed bank details": "bank.",
        "a VAT identifier that cannot exist": "vat.",
        "an IBAN that cannot exist": "iban.",
        "a difference from the order": "order.",
    }
    found = [f"The checks found {what}." for what, start in about.items() if _any(findings, start)]
    others = [each for each in findings if not each.rule.startswith(tuple(about.values()))]
    errors = [each.rule for each in others if each.severity == "error"]
    return [*found, *([f"The checks found errors: {', '.join(dict.fromkeys(errors))}."] if errors else [])]


def _any(findings: Sequence[Finding], start: str) -> bool:
    return any(finding.rule.startswith(start) for finding in findings)


def _above(invoice: Invoice, claim: Claim, threshold: Threshold | None) -> list[str]:
    if threshold is None or claim.credit:
        return []
    known = [amount for amount in (claim.amount, (invoice.totals or Totals()).payable) if amount is not None]
    limit = f"the approval threshold of {threshold.amount} {threshold.currency or ''}".rstrip()
    if not known:
        return [f"Its amount is not known, so {limit} cannot be applied."]
    if threshold.currency is not None and threshold.currency != claim.currency:
        return [f"It is in {claim.currency or 'no currency'}, so {limit} cannot be applied."]
    return [f"Its amount of {max(known)} is above {limit}."] if max(known) > threshold.amount else []
