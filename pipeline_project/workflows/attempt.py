"""Runs one node of one execution: asks readiness, restores or runs, and journals before anything below can start.

Knows nothing of Dagster. Raises what the step raised, after it is journaled; the op shell decides between a retry
and a failure.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

import structlog

from pipeline_project import clock, settings
from pipeline_project.errors import ApprovalNeeded, Cancelled, OutcomeUnknown
from pipeline_project.workflows import effects, gates, joins
from pipeline_project.workflows.effects import StepEffects
from pipeline_project.workflows.expressions import Scope, holds
from pipeline_project.workflows.failure import describe, parse_config
from pipeline_project.workflows.guard import guarded
from pipeline_project.workflows.models import WorkflowStep
from pipeline_project.workflows.outcome import Outcome
from pipeline_project.workflows.plan import DONE, END, ERROR, FAILED, Node, branch_port
from pipeline_project.workflows.planning import step_references
from pipeline_project.workflows.readiness import Row, RowStatus, View, readiness
from pipeline_project.workflows.session import Session
from pipeline_project.workflows.steps.base import BaseStepExecutor, GateExecutor, StepContext
from pipeline_project.workflows.steps.registry import executor_of

Clients = Callable[[], AbstractAsyncContextManager[Mapping[str, Any]]]
"""Opens the clients a step needs, for the time of one attempt."""


async def run(session: Session, node: Node, *, clients: Clients, retries: int = 0) -> Outcome:
    """Do what is to be done for `node` now; `retries`: how often this run has tried it already."""
    view = await asyncio.to_thread(session.journal.view)
    verdict = readiness(session.plan, view, node.id)
    if verdict.kind == "restore":
        return await asyncio.to_thread(_restored, session, node, view[node.id])
    if await asyncio.to_thread(session.cancel_requested):
        return Outcome("cancelled", reason="the execution was cancelled")
    if verdict.kind == "hold":
        return Outcome("held", reason=verdict.reason)
    if verdict.kind == "skip":
        return await asyncio.to_thread(_skip, session, node, verdict.reason)
    if node.role == "join":
        return await asyncio.to_thread(joins.meet, session, node, view)
    return await _StepAttempt(session, node, view, clients, retries).run()


class _StepAttempt:
    """One attempt of one step, from its condition to its journal row."""

    def __init__(self, session: Session, node: Node, view: View, clients: Clients, retries: int) -> None:
        assert node.step is not None
        self.session = session
        self.node = node
        self.view = view
        self.clients = clients
        self.retries = retries
        self.step: WorkflowStep = node.step
        self.executor: BaseStepExecutor = executor_of(self.step.type)
        self.where = f"steps.{self.step.id}"

    async def run(self) -> Outcome:
        waiting = await asyncio.to_thread(gates.waiting_for, self.session, self.step.id, self.view)
        if waiting is not None:
            row = self.view[self.step.id]
            if waiting.open:
                return gates.still_waiting(waiting, row.attempt)
            if waiting.kind == "approval":
                assert isinstance(self.executor, GateExecutor)
                return await asyncio.to_thread(gates.conclude, self.session, self.step, self.executor, waiting, row)
            settle = gates.conclude_permission if waiting.kind == "permission" else gates.conclude_outcome
            await asyncio.to_thread(settle, self.session, self.step, waiting, row)
        return await self._once()

    async def _once(self) -> Outcome:
        attempt = await asyncio.to_thread(self.session.journal.begin, self.step.id)
        try:
            return await self._execute(attempt)
        except OutcomeUnknown as error:
            return await self._unknown(attempt, error)
        except ApprovalNeeded as error:
            return await asyncio.to_thread(gates.ask_permission, self.session, self.step, attempt, error)
        except Exception as error:
            # whatever went wrong is journaled here and raised on, unless the definition lets the execution go on
            tolerated = await self._failed(attempt, error)
            if tolerated is None:
                raise
            return tolerated

    async def _execute(self, attempt: int) -> Outcome:
        mentioned = step_references(self.step)
        scope = await asyncio.to_thread(self.session.scope, mentioned, self.view, attempt=attempt)
        if self.step.condition is not None and not holds(self.step.condition, scope, where=f"{self.where}.condition"):
            return await self._settle(attempt, "skipped", (), reason="its condition is false")
        where = f"{self.where}.config"
        raw = self.executor.prepare(self.step.config, scope, where=where)
        config = parse_config(self.executor, raw, where=where)
        if isinstance(self.executor, GateExecutor):
            context = self._context(attempt, {}, scope)
            return await asyncio.to_thread(gates.ask, self.session, self.executor, config, raw, context)
        permitted = await asyncio.to_thread(gates.granted, self.session, self.step.id) if attempt > 1 else frozenset()
        async with self.clients() as clients:
            result = await guarded(
                self.executor.execute(config, self._context(attempt, clients, scope, permitted)),
                session=self.session,
                timeout_seconds=self.step.timeout_seconds,
                where=self.where,
            )
        output = result.model_dump(by_alias=True)
        return await self._settle(attempt, "success", _ports(self.executor, output), output=output, config=raw)

    async def _failed(self, attempt: int, error: Exception) -> Outcome | None:
        """Journal a failure; an Outcome when the execution is to go on all the same."""
        described = describe(error)
        if isinstance(error, Cancelled):
            await asyncio.to_thread(self.session.journal.end, self.step.id, attempt, "cancelled", error=described)
            return Outcome("cancelled", reason=error.message, attempt=attempt)
        ports = self._ports_after_failure()
        if ports is None or self.step.retry_policy.should_retry(error, self.retries):
            await asyncio.to_thread(self.session.journal.end, self.step.id, attempt, "failed", error=described)
            return None
        value = {"status": "failed", "error": described}
        await self._settle(attempt, "failed", ports, output=value, error=described)
        return Outcome("tolerated", ports, str(error), attempt, value)

    def _ports_after_failure(self) -> tuple[str, ...] | None:
        if self.step.on_error == "continue":
            return (DONE,)
        if self.step.error_target:
            return (ERROR,)
        return (FAILED,) if FAILED in self.session.plan.ports(self.node.id) else None

    async def _unknown(self, attempt: int, error: OutcomeUnknown) -> Outcome:
        """It is open whether a side effect happened: ask a person, do it again, or fail, as the settings say."""
        choice = settings.load().unknown_outcome
        if choice == "ask":
            return await asyncio.to_thread(gates.ask_outcome, self.session, self.step, attempt, error)
        await asyncio.to_thread(self.session.journal.end, self.step.id, attempt, "failed", error=describe(error))
        if choice == "fail":
            raise error
        with self.session.database.write() as connection:
            effects.forget(connection, self.session.execution.id, [self.step.id])
        return await self._once()

    async def _settle(
        self,
        attempt: int,
        status: RowStatus,
        ports: tuple[str, ...],
        *,
        output: Any = None,
        reason: str = "",
        config: Any = None,
        error: Mapping[str, Any] | None = None,
    ) -> Outcome:
        await asyncio.to_thread(
            self.session.journal.end,
            self.step.id,
            attempt,
            status,
            output=output,
            config=config,
            details={"ports": list(ports), "reason": reason},
            error=error,
            skips=self.session.skips_after(self.node.id, Row(status, attempt, ports, reason)),
        )
        return Outcome("skipped" if status == "skipped" else "ran", ports, reason, attempt, output)

    def _context(
        self, attempt: int, clients: Mapping[str, Any], scope: Scope, permitted: frozenset[str] = frozenset()
    ) -> StepContext:
        execution = self.session.execution
        key = f"{execution.id}/{self.step.id}"
        log = structlog.get_logger().bind(execution_id=execution.id, step_id=self.step.id, attempt=attempt)
        return StepContext(
            execution_id=execution.id,
            workflow_id=execution.workflow_id,
            step_id=self.step.id,
            attempt=attempt,
            idempotency_key=key,
            requested_by=execution.requested_by,
            log=log,
            database=self.session.database,
            effect=StepEffects(self.session.database, self.session.lease, step_id=self.step.id, key=key),
            deadline=clock.now() + timedelta(seconds=self.step.timeout_seconds),
            clients=clients,
            granted=permitted,
            scope=scope,
        )


def _ports(executor: BaseStepExecutor, output: Mapping[str, Any]) -> tuple[str, ...]:
    if not executor.decides:
        return (DONE,)
    chosen = tuple(branch_port(target) for target in output["next_steps"])
    return (DONE, *chosen) if chosen else (DONE, END)


def _restored(session: Session, node: Node, row: Row) -> Outcome:
    if row.status == "skipped":
        return Outcome("skipped", reason=row.reason, attempt=row.attempt)
    result = session.journal.results([node.id]).get(node.id)
    return Outcome("restored", row.ports or (), row.reason, row.attempt, result)


def _skip(session: Session, node: Node, reason: str) -> Outcome:
    session.journal.skip([(node.id, reason), *session.skips_after(node.id, Row("skipped", 1, (), reason))])
    return Outcome("skipped", reason=reason)
