"""Permission requests: a question to a person, stored; a granted one lets exactly the same action pass once.

Refuses to be decided by who asked, to be decided twice differently, and to keep a secret: what is shown is redacted
before it is stored.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, RowMapping, select, update

from pipeline_project import clock
from pipeline_project.errors import ApprovalNeeded, Conflict, NotFound, PermissionDenied
from pipeline_project.governance.actions import Action, Resource
from pipeline_project.governance.permissions import Decision
from pipeline_project.persistence import json
from pipeline_project.persistence.engine import Database
from pipeline_project.persistence.tables.governance import permission_requests
from pipeline_project.security.redaction import redact, redact_text

Answer = Literal["approve", "reject"]
_TABLE: Final = permission_requests


@dataclass(frozen=True)
class PermissionRequest:
    """A stored question. `decision` None: it waits; `used_at`: when the action it granted passed."""

    id: str
    actor: str
    action: str
    complexity: int
    resource: str
    digest: str
    shown: dict[str, Any]
    rule: str
    reason: str
    opened_at: datetime
    decision: Answer | None
    decided_by: str | None
    via: str | None
    comment: str | None
    decided_at: datetime | None
    used_at: datetime | None


def digest_of(actor: str, action: str, shown: Mapping[str, Any]) -> str:
    """What a grant is bound to: who does what to exactly this input. 64 hexadecimal digits."""
    return hashlib.sha256(json.dumps([actor, action, dict(shown)], canonical=True).encode()).hexdigest()


def require_grant(
    database: Database | None,
    *,
    granted: Collection[str],
    actor: str,
    action: Action,
    decision: Decision,
    resource: Resource,
    shown: Mapping[str, Any],
) -> None:
    """Return once an action that is asked about is granted: among `granted` digests, or by a grant this uses up.

    Raises ApprovalNeeded as `ask` makes it.
    """
    digest = digest_of(actor, action.name, shown)
    if digest in granted or (database is not None and use_grant(database, digest)):
        return
    raise ask(database, actor=actor, action=action, decision=decision, resource=resource, shown=shown, digest=digest)


def ask(
    database: Database | None,
    *,
    actor: str,
    action: Action,
    decision: Decision,
    resource: Resource,
    shown: Mapping[str, Any],
    digest: str,
) -> ApprovalNeeded:
    """Open a request, or find the open one of the same digest; returns the ApprovalNeeded error to raise."""
    clean = redact(json.to_json(dict(shown)))
    reason = redact_text(decision.reason)
    if database is None:
        remedy = "Allow it by a rule in the policy, or use a session with a database, which can keep the question."
        return ApprovalNeeded(reason, where=action.name, remedy=remedy, digest=digest, shown=clean)
    row = {
        "id": clock.new_id(),
        "actor": actor,
        "action": action.name,
        "complexity": int(decision.complexity),
        "resource": redact_text(resource.value),
        "digest": digest,
        "shown": clean,
        "rule": decision.rule,
        "reason": reason,
        "opened_at": clock.now(),
    }
    with database.write() as connection:
        waiting = select(_TABLE.c.id).where(_TABLE.c.digest == digest, _TABLE.c.decision.is_(None))
        request_id = connection.execute(waiting).scalar()
        if request_id is None:
            connection.execute(_TABLE.insert().values(row))
            request_id = row["id"]
    remedy = f"Approve it with: python -m pipeline_project approval approve {request_id[:8]}"
    return ApprovalNeeded(reason, where=action.name, remedy=remedy, request_id=request_id, digest=digest, shown=clean)


def use_grant(database: Database, digest: str) -> bool:
    """Take an unused grant for this digest, if there is one; of two who try at once, one gets it."""
    with database.write() as connection:
        granted = (
            select(_TABLE.c.id)
            .where(_TABLE.c.digest == digest, _TABLE.c.decision == "approve", _TABLE.c.used_at.is_(None))
            .order_by(_TABLE.c.opened_at)
            .limit(1)
        )
        request_id = connection.execute(granted).scalar()
        if request_id is None:
            return False
        unused = (_TABLE.c.id == request_id) & _TABLE.c.used_at.is_(None)
        taken = connection.execute(update(_TABLE).where(unused).values(used_at=clock.now()))
        return taken.rowcount == 1


def pending(database: Database) -> tuple[PermissionRequest, ...]:
    """What waits for a person, oldest first."""
    query = select(_TABLE).where(_TABLE.c.decision.is_(None)).order_by(_TABLE.c.opened_at, _TABLE.c.id)
    with database.read() as connection:
        return tuple(_request(row) for row in connection.execute(query).mappings())


def find(database: Database, prefix: str) -> PermissionRequest:
    """The request whose id begins so. Raises NotFound for none, Conflict for several."""
    with database.read() as connection:
        return _find(connection, prefix)


def answer(
    database: Database, id_prefix: str, decision: Answer, *, actor: str, via: str, comment: str = ""
) -> PermissionRequest:
    """Record a person's word; the same one again changes nothing.

    Raises NotFound, PermissionDenied for the requester's own word or an actor that is no person, Conflict for another
    answer than the recorded one.
    """
    with database.write() as connection:
        request = _find(connection, id_prefix)
        place = f"permission request {request.id[:8]}"
        if not actor.startswith("user:"):
            raise PermissionDenied("only a person may decide it", where=place, remedy="Decide as a user.")
        if actor == request.actor:
            raise PermissionDenied(f"{actor} asked for it and may not decide it", where=place)
        if request.decision == decision:
            return request
        if request.decision is not None:
            raise Conflict(f"already decided: {request.decision} by {request.decided_by}", where=place)
        values = {"decision": decision, "decided_by": actor, "via": via, "comment": redact_text(comment)}
        undecided = (_TABLE.c.id == request.id) & _TABLE.c.decision.is_(None)
        connection.execute(update(_TABLE).where(undecided).values(**values, decided_at=clock.now()))
        return _find(connection, request.id)


def _find(connection: Connection, prefix: str) -> PermissionRequest:
    query = select(_TABLE).where(_TABLE.c.id.startswith(prefix, autoescape=True)).limit(2)
    rows = connection.execute(query).mappings().all() if prefix else []
    if not rows:
        remedy = "List what waits with: python -m pipeline_project approval list"
        raise NotFound(f"there is no permission request {prefix!r}", remedy=remedy)
    if len(rows) > 1:
        raise Conflict(f"several permission requests begin with {prefix!r}", remedy="Give more of the id.")
    return _request(rows[0])


def _request(row: RowMapping) -> PermissionRequest:
    return PermissionRequest(**row)
