"""Waits and approvals: a question stays open until the gate's own op, in a later run, has consumed the answer.

What was stored when the gate opened is what is shown and what the decision is bound to, also after the definition
was edited. Refuses a decision by the requester (unless allowed), by somebody not asked, and a second, different one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, insert, or_, select, update

from pipeline_project import clock
from pipeline_project.errors import Conflict, NotFound, PermissionDenied
from pipeline_project.persistence.json import digest
from pipeline_project.persistence.tables import approvals, executions, waits
from pipeline_project.workflows.steps.base import ApprovalRequest

WaitKind = Literal["approval", "outcome", "permission"]
Answer = Literal["approve", "reject"]


@dataclass(frozen=True)
class Approval:
    """An approval with its wait and the workflow it belongs to."""

    id: str
    execution_id: str
    workflow_id: str
    step_id: str
    item: str
    kind: WaitKind
    opened_at: datetime
    answered_at: datetime | None
    consumed_at: datetime | None
    released_at: datetime | None
    message: str
    shown: dict[str, Any]
    approvers: list[str]
    allow_requester: bool
    requested_by: str
    digest: str
    decision: Answer | None
    decided_by: str | None
    via: str | None
    comment: str | None
    decided_at: datetime | None

    @property
    def open(self) -> bool:
        """Whether it still waits for somebody."""
        return self.decision is None and self.released_at is None


def open_approval(
    connection: Connection,
    *,
    execution_id: str,
    step_id: str,
    kind: WaitKind,
    request: ApprovalRequest,
    by: str,
) -> str:
    """Open a wait for a person; returns its id."""
    wait_id = clock.new_id()[:12]
    connection.execute(
        insert(waits).values(
            id=wait_id, execution_id=execution_id, step_id=step_id, item="", kind=kind, opened_at=clock.now()
        )
    )
    connection.execute(
        insert(approvals).values(
            id=wait_id,
            message=request.message,
            shown=request.shown,
            approvers=list(request.approvers),
            allow_requester=request.allow_requester,
            requested_by=by,
            digest=_digest(request.message, dict(request.shown)),
        )
    )
    return wait_id


def of_step(connection: Connection, execution_id: str, step_id: str) -> Approval | None:
    """The unconsumed wait of a step, open or answered; None if it waits for nothing."""
    query = _joined().where(
        waits.c.execution_id == execution_id,
        waits.c.step_id == step_id,
        waits.c.consumed_at.is_(None),
        waits.c.released_at.is_(None),
    )
    row = connection.execute(query.order_by(waits.c.opened_at.desc())).first()
    return None if row is None else Approval(**row._asdict())


def of_execution(connection: Connection, execution_id: str) -> list[Approval]:
    """Every wait of an execution, oldest first."""
    rows = connection.execute(_joined().where(waits.c.execution_id == execution_id).order_by(waits.c.opened_at))
    return [Approval(**row._asdict()) for row in rows]


def pending(connection: Connection, *, limit: int = 200) -> list[Approval]:
    """What waits for a person, oldest first."""
    query = _joined().where(waits.c.answered_at.is_(None), waits.c.released_at.is_(None))
    return [Approval(**row._asdict()) for row in connection.execute(query.order_by(waits.c.opened_at).limit(limit))]


def answered(connection: Connection) -> list[str]:
    """Executions with an answer that no run has consumed yet, oldest answer first."""
    rows = connection.execute(
        select(waits.c.execution_id)
        .where(waits.c.answered_at.is_not(None), waits.c.consumed_at.is_(None), waits.c.released_at.is_(None))
        .order_by(waits.c.answered_at)
    )
    return list(dict.fromkeys(row.execution_id for row in rows))


def find(connection: Connection, prefix: str) -> Approval:
    """An approval by the beginning of its id. Raises NotFound, or Conflict when several begin so."""
    rows = connection.execute(_joined().where(waits.c.id.startswith(prefix, autoescape=True)).limit(2)).all()
    if not rows or not prefix:
        raise NotFound(f"no approval begins with {prefix!r}", remedy="`approval list` shows what waits.")
    if len(rows) > 1:
        raise Conflict(f"several approvals begin with {prefix!r}", remedy="Give more of the id.")
    return Approval(**rows[0]._asdict())


def decide(connection: Connection, approval_id: str, answer: Answer, *, actor: str, via: str, comment: str) -> Approval:
    """Record a decision; the same one again changes nothing. Raises PermissionDenied or Conflict."""
    approval = find(connection, approval_id)
    place = f"approval {approval.id}"
    _refuse_wrong_actor(approval, actor, place)
    if approval.decision is not None:
        if approval.decision == answer:
            return approval
        raise Conflict(f"already decided: {approval.decision} by {approval.decided_by}", where=place)
    if approval.released_at is not None:
        raise Conflict("nobody waits for it any more: its execution was cancelled or ran anew", where=place)
    if digest_of(approval) != approval.digest:
        raise Conflict("what is stored is not what was asked; the data was changed", where=place)
    moment = clock.now()
    connection.execute(
        update(approvals)
        .where(approvals.c.id == approval.id)
        .values(decision=answer, decided_by=actor, via=via, comment=comment, decided_at=moment)
    )
    connection.execute(update(waits).where(waits.c.id == approval.id).values(answered_at=moment))
    return find(connection, approval.id)


def granted(connection: Connection, execution_id: str, step_id: str) -> frozenset[str]:
    """Digests of the permissions that were granted to this step, however often it has been cut off since."""
    query = _joined().where(
        waits.c.execution_id == execution_id,
        waits.c.step_id == step_id,
        waits.c.kind == "permission",
        waits.c.released_at.is_(None),
        approvals.c.decision == "approve",
    )
    return frozenset(row.shown["digest"] for row in connection.execute(query))


def consume(connection: Connection, wait_id: str) -> None:
    """The gate's op has taken the answer."""
    connection.execute(update(waits).where(waits.c.id == wait_id).values(consumed_at=clock.now()))


