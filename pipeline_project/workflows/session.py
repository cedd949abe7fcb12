"""One run's hold on one execution: identified, leased, and with the journal open for writing.

Every op enters: the first one takes the lease, the others find that their run has it. Refuses a run of a job that
belongs to another version than its execution, and a second live run.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from pipeline_project import settings
from pipeline_project.agents.journal import forget_run
from pipeline_project.errors import Conflict
from pipeline_project.persistence.engine import Database
from pipeline_project.persistence.objects import Objects
from pipeline_project.security.secrets import SecretSource
from pipeline_project.workflows import effects, executions, waits
from pipeline_project.workflows import lease as leases
from pipeline_project.workflows.executions import Execution
from pipeline_project.workflows.expressions import Reference, Scope
from pipeline_project.workflows.identity import ACTOR_TAG, VIA_TAG, Identity, RunFacts, identify
from pipeline_project.workflows.input import accept
from pipeline_project.workflows.journal import Journal, supersede
from pipeline_project.workflows.lease import Lease
from pipeline_project.workflows.plan import Plan
from pipeline_project.workflows.readiness import Row, View, newly_skipped


@dataclass(frozen=True)
class Session:
    """What an op works with: the plan, the execution as it was at entry, the lease and the journal."""

    plan: Plan
    execution: Execution
    lease: Lease
    database: Database
    journal: Journal

    def scope(self, mentioned: Iterable[Reference], view: View, *, attempt: int = 1) -> Scope:
        """The values that expressions with these references may see; only the results they name are loaded."""
        steps = self.plan.definition.steps
        named = {
            reference.name: self.plan.result_node(reference.name)
            for reference in mentioned
            if reference.namespace in ("steps", "name") and reference.name in steps
        }
        results = self.journal.results(named.values())
        return Scope(
            input=self.execution.input,
            steps={name: results[node] for name, node in named.items() if node in results},
            absent={name: _why_absent(view, node) for name, node in named.items() if node not in results},
            vars={**self.plan.definition.variables, **self.execution.variables},
            execution={
                "id": self.execution.id,
                "started_at": self.execution.created_at.isoformat(),
                "attempt": attempt,
            },
            env={name: os.environ[name] for name in settings.load().expression_env if name in os.environ},
            secrets=SecretSource(),
        )

    def skips_after(self, node_id: str, row: Row) -> list[tuple[str, str]]:
        """What will never run once `row` is written; the view is read anew, as a sibling may have settled."""
        return list(newly_skipped(self.plan, {**self.journal.view(), node_id: row}, node_id))

    def cancel_requested(self) -> bool:
        """Whether a person has asked for an end."""
        with self.database.read() as connection:
            return executions.get(connection, self.execution.id).cancel_requested_at is not None

    def beat(self) -> None:
        """Say that this run is alive."""
        with self.database.write() as connection:
            leases.heartbeat(connection, self.lease)


def enter(
    plan: Plan,
    facts: RunFacts,
    *,
    database: Database,
    run_is_over: Callable[[str], bool],
    input_data: Mapping[str, Any] | None = None,
) -> Session:
    """Identify the run's execution, create it if it is new (`input_data`: only `start` has it), and take the lease.

    Raises InvalidInput for an input that does not fit, LeaseHeld while another run is alive, Conflict for a job of
    another version.
    """
    accepted = None if input_data is None else accept(plan.definition, input_data)
    with database.write() as connection:
        parent = facts.tags.get("dagster/parent_run_id") or facts.parent_run_id
        identity = identify(facts, executions.execution_of_run(connection, parent) if parent else None)
        execution = _execution(connection, plan, identity, facts, accepted)
        if execution.content_hash != plan.definition.content_hash:
            raise Conflict(
                f"execution {execution.id} belongs to version {execution.version} of {execution.workflow_id}, "
                "and this job is of another version",
                remedy=f"Use `execution resume {execution.id}`: it runs the version the execution began with.",
            )
        lease = leases.acquire(connection, execution.id, facts.run_id, run_is_over=run_is_over)
        journal = Journal(database, execution.id, objects=objects(), lease=lease)
        if executions.record_run(connection, facts.run_id, execution.id, identity.kind) and identity.anew:
            make_void(connection, plan, execution.id, identity.anew)
    return Session(plan, execution, lease, database, journal)


def objects() -> Objects:
    """Where large values are kept."""
    return Objects(settings.load().home / "objects")


def _execution(
    connection: Connection, plan: Plan, identity: Identity, facts: RunFacts, accepted: dict[str, Any] | None
) -> Execution:
    if accepted is None or executions.exists(connection, identity.execution_id):
        return executions.get(connection, identity.execution_id)
    return executions.create(
        connection,
        plan.definition,
        execution_id=identity.execution_id,
        input_data=accepted,
        variables={},
        requested_by=facts.tags.get(ACTOR_TAG) or settings.load().actor_name,
        via=facts.tags.get(VIA_TAG, "ui"),
    )


def make_void(connection: Connection, plan: Plan, execution_id: str, selected: frozenset[str]) -> None:
    """A selected step runs anew, and so does everything below it."""
    nodes = (selected & plan.nodes.keys()) | plan.descendants(selected & plan.nodes.keys())
    supersede(connection, execution_id, nodes)
    waits.release(connection, execution_id, nodes)
    effects.forget(connection, execution_id, nodes)
    for node_id in nodes:
        forget_run(connection, f"{execution_id}/{node_id}")
    executions.settle(connection, execution_id, None)


def _why_absent(view: View, node_id: str) -> str:
    row = view.get(node_id)
    if row is None:
        return "has not run"
    return "was skipped" if row.status == "skipped" else f"has no result ({row.status})"
