"""What every step type is: a config model, a result model and one coroutine between them.

An executor knows nothing of Dagster, of the journal or of its siblings; what it needs from the world reaches it in
a StepContext. It refuses to guess: failure is an exception from errors.py, never a result that says "ok: false".
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from pipeline_project.persistence.engine import Database
from pipeline_project.workflows.expressions import (
    Names,
    Problem,
    Reference,
    Scope,
    problems,
    references,
    resolve,
)


class StepConfig(BaseModel):
    """Base of every step type's config: unknown keys are refused, each field's description is its reference."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StepResult(BaseModel):
    """Base of every step type's result: what later steps see under `steps.<id>`."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Log(Protocol):
    """The bound structlog logger a step writes to."""

    def info(self, event: str, **values: Any) -> Any:
        """Say what happened."""

    def warning(self, event: str, **values: Any) -> Any:
        """Say what a person should look at."""


class Effects(Protocol):
    """Guards a side effect with an intent row, so that a crash in the middle is noticed and not repeated blindly."""

    def __call__(self, *, repeatable: bool, name: str = "") -> AbstractAsyncContextManager[str]:
        """Enter right before the call, leave right after; yields the idempotency key to send along.

        `repeatable`: doing it again under the same key does no harm (an upsert, the outbox). If an earlier attempt
        began and its end is not known, a repeatable effect is entered again and any other raises OutcomeUnknown.
        """
        ...


@dataclass(frozen=True)
class StepContext:
    """What one attempt of one step may use."""

    execution_id: str
    workflow_id: str
    step_id: str
    attempt: int
    idempotency_key: str
    requested_by: str
    log: Log
    database: Database
    effect: Effects
    item: str = ""
    deadline: datetime | None = None
    clients: Mapping[str, Any] = field(default_factory=dict)
    granted: frozenset[str] = frozenset()
    """Digests of the permission requests of this step that a person has granted (`governance.requests.digest_of`)."""
    scope: Scope | None = None
    """What the expressions in the step's `deferred` fields may see."""


@dataclass(frozen=True)
class ApprovalRequest:
    """A question to a person; `shown` is stored as it is now and is what the decision is bound to."""

    message: str
    shown: Mapping[str, Any]
    approvers: tuple[str, ...] = ()
    allow_requester: bool = False


@dataclass(frozen=True)
class Decision:
    """A person's answer to an ApprovalRequest."""

    approved: bool
    by: str
    via: str
    comment: str
    decided_at: datetime


ConfigT = TypeVar("ConfigT", bound=StepConfig)
ResultT = TypeVar("ResultT", bound=StepResult)


class BaseStepExecutor(ABC, Generic[ConfigT, ResultT]):
    """One step type. Subclasses set the four class variables and write `execute`."""

    config: ClassVar[type[StepConfig]]
    result: ClassVar[type[StepResult]]
    needs: ClassVar[frozenset[str]] = frozenset()
    """Keys of the clients it uses, each also a Dagster resource key."""
    deferred: ClassVar[frozenset[str]] = frozenset()
    """Config fields that hold the step's own expressions, so that the workflow's do not resolve them first."""
    decides: ClassVar[bool] = False
    """The result's `next_steps` are the branch taken; everything else the step leads to is skipped."""

    @abstractmethod
    async def execute(self, config: ConfigT, context: StepContext) -> ResultT:
        """Do the step. Raises the errors of errors.py; blocking work goes through asyncio.to_thread."""

    @classmethod
    def prepare(cls, config: Mapping[str, Any], scope: Scope, *, where: str) -> dict[str, Any]:
        """The raw config with its expressions resolved over `scope`; `where` is its path, for errors."""
        return {
            key: value if key in cls.deferred else resolve(value, scope, where=f"{where}.{key}")
            for key, value in config.items()
        }

    @classmethod
    def references(cls, config: Mapping[str, Any]) -> frozenset[Reference]:
        """What the raw config's expressions refer to."""
        return references({key: value for key, value in config.items() if key not in cls.deferred})

    @classmethod
    def problems(cls, config: Mapping[str, Any], names: Names, *, where: str) -> list[Problem]:
        """What is wrong with the raw config's expressions, as far as it shows before they have values."""
        return problems({key: value for key, value in config.items() if key not in cls.deferred}, names, where=where)

    @classmethod
    def summarize(cls, result: Mapping[str, Any]) -> str:
        """What happened, in one short phrase for people, from the journaled result."""
        return ""

    @classmethod
    def explain(cls, result: Mapping[str, Any]) -> list[str]:
        """What a person would ask about next, a line each."""
        return []

    @classmethod
    def targets(cls, config: Mapping[str, Any]) -> tuple[str, ...]:
        """Step ids that the raw config leads to (branches), in order; for most types none."""
        return ()


class GateExecutor(BaseStepExecutor[ConfigT, ResultT]):
    """A step that waits for a person: `ask` opens the wait, `conclude` turns the decision into the result."""

    @abstractmethod
    def ask(self, config: ConfigT, context: StepContext) -> ApprovalRequest:
        """The question, from the resolved config."""

    @abstractmethod
    def conclude(self, config: ConfigT, decision: Decision) -> ResultT:
        """The result of the decision. Raises StepFailed when a rejection shall fail the step."""

    async def execute(self, config: ConfigT, context: StepContext) -> ResultT:
        """Gates are driven by `ask` and `conclude`."""
        raise NotImplementedError("a gate is asked and concluded, never executed")
