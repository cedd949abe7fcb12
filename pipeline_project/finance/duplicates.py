"""Whether an invoice bills again what a posted one has billed already, with the evidence for it.

Pure: it compares what it is given and looks nothing up. A candidate is a question for a person, not a
verdict, and invoices that say themselves that they are for different deliveries or periods are not asked
about by amount or line. Refuses to call a credit note the duplicate of an invoice; of another credit note
only as the same document or number.
"""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline_project.finance.findings import Finding, Severity
from pipeline_project.finance.invoices.models import Invoice, Line, Totals
from pipeline_project.finance.vendors import Vendor, account_number, name_key, shared_marks, vendor_of

DuplicateKind = Literal["same_document", "same_number", "resubmission", "line_billed_twice", "same_amount"]

DAYS = 27
"""Bills alike within so many days are asked about: less than a month, or every monthly bill would be."""

_SEVERITY: dict[DuplicateKind, Severity] = {
    "same_document": "error",
    "same_number": "error",
    "resubmission": "error",
    "line_billed_twice": "warning",
    "same_amount": "warning",
}
_SENTENCE: dict[DuplicateKind, str] = {
    "same_document": "this very document is posted already",
    "same_number": "the seller's invoice of this number is posted already",
    "resubmission": "the same lines and amount are posted under another number",
    "line_billed_twice": "a line is billed again under another order",
    "same_amount": "the same amount of this seller is posted within {days} days",
}


