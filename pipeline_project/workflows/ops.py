"""The op bodies: a few lines between Dagster and `attempt.run`, `start` and `finish`.

Dagster decides the order, the retries and what is shown; what really happens is decided by readiness. No value
travels through Dagster: every edge is ordering only.
"""

import asyncio
import traceback
import warnings
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import quote

from dagster import (
    DagsterRunStatus,
    ExpectationResult,
    Failure,
    MetadataValue,
    OpExecutionContext,
    Output,
    RetryRequested,
)

from pipeline_project import clock, settings
from pipeline_project.errors import PipelineError
from pipeline_project.persistence import engine, json
from pipeline_project.security.redaction import redact_text
from pipeline_project.workflows import attempt, identity, settlement
from pipeline_project.workflows.identity import RunFacts
from pipeline_project.workflows.metadata import of_outcome
from pipeline_project.workflows.outcome import Outcome
from pipeline_project.workflows.plan import DONE, Node, Plan
from pipeline_project.workflows.session import Session, enter
from pipeline_project.workflows.steps.registry import executor_of

KEPT_SESSIONS = 32
_SESSIONS: dict[str, Session] = {}
"""The sessions of this process's latest runs, so that each op need not take the lease again."""

Body = Callable[[OpExecutionContext, Mapping[str, Any]], AsyncIterator[Any]]


def start_body(plan: Plan) -> Body:
    """Checks the input, creates or finds the execution and takes its lease."""

    async def start(context: OpExecutionContext, _inputs: Mapping[str, Any]) -> AsyncIterator[Any]:
        if context.instance.is_ephemeral:
            context.log.warning("this Dagster instance is temporary: the run will be gone; set DAGSTER_HOME")
        try:
            session = _enter(plan, context, input_data=context.op_execution_context.op_config or {})
            await asyncio.to_thread(settlement.begin, session)
        except PipelineError as error:
            raise _failure(error, context) from None
        _tag(context, session, "running")
        yield Output(None, DONE, metadata={"execution": session.execution.id, "version": session.execution.version})

    return start


def step_body(plan: Plan, node: Node) -> Body:
    """Runs one step or join."""

    async def step(context: OpExecutionContext, _inputs: Mapping[str, Any]) -> AsyncIterator[Any]:
        try:
            session = _enter(plan, context)
            outcome = await attempt.run(
                session, node, clients=lambda: _clients(context, node), retries=context.retry_number
            )
        except Exception as error:  # noqa: BLE001 - nothing is swallowed: it becomes a retry or a failure
            # the one boundary between the product's errors and Dagster's three ways of trying again; the cause stays
            # out of Dagster's events, which keep its message and stack as they are, secrets included
            raise _refused(error, node, context) from None
        for event in _events(plan, node, session, outcome, context):
            yield event

    return step


def finish_body(plan: Plan) -> Body:
    """Evaluates the output and settles the execution, unless something still waits."""

    async def finish(context: OpExecutionContext, _inputs: Mapping[str, Any]) -> AsyncIterator[Any]:
        try:
            session = _enter(plan, context)
            closing = await asyncio.to_thread(settlement.close, session)
        except PipelineError as error:
            raise _failure(error, context) from None
        _tag(context, session, closing.status.value)
        context.log.info(f"execution {session.execution.id}: {closing.status.value}. {closing.reason}".strip())
        metadata: dict[str, Any] = {"status": closing.status.value, "execution": session.execution.id}
        if closing.output:
            metadata["output"] = MetadataValue.json(of_outcome(closing.output))
        yield Output(None, DONE, metadata=metadata)

    return finish


def _events(plan: Plan, node: Node, session: Session, outcome: Outcome, context: OpExecutionContext) -> list[Any]:
    """What Dagster shows of an outcome: outputs for what ran, marked expectations for what waits or was skipped."""
    if outcome.kind == "waiting":
        _tag(context, session, "waiting_approval")
        shown = {
            "approval": outcome.wait_id or "",
            "decide": MetadataValue.url(_decision_link(outcome.wait_id or "", context)),
            "command": f"python -m pipeline_project approval approve {outcome.wait_id}",
        }
        return [_mark("waiting_for_approval", outcome.reason, metadata=shown)]
    if outcome.kind in ("held", "cancelled"):
        return [_mark(outcome.kind, outcome.reason)]
    if outcome.kind == "skipped":
        return [_mark("skipped", outcome.reason, good=True)]
    events: list[Any] = []
    if outcome.kind == "tolerated":
        events.append(_mark("failed_but_goes_on", outcome.reason))
    heard = set(plan.ports(node.id)) & set(outcome.ports)
    metadata = _metadata(outcome)
    events += [
        Output(None, port, metadata=metadata if index == 0 else None) for index, port in enumerate(sorted(heard))
    ]
    return events


