"""The ledger of posted invoices: what duplicates, bank changes and order quantities are judged against.

Reading an invoice never writes here, so a document that is read ten times is no duplicate until one of them
is posted. Posting looks for duplicates once more inside its own transaction, since another execution may have
posted a twin after this one was read. Refuses a duplicate unless a person approved exactly that one, and an
invoice that nothing could be found by again.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, false, insert, or_, select, true

from pipeline_project import clock
from pipeline_project.errors import Conflict, InvalidDocument
from pipeline_project.finance import budgets
from pipeline_project.finance.duplicates import (
    DAYS,
    Claim,
    Duplicate,
    Posted,
    claim_of,
    find,
    index_key,
    number_key,
)
from pipeline_project.finance.invoices.models import Invoice
from pipeline_project.finance.vendors import shared_marks
from pipeline_project.persistence.locks import one_writer
from pipeline_project.persistence.tables.finance import posted_invoice_keys as keys
from pipeline_project.persistence.tables.finance import posted_invoices as ledger

# beyond a year the same lines are another year's lines; the number is looked for without limit
_LOOK_BACK_DAYS = 366
_CHUNK = 500  # bound parameters in one statement; SQLite's limit may be as low as 999


@dataclass(frozen=True, slots=True)
class Override:
    """A person's approval of posting although these ledger rows may be the same invoice."""

    by: str
    comment: str
    ledger_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Posting:
    """A row of the ledger; `new`: written by this call; `settled`: what it moved from held to spent."""

    ledger_id: str
    posted_at: datetime
    new: bool
    settled: tuple[budgets.Reservation, ...] = ()


def post(
    connection: Connection,
    invoice: Invoice,
    *,
    digest: str,
    key: str,
    execution_id: str,
    order: str | None = None,
    override: Override | None = None,
    days: int = DAYS,
) -> Posting:
    """Write `invoice` into the ledger and settle its budget reservation, once per idempotency `key`.

    `connection` is in a write transaction; `order` is the order it was matched with, if it names none. Called
    again with the key, it returns the row it wrote then. Raises InvalidDocument when number, seller, currency
    or amount are missing, and Conflict when it repeats a posted invoice that `override` does not name, or
    when the key has posted another invoice.
    """
    one_writer(connection, ledger)
    claim = claim_of(invoice, digest=digest)
    if earlier := connection.execute(select(ledger).where(ledger.c.idempotency_key == key)).one_or_none():
        return _again(earlier, invoice)
    _refuse_incomplete(claim)
    duplicates = find(claim, candidates(connection, claim), days=days)
    _refuse_duplicates(claim, duplicates, override)
    row = _row(invoice, claim, key=key, execution_id=execution_id)
    if duplicates and override is not None:
        row["override"] = {"by": override.by, "comment": override.comment, "ledger_ids": override.ledger_ids}
    connection.execute(insert(ledger).values(row))
    marks = {(kind, index_key(value)) for kind, value in _keys(claim, order)}
    connection.execute(insert(keys), [{"kind": kind, "value": value, "invoice_id": row["id"]} for kind, value in marks])
    settled = budgets.settle(connection, claim.holder)
    return Posting(row["id"], row["posted_at"], new=True, settled=settled)


def candidates(connection: Connection, claim: Claim) -> tuple[Posted, ...]:
    """What `duplicates.find` has to look at: the same document, or the same vendor and something alike."""
    of_vendor = ledger.c.id.in_(_having(claim.vendor.marks))
    numbered = and_(of_vendor, ledger.c.id.in_(_having(_number_keys(claim))))
    found = _load(connection, or_(ledger.c.digest == claim.digest, numbered))
    alike = sorted(_content_keys(claim))
    for start in range(0, len(alike), _CHUNK):
        some = ledger.c.id.in_(_having(alike[start : start + _CHUNK]))
        found |= _load(connection, and_(of_vendor, some, _around(claim)))
    return tuple(found.values())


def of_seller(connection: Connection, claim: Claim, *, last: int = 30) -> tuple[Posted, ...]:
    """The seller's `last` posted invoices, whatever account they named, for `bank_changes`."""
    marks = [(kind, value) for kind, value in claim.vendor.marks if kind != "iban"]
    return tuple(_load(connection, ledger.c.id.in_(_having(marks)), last=last).values())


def of_order(connection: Connection, claim: Claim, *, number: str | None = None) -> tuple[Invoice, ...]:
    """What the seller has billed on an order, credit notes included, oldest first.

    The order is the one of `number`, or the one that `claim` names.
    """
    order = number_key(number) or claim.order_key
    if order is None:
        return ()
    on_order = ledger.c.id.in_(_having([("order", order)]))
    of_vendor = ledger.c.id.in_(_having(claim.vendor.marks))
    rows = connection.execute(select(ledger).where(on_order, of_vendor).order_by(ledger.c.posted_at, ledger.c.id))
    invoices = [(Invoice.model_validate(row.invoice), row.digest) for row in rows]
    return tuple(
        invoice for invoice, digest in invoices if shared_marks(claim.vendor, claim_of(invoice, digest=digest).vendor)
    )


