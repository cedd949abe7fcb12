"""Drafts in the store: what a model wrote, what it would be allowed to do, and whether a person has activated it.

A draft never changes; it is activated or discarded once.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import insert, select, update

from pipeline_project import clock
from pipeline_project.errors import Conflict, NotFound
from pipeline_project.persistence.engine import Database
from pipeline_project.persistence.tables.drafts import workflow_drafts
from pipeline_project.workflows.models import WorkflowDefinition

State = Literal["draft", "active", "discarded"]


@dataclass(frozen=True)
class Permission:
    """What a step does outside the workflow. `complexity`: 1 reads to 4 destroys or spends, as `governance` counts."""

    step: str
    does: str
    complexity: int


@dataclass(frozen=True)
class Draft:
    """A row of `workflow_drafts`. `estimated_cost`: US dollars, None when unknown; `rounds`: each answer's problems."""

    id: str
    workflow_id: str
    query: str
    definition: dict[str, Any]
    content_hash: str
    explanation: str
    permissions: tuple[Permission, ...]
    estimated_cost: Decimal | None
    model: str
    rounds: tuple[dict[str, Any], ...]
    state: State
    created_at: datetime
    created_by: str
    decided_at: datetime | None = None
    decided_by: str | None = None

    @property
    def workflow(self) -> WorkflowDefinition:
        """The definition."""
        return WorkflowDefinition.model_validate(self.definition)


def save(database: Database, draft: Draft) -> None:
    """Store a new draft."""
    permissions = [item.__dict__ for item in draft.permissions]
    with database.write() as connection:
        values = {**draft.__dict__, "permissions": permissions, "rounds": list(draft.rounds)}
        connection.execute(insert(workflow_drafts).values(**values))


def find(database: Database, prefix: str) -> Draft:
    """A draft by the beginning of its id. Raises NotFound, or Conflict when several begin so."""
    query = select(workflow_drafts).where(workflow_drafts.c.id.startswith(prefix, autoescape=True)).limit(2)
    with database.read() as connection:
        rows = connection.execute(query).all()
    if not rows or not prefix:
        raise NotFound(f"no draft begins with {prefix!r}", remedy="`workflow drafts list` shows them.")
    if len(rows) > 1:
        raise Conflict(f"several drafts begin with {prefix!r}", remedy="Give more of the id.")
    return _draft(rows[0])


def listed(database: Database, state: State | None = "draft", *, limit: int = 100) -> list[Draft]:
    """Drafts, newest first; None: of every state."""
    query = select(workflow_drafts).order_by(workflow_drafts.c.created_at.desc()).limit(limit)
    if state is not None:
        query = query.where(workflow_drafts.c.state == state)
    with database.read() as connection:
        return [_draft(row) for row in connection.execute(query)]


def settle(database: Database, draft_id: str, state: State, *, actor: str) -> None:
    """Activate or discard a draft, once. Raises Conflict when that was decided otherwise."""
    waiting = (workflow_drafts.c.id == draft_id) & (workflow_drafts.c.state == "draft")
    change = update(workflow_drafts).where(waiting).values(state=state, decided_at=clock.now(), decided_by=actor)
    with database.write() as connection:
        changed = connection.execute(change).rowcount
    now = find(database, draft_id)
    if not changed and now.state != state:
        raise Conflict(f"it is {now.state} already, by {now.decided_by}", where=f"draft {draft_id}")


def discard(database: Database, prefix: str, *, actor: str) -> Draft:
    """Discard a draft. Raises NotFound, Conflict."""
    found = find(database, prefix)
    settle(database, found.id, "discarded", actor=actor)
    return find(database, found.id)


def _draft(row: Any) -> Draft:
    values = row._asdict()
    permissions = tuple(Permission(**item) for item in values["permissions"])
    return Draft(**{**values, "permissions": permissions, "rounds": tuple(values["rounds"])})
