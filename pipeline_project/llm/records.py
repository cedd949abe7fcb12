"""The record of every call upstream: who, which model, tokens, cost, how long, and how it ended.

A row is written for failures and cancelled streams too. Refuses to hold anything that was said.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, insert

from pipeline_project.llm.requests import Caller
from pipeline_project.llm.responses import Usage
from pipeline_project.persistence.tables import llm_calls
from pipeline_project.security.redaction import redact_text

_LONGEST_ERROR = 1000


@dataclass(frozen=True)
class Record:
    """One call. `usage`, `cost`: None where they are not known; `outcome`: success, cancelled, or an error's code."""

    id: str
    at: datetime
    asked: str
    provider: str
    model: str
    outcome: str
    usage: Usage | None
    cost: Decimal | None
    latency_seconds: float
    caller: Caller
    first_token_seconds: float | None = None
    error: str | None = None
    streamed: bool = False
    cached: bool = False
    attempt: int = 1
    key_id: str = ""


def add(connection: Connection, record: Record) -> None:
    """Write the row, its error redacted and cut."""
    usage, caller = record.usage, record.caller
    error = redact_text(record.error)[:_LONGEST_ERROR] if record.error else None
    connection.execute(
        insert(llm_calls).values(
            id=record.id,
            at=record.at,
            asked=record.asked[:200],
            provider=record.provider,
            model=record.model[:200],
            outcome=record.outcome,
            error=error,
            input_tokens=usage.input if usage else None,
            output_tokens=usage.output if usage else None,
            cache_read_tokens=usage.cache_read if usage else None,
            cache_write_tokens=usage.cache_write if usage else None,
            reasoning_tokens=usage.reasoning if usage else None,
            cost=record.cost,
            latency_seconds=record.latency_seconds,
            first_token_seconds=record.first_token_seconds,
            streamed=record.streamed,
            cached=record.cached,
            attempt=record.attempt,
            execution_id=caller.execution_id or None,
            step_id=caller.step_id or None,
            run_id=caller.run_id or None,
            workflow_id=caller.workflow_id or None,
            agent=caller.agent or None,
            user=caller.user or None,
            workspace=caller.workspace or None,
            key_id=record.key_id or None,
        )
    )