def _having(marks: Iterable[tuple[str, str]]) -> Select[tuple[str]]:
    values = defaultdict[str, list[str]](list)
    for kind, value in marks:
        values[kind].append(index_key(value))
    alternatives = [and_(keys.c.kind == kind, keys.c.value.in_(some)) for kind, some in values.items()]
    return select(keys.c.invoice_id).where(or_(false(), *alternatives))


def _load(connection: Connection, condition: ColumnElement[bool], *, last: int | None = None) -> dict[str, Posted]:
    query = select(ledger).where(condition).order_by(ledger.c.posted_at.desc(), ledger.c.id).limit(last)
    return {row.id: _posted(row) for row in connection.execute(query)}


def _posted(row: Row[Any]) -> Posted:
    claim = claim_of(Invoice.model_validate(row.invoice), digest=row.digest)
    return Posted(row.id, row.execution_id, row.posted_at, claim)


def _around(claim: Claim) -> ColumnElement[bool]:
    if claim.issue_date is None:
        return true()
    day = claim.issue_date.toordinal()
    first = date.fromordinal(max(day - _LOOK_BACK_DAYS, date.min.toordinal()))
    last = date.fromordinal(min(day + _LOOK_BACK_DAYS, date.max.toordinal()))
    return or_(ledger.c.issued_on.is_(None), ledger.c.issued_on.between(first.isoformat(), last.isoformat()))


def _number_keys(claim: Claim) -> set[tuple[str, str]]:
    return {("number", claim.number_key)} if claim.number_key else set()


def _content_keys(claim: Claim) -> set[tuple[str, str]]:
    found = {("line", "\x1f".join(line.print)) for line in claim.lines}
    if claim.amount:
        found.add(("amount", str(claim.amount.normalize())))
    return found


def _keys(claim: Claim, order: str | None) -> set[tuple[str, str]]:
    orders = {("order", key) for key in (claim.order_key, number_key(order)) if key is not None}
    return {*claim.vendor.marks, *_number_keys(claim), *_content_keys(claim), *orders}


def _again(row: Row[Any], invoice: Invoice) -> Posting:
    if Invoice.model_validate(row.invoice) == invoice:
        return Posting(row.id, row.posted_at, new=False)
    raise Conflict(
        f"this step has posted invoice {row.number} already, and is now asked to post {invoice.number} "
        "with other contents",
        where=f"ledger {row.id}",
        remedy="Start a new execution for the other invoice.",
    )


def _refuse_incomplete(claim: Claim) -> None:
    stated = {
        "number": claim.number_key,
        "seller": claim.vendor.key,
        "amount": claim.amount,
        "currency": re.fullmatch("[A-Z]{3}", claim.currency or ""),
    }
    missing = [name for name, value in stated.items() if value is None]
    if missing:
        raise InvalidDocument(
            f"an invoice without {' and '.join(missing)} cannot be posted",
            where=f"invoice {claim.number or claim.digest}",
            remedy="Have the seller send a complete one; what a `read` finds lists what is missing.",
        )


def _refuse_duplicates(claim: Claim, duplicates: Sequence[Duplicate], override: Override | None) -> None:
    approved = override.ledger_ids if override is not None else frozenset()
    unseen = [duplicate for duplicate in duplicates if duplicate.ledger_id not in approved]
    if not unseen:
        return
    first = unseen[0]
    raise Conflict(
        f"invoice {claim.number} may repeat invoice {first.number}, posted {first.posted_at:%Y-%m-%d} "
        f"({first.kind}: {'; '.join(first.evidence)})",
        where=f"ledger {first.ledger_id}",
        remedy="Read it again and give an approval's `decision` together with the `duplicates` it was shown.",
    )


def _row(invoice: Invoice, claim: Claim, *, key: str, execution_id: str) -> dict[str, Any]:
    return {
        "id": clock.new_id(),
        "execution_id": execution_id,
        "idempotency_key": key,
        "holder": claim.holder,
        "digest": claim.digest,
        "number": claim.number,
        "seller_name": invoice.seller.name if invoice.seller else None,
        "is_credit_note": claim.credit,
        "issued_on": claim.issue_date.isoformat() if claim.issue_date else None,
        "currency": claim.currency,
        "amount": claim.amount,
        "invoice": invoice,
        "posted_at": clock.now(),
    }