def release(connection: Connection, execution_id: str, step_ids: frozenset[str] | None = None) -> None:
    """Nobody waits any more: the execution was cancelled, or these steps are to run anew."""
    # a permission is for one run of the step: run anew, it is asked again
    unused = or_(waits.c.consumed_at.is_(None), waits.c.kind == "permission")
    query = update(waits).where(waits.c.execution_id == execution_id, unused, waits.c.released_at.is_(None))
    if step_ids is not None:
        query = query.where(waits.c.step_id.in_(sorted(step_ids)))
    connection.execute(query.values(released_at=clock.now()))


def digest_of(approval: Approval) -> str:
    """The hash that a decision on this approval is bound to."""
    return _digest(approval.message, approval.shown)


def _digest(message: str, shown: dict[str, Any]) -> str:
    return digest({"message": message, "shown": shown})


def _refuse_wrong_actor(approval: Approval, actor: str, place: str) -> None:
    name = actor.removeprefix("user:")
    allowed = {approver.removeprefix("user:") for approver in approval.approvers}
    if allowed and name not in allowed:
        raise PermissionDenied(f"{actor} is not among those asked ({', '.join(sorted(allowed))})", where=place)
    if actor == approval.requested_by and not approval.allow_requester:
        remedy = "Somebody else decides (PIPELINE_ACTOR says who acts), or the step sets allow_requester."
        raise PermissionDenied(f"{actor} started this execution and may not approve it", where=place, remedy=remedy)


def _joined() -> Any:
    kept = [column for column in approvals.c if column.name != "id"]
    own = [waits.c[name] for name in ("id", "execution_id", "step_id", "item", "kind", "opened_at")]
    own += [waits.c[name] for name in ("answered_at", "consumed_at", "released_at")]
    return (
        select(*own, executions.c.workflow_id, *kept)
        .join(approvals, approvals.c.id == waits.c.id)
        .join(executions, executions.c.id == waits.c.execution_id)
    )