def _decision_link(wait_id: str, context: OpExecutionContext) -> str:
    """The Launchpad of `decide_approval` in the UI, its config filled in."""
    origin = context.run.remote_job_origin
    location = origin.location_name if origin is not None else "pipeline_project.definitions"
    config = json.dumps({"ops": {"record_decision": {"config": {"approval_id": wait_id, "decision": "approve"}}}})
    page = f"locations/{quote(location)}/jobs/decide_approval/playground/setup?config={quote(config)}"
    return f"{settings.load().dagster_url.rstrip('/')}/{page}"


def _mark(label: str, text: str, *, good: bool = False, metadata: Mapping[str, Any] | None = None) -> ExpectationResult:
    """A labelled mark on the step. Deprecated for assets' sake until Dagster 2; nothing else shows on a plain op."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return ExpectationResult(good, label=label, description=redact_text(text), metadata=metadata)


def _metadata(outcome: Outcome) -> dict[str, Any]:
    shown: dict[str, Any] = {"attempt": outcome.attempt}
    if outcome.kind == "restored":
        shown["restored"] = True
    if outcome.result is not None:
        shown["result"] = MetadataValue.json(of_outcome(outcome.result))
    return shown


def _refused(error: Exception, node: Node, context: OpExecutionContext) -> Exception:
    assert node.step is not None
    policy = node.step.retry_policy
    if policy.should_retry(error, context.retry_number):
        delay = policy.get_delay(context.retry_number)
        asked = getattr(error, "retry_after", None)
        seconds = float(asked) if asked is not None else clock.jitter(delay) if policy.jitter else delay
        context.log.warning(redact_text(f"attempt failed, trying again in {seconds:.1f} s: {error}"))
        return RetryRequested(max_retries=policy.max_retries, seconds_to_wait=seconds)
    return _failure(error, context)


def _failure(error: Exception, context: OpExecutionContext) -> Failure:
    """A failure that no mechanism of Dagster's tries again: neither the op's retries nor the run's."""
    context.instance.add_run_tags(context.run_id, {"dagster/max_retries": "0", identity.STATUS_TAG: "failed"})
    name = type(error).__name__
    if isinstance(error, PipelineError):
        return Failure(redact_text(str(error)), metadata={"error": name}, allow_retries=False)
    # nobody raised this on purpose: whoever mends it needs the stack
    stack = redact_text("".join(traceback.format_exception(error)))
    metadata = {"error": name, "stack": MetadataValue.md(f"```\n{stack}\n```")}
    return Failure(redact_text(f"{name}: {error}"), metadata=metadata, allow_retries=False)


def _enter(plan: Plan, context: OpExecutionContext, *, input_data: Mapping[str, Any] | None = None) -> Session:
    """This run's session; entered by the first op of a process, found again by the others."""
    known = _SESSIONS.get(context.run_id)
    if known is not None:
        return known
    run = context.run
    selection = None if run.step_keys_to_execute is None else frozenset(run.step_keys_to_execute)
    session = enter(
        plan,
        RunFacts(run.run_id, run.tags, run.parent_run_id, selection),
        database=engine.default(),
        run_is_over=lambda run_id: run_is_over(context.instance, run_id),
        input_data=input_data,
    )
    while len(_SESSIONS) >= KEPT_SESSIONS:
        _SESSIONS.pop(next(iter(_SESSIONS)))
    _SESSIONS[context.run_id] = session
    return session


def forget_sessions() -> None:
    """Drop what this process remembers of its runs; for a process that changes its store."""
    _SESSIONS.clear()


def run_is_over(instance: Any, run_id: str) -> bool:
    """Whether a Dagster run has ended or is unknown to this instance."""
    run = instance.get_run_by_id(run_id)
    return run is None or run.is_finished or run.status == DagsterRunStatus.NOT_STARTED


def _tag(context: OpExecutionContext, session: Session, status: str) -> None:
    """What the runs page filters by; a tag inherited from a parent run is overwritten."""
    execution = session.execution
    context.instance.add_run_tags(
        context.run_id,
        {
            identity.EXECUTION_TAG: execution.id,
            identity.WORKFLOW_TAG: execution.workflow_id,
            identity.STATUS_TAG: status,
        },
    )


@asynccontextmanager
async def _clients(context: OpExecutionContext, node: Node) -> AsyncIterator[Mapping[str, Any]]:
    """The clients the step's executor needs, opened on this op's own event loop."""
    assert node.step is not None
    async with AsyncExitStack() as stack:
        needed = sorted(executor_of(node.step.type).needs)
        yield {key: await stack.enter_async_context(getattr(context.resources, key).open()) for key in needed}