class Duplicate(BaseModel):
    """A posted invoice that this one may repeat, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: DuplicateKind
    ledger_id: str = Field(description="row of the posted invoice in the ledger")
    execution_id: str = Field(description="execution that posted it")
    posted_at: datetime
    number: str | None
    issue_date: date | None
    currency: str | None
    amount: Decimal | None
    evidence: tuple[str, ...] = Field(description="what both have in common, one fact each")


@dataclass(frozen=True, slots=True)
class Billed:
    """What a line bills: compared by `print`, shown by `label`; `supply` is what it is for, and when."""

    print: tuple[str, ...]
    label: str
    supply: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Claim:
    """An invoice as duplicates are told by; `amount` is with tax and before what was prepaid."""

    digest: str
    number: str | None
    number_key: str | None
    vendor: Vendor
    accounts: frozenset[str]
    credit: bool
    issue_date: date | None
    currency: str | None
    amount: Decimal | None
    order: str | None
    order_key: str | None
    supply: frozenset[tuple[str, str]]
    lines: tuple[Billed, ...]

    @property
    def holder(self) -> str:
        """Who holds a budget for it: seller and number, or the document where one of them is missing."""
        if self.vendor.key is None or self.number_key is None:
            return f"document/{self.digest}"
        return index_key(f"{'credit' if self.credit else 'invoice'}/{self.vendor.key}/{self.number_key}")


@dataclass(frozen=True, slots=True)
class Posted:
    """A claim that is in the ledger."""

    ledger_id: str
    execution_id: str
    posted_at: datetime
    claim: Claim


def number_key(number: str | None) -> str | None:
    """A document number as it is compared: alphanumerics in capitals, O as 0, I as 1, no leading zeros.

    "INV-0042/O1" and "inv 0042 01" are one. None for a number that has no letter or digit.
    """
    plain = unicodedata.normalize("NFKD", number or "").upper()
    key = "".join(letter for letter in plain if letter.isalnum()).translate(str.maketrans("OI", "01"))
    return (key.lstrip("0") or "0") if key else None


def index_key(text: str) -> str:
    """`text`, or its SHA-256 where it is longer than an index entry should be."""
    return text if len(text) <= 120 else hashlib.sha256(text.encode()).hexdigest()


def claim_of(invoice: Invoice, *, digest: str) -> Claim:
    """What `invoice` claims; `digest` is the content hash of the document it was read from."""
    totals = invoice.totals or Totals()
    gross = totals.payable if totals.gross is None else totals.gross
    accounts = invoice.payment.accounts if invoice.payment else ()
    return Claim(
        digest=digest,
        number=invoice.number,
        number_key=number_key(invoice.number),
        vendor=vendor_of(invoice.seller, accounts),
        accounts=frozenset(filter(None, map(account_number, accounts))),
        credit=invoice.type == "credit_note" or (gross is not None and gross < 0),
        issue_date=invoice.issue_date,
        currency=invoice.currency,
        amount=gross,
        order=invoice.references.order,
        order_key=number_key(invoice.references.order),
        supply=frozenset(_supply(invoice)),
        lines=tuple(filter(None, map(_billed, invoice.lines))),
    )


def find(claim: Claim, posted: Iterable[Posted], *, days: int = DAYS) -> tuple[Duplicate, ...]:
    """The posted invoices that `claim` may repeat, the strongest first."""
    found = [duplicate for each in posted if (duplicate := _compare(claim, each, days)) is not None]
    order = list(_SENTENCE)
    return tuple(sorted(found, key=lambda duplicate: (order.index(duplicate.kind), duplicate.posted_at)))


def finding(duplicate: Duplicate, *, days: int = DAYS) -> Finding:
    """A duplicate as a finding."""
    when = duplicate.posted_at.date().isoformat()
    return Finding(
        rule=f"duplicate.{duplicate.kind}",
        severity=_SEVERITY[duplicate.kind],
        field="lines" if duplicate.kind == "line_billed_twice" else "number",
        message=f"{_SENTENCE[duplicate.kind].format(days=days)}: let a person decide, or reject this invoice",
        expected="not posted before",
        found=f"invoice {duplicate.number}, posted {when} by execution {duplicate.execution_id}",
        evidence=duplicate.evidence,
    )


def _compare(claim: Claim, posted: Posted, days: int) -> Duplicate | None:
    other = posted.claim
    vendor = shared_marks(claim.vendor, other.vendor)
    match = _same_document(claim, other) or (_match(claim, other, days) if vendor else None)
    if match is None:
        return None
    kind, evidence = match
    return Duplicate(
        kind=kind,
        ledger_id=posted.ledger_id,
        execution_id=posted.execution_id,
        posted_at=posted.posted_at,
        number=other.number,
        issue_date=other.issue_date,
        currency=other.currency,
        amount=other.amount,
        evidence=(*vendor, *evidence),
    )


def _same_document(claim: Claim, other: Claim) -> tuple[DuplicateKind, list[str]] | None:
    return ("same_document", [f"same content {claim.digest}"]) if claim.digest == other.digest else None


def _match(claim: Claim, other: Claim, days: int) -> tuple[DuplicateKind, list[str]] | None:
    if claim.credit != other.credit:
        return None
    if claim.number_key is not None and claim.number_key == other.number_key:
        return "same_number", [f"number {claim.number} is {other.number}", _amounts(claim, other)]
    if claim.credit or claim.currency != other.currency or not _may_be_one_supply(claim, other, days):
        return None
    repeated = list(_repeated(claim, other))
    if _two_orders(claim, other):
        orders = f"order {claim.order} here, order {other.order} there"
        return ("line_billed_twice", [orders, *repeated]) if repeated else None
    if not claim.amount or claim.amount != other.amount:
        return None
    if claim.lines and _prints(claim) == _prints(other):
        numbers = f"number {claim.number} here, {other.number} there"
        # the same lines for other periods or objects are other lines
        all_repeated = len(repeated) == len(claim.lines)
        return ("resubmission", [numbers, _amounts(claim, other), "same lines"]) if all_repeated else None
    if not _close(claim, other, days):
        return None
    dates = f"issued {claim.issue_date} here, {other.issue_date} there"
    return "same_amount", [_amounts(claim, other), dates]


def _may_be_one_supply(claim: Claim, other: Claim, days: int) -> bool:
    """Both name the same delivery or period; where that cannot be compared, they are close in time."""
    compared = _same_supply(claim.supply, other.supply)
    return _close(claim, other, days) if compared is None else compared


def _same_supply(one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]) -> bool | None:
    mine, theirs = dict(one), dict(other)
    both = mine.keys() & theirs.keys()
    return all(mine[name] == theirs[name] for name in both) if both else None


def _close(claim: Claim, other: Claim, days: int) -> bool:
    # an undated invoice could be from any day, so it is asked about
    if claim.issue_date is None or other.issue_date is None:
        return True
    return abs((claim.issue_date - other.issue_date).days) <= days


def _two_orders(claim: Claim, other: Claim) -> bool:
    return claim.order_key is not None and other.order_key is not None and claim.order_key != other.order_key


def _repeated(claim: Claim, other: Claim) -> Iterator[str]:
    for line in claim.lines:
        twins = (twin for twin in other.lines if twin.print == line.print)
        if any(_same_supply(line.supply, twin.supply) is not False for twin in twins):
            yield f"both bill {line.label}"


def _prints(claim: Claim) -> Counter[tuple[str, ...]]:
    return Counter(line.print for line in claim.lines)


def _amounts(claim: Claim, other: Claim) -> str:
    here, there = (
        f"{'no amount' if each.amount is None else each.amount} {each.currency or ''}".rstrip()
        for each in (claim, other)
    )
    return f"{here} here, {there} there"


def _supply(invoice: Invoice) -> Iterator[tuple[str, str]]:
    if invoice.delivery is not None and invoice.delivery.date is not None:
        yield "delivered", invoice.delivery.date.isoformat()
    if invoice.period is not None and (invoice.period.start or invoice.period.end):
        yield "period", f"{invoice.period.start}/{invoice.period.end}"
    for name, value in (("despatch", invoice.references.despatch), ("receipt", invoice.references.receipt)):
        if key := number_key(value):
            yield name, key


def _billed(line: Line) -> Billed | None:
    """None for a line that bills nothing, or of which nothing says what it bills."""
    standard = line.standard_item.value if line.standard_item else None
    item = line.seller_item or standard or line.buyer_item or name_key(f"{line.name or ''} {line.description or ''}")
    if not item or not line.net:
        return None
    supply = {}
    if line.period is not None and (line.period.start or line.period.end):
        supply["period"] = f"{line.period.start}/{line.period.end}"
    if line.object is not None and line.object.value:
        supply["object"] = line.object.value
    quantity = "" if line.quantity is None else str(line.quantity.normalize())
    return Billed(
        print=(item.casefold(), quantity, str(line.net.normalize())),
        label=f"{line.name or item}, quantity {line.quantity}, for {line.net}".replace(", quantity None", ""),
        supply=frozenset(supply.items()),
    )
