"""The definition of a workflow: the same shape in files, in the store, at the command line and in the API.

Only shapes are checked here, one value at a time; what needs more than one value (references, cycles, step configs)
is `check`'s. A key that this version does not carry out is refused with a sentence, never ignored.
"""

import re
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    computed_field,
    field_validator,
    model_validator,
)

from pipeline_project.errors import PipelineError
from pipeline_project.persistence.json import digest, to_json

STEP_ID = re.compile(r"[a-z][a-z0-9_]*")
GOTO = "goto:"


class WorkflowStepType(StrEnum):
    """The closed set of step types, one executor each."""

    AGENT_EXECUTION = "agent_execution"
    API_CALL = "api_call"
    APPROVAL_REQUIRED = "approval_required"
    B2B_PO_DETECTION = "b2b_po_detection"
    BUDGET_CHECK = "budget_check"
    CONDITIONAL_LOGIC = "conditional_logic"
    DATA_TRANSFORMATION = "data_transformation"
    DELAY = "delay"
    EMAIL_SEND = "email_send"
    INVOICE_PROCESSING = "invoice_processing"
    LLM_COMPLETION = "llm_completion"
    NLU_ANALYSIS = "nlu_analysis"
    PARALLEL_EXECUTION = "parallel_execution"
    SLACK_NOTIFICATION = "slack_notification"
    TASK_CREATION = "task_creation"
    TOOL_CALL = "tool_call"


CALLS_A_MODEL = frozenset(
    {WorkflowStepType.AGENT_EXECUTION, WorkflowStepType.LLM_COMPLETION, WorkflowStepType.NLU_ANALYSIS}
)


class WorkflowStatus(StrEnum):
    """Where an execution stands; always derived (`status.derive`), never stored as such."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    WAITING_APPROVAL = "waiting_approval"
    WAITING = "waiting"
    PARTIAL = "partial"


class RetryPolicy(BaseModel):
    """When a failed attempt is made again: transient errors only, unless `retryable_errors` names others."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_retries: int = Field(default=3, ge=0, le=50, description="Attempts after the first one")
    initial_delay_seconds: float = Field(default=1.0, ge=0, le=3600, description="Delay before the first retry")
    max_delay_seconds: float = Field(default=60.0, ge=0, le=3600, description="No delay is longer")
    exponential_base: float = Field(
        default=2.0, ge=1, le=10, description="Each delay is this many times the one before"
    )
    jitter: bool = Field(default=True, description="Stretch each delay by up to a quarter at random")
    retryable_errors: tuple[str, ...] = Field(
        default=(), description="Error classes or codes to retry instead of everything transient"
    )

    def get_delay(self, attempt: int) -> float:
        """Seconds before the retry that follows `attempt` (from 0), without jitter."""
        # 2.0 ** 2000 overflows; past the maximum the power does not matter
        try:
            delay = self.initial_delay_seconds * self.exponential_base**attempt
        except OverflowError:
            return self.max_delay_seconds
        return min(delay, self.max_delay_seconds)

    def should_retry(self, error: Exception, attempt: int) -> bool:
        """Whether `error`, raised by `attempt` (from 0), is worth another attempt."""
        if attempt >= self.max_retries:
            return False
        if not self.retryable_errors:
            return isinstance(error, PipelineError) and error.transient
        names = {kind.__name__ for kind in type(error).__mro__} | {getattr(error, "code", "")}
        return bool(names & set(self.retryable_errors))


def _on_error(value: Any) -> Any:
    if isinstance(value, str) and (value in ("fail", "continue") or value.startswith(GOTO)):
        return value
    raise ValueError("must be fail, continue or goto:<step id>")


def _not_yet(feature: str) -> BeforeValidator:
    def refuse(value: Any) -> Any:
        if value in (None, [], {}):
            return value
        raise ValueError(f"{feature} is not available in this version; remove the key")

    return BeforeValidator(refuse)


class WorkflowStep(BaseModel):
    """One step: what it does (`type`, `config`), what follows (`next_steps`) and what happens when it goes wrong."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(description="The step's name within the workflow; in a file, its key under `steps`")
    type: WorkflowStepType = Field(description="What the step does")
    name: str = Field(default="", max_length=200, description="What people see")
    description: str = Field(default="", max_length=4000, description="For people")
    config: dict[str, Any] = Field(default_factory=dict, description="The step type's own fields")
    next_steps: tuple[str, ...] = Field(default=(), description="Steps that follow when this one succeeds")
    condition: Any = Field(default=None, description="The step is skipped when this expression is false")
    retry_policy: RetryPolicy = Field(default=RetryPolicy(), description="When to try again")
    timeout_seconds: float = Field(default=300, gt=0, le=86400, description="Limit of one attempt")
    on_error: Annotated[str, BeforeValidator(_on_error)] = Field(
        default="fail", description="fail, continue (with a failed value) or goto:<step id>"
    )
    join: Literal["any", "all"] | None = Field(
        default=None, description="Run when any or all of the steps before it ran; default: any"
    )
    confidence_threshold: Annotated[float | None, _not_yet("confidence_threshold")] = Field(
        default=None, description="Reserved: a result less confident than this asks a person"
    )
    tags: tuple[str, ...] = Field(default=(), description="Free words for finding things")

    @property
    def title(self) -> str:
        """What people see: the name, or the id in words."""
        return self.name or self.id.replace("_", " ")

    @property
    def error_target(self) -> str | None:
        """The step that `on_error: goto:<step>` names."""
        return self.on_error.removeprefix(GOTO) if self.on_error.startswith(GOTO) else None


class WorkflowDefinition(BaseModel):
    """A whole workflow, immutable once it has run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(description="The workflow's name; also the Dagster job's")
    name: str = Field(default="", max_length=200, description="What people see")
    description: str = Field(default="", max_length=8000, description="For people")
    version: int | str = Field(default=1, description="Your own label; the store numbers versions by content")
    steps: dict[str, WorkflowStep] = Field(min_length=1, description="The steps by id")
    start_step_id: str = Field(default="", description="Where it begins; default: the first step")
    category: str = Field(default="general", max_length=80, description="For grouping")
    tags: tuple[str, ...] = Field(default=(), description="Free words for finding things")
    input_schema: dict[str, Any] = Field(
        default_factory=lambda: {"type": "object", "properties": {}}, description="JSON Schema of the input"
    )
    variables: dict[str, Any] = Field(default_factory=dict, description="Values for `vars.<name>`")
    output: dict[str, Any] = Field(default_factory=dict, description="The execution's output, as expressions")
    triggers: Annotated[tuple[Any, ...], _not_yet("triggers")] = Field(
        default=(), description="Reserved: what starts it by itself"
    )

    @field_validator("steps", mode="before")
    @classmethod
    def _steps_by_id(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            key: {"id": key, **step} if isinstance(step, dict) else step  # what is no mapping is refused as such
            for key, step in value.items()
        }

    @model_validator(mode="after")
    def _start_at_first(self) -> "WorkflowDefinition":
        if not self.start_step_id:
            object.__setattr__(self, "start_step_id", next(iter(self.steps)))
        return self

    @computed_field
    @property
    def complexity_score(self) -> int:
        """1 per step, 2 more where one decides or fans out, 3 more where one calls a model, and 1 per branch."""
        score = len(self.steps)
        for step in self.steps.values():
            score += 3 if step.type in CALLS_A_MODEL else 0
            if step.type in (WorkflowStepType.CONDITIONAL_LOGIC, WorkflowStepType.PARALLEL_EXECUTION):
                branches = step.config.get("steps") or step.config.get("conditions") or []
                score += 2 + (len(branches) if isinstance(branches, list) else 0)
        return score

    @property
    def title(self) -> str:
        """What people see: the name, or the id in words."""
        return self.name or self.id.replace("_", " ")

    @property
    def content_hash(self) -> str:
        """SHA-256 over what the definition says, its version label and unsaid defaults left out."""
        # without the defaults, a field added by a later version does not make an unchanged file a new version
        said = self.model_dump(mode="python", exclude={"complexity_score", "version"}, exclude_defaults=True)
        return digest(said)

    def stored(self) -> dict[str, Any]:
        """The plain JSON form that the store keeps and `model_validate` reads back, every default spelled out."""
        plain = to_json(self.model_dump(mode="python", exclude={"complexity_score"}))
        assert isinstance(plain, dict)
        return plain


class WorkflowContext(BaseModel):
    """What an inspector sees of an execution: rebuilt from the journal each time, never the place where state lives."""

    model_config = ConfigDict(frozen=True)

    execution_id: str
    workflow_id: str
    workflow_version: int
    variables: dict[str, Any]
    step_results: dict[str, Any]
    current_step_id: str | None
    status: WorkflowStatus
    error: dict[str, Any] | None
    snapshot_data: dict[str, Any]
    metadata: dict[str, Any]
