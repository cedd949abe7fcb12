"""What every tool is: a name, a schema, a declared risk, and one coroutine from an input to a result.

A tool knows nothing of Dagster, of the model that asks, or of its siblings. It raises the errors of errors.py; `run`
turns them into a result with is_error, so that a model reads one sentence that says what to do next.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, Self, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator

from pipeline_project.governance.actions import Action, Complexity, Resource
from pipeline_project.governance.permissions import Decision
from pipeline_project.messages.shapes import Block
from pipeline_project.tools.coercion import as_meant

if TYPE_CHECKING:
    from pipeline_project.tools.session import Session


class ToolInput(BaseModel):
    """Base of every tool's input and its parts: unknown keys are refused, numeric strings become numbers.

    A null says what leaving an optional field out says; see `coercion` for the rest of what is understood.
    Descriptions are shown to the model.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _as_meant(cls, given: Any) -> Any:
        return as_meant(cls.model_fields, given) if isinstance(given, Mapping) else given


@dataclass(frozen=True)
class Footprint:
    """What a call touches, for the planner: real absolute paths, folders standing for all below them.

    `everything`: it may touch anything, so it conflicts with every other call.
    """

    reads: frozenset[Path] = frozenset()
    writes: frozenset[Path] = frozenset()
    everything: bool = False


@dataclass(frozen=True)
class ToolResult:
    """What a model is told, and what a program may use.

    `content`: Messages blocks (text, image, document). `structured`: the same as JSON. `duration`: seconds.
    `sandbox`: the layers that held a command. `written`: real paths that were created or changed.
    `untrusted`: the content comes from outside, and says so to the model.
    """

    content: tuple[Block, ...]
    is_error: bool = False
    structured: Any = None
    duration: float = 0.0
    sandbox: str | None = None
    written: tuple[Path, ...] = ()
    untrusted: bool = False
    decision: Decision | None = None
    code: str | None = None
    """Of the error, as in errors.py."""
    retry_after: float | None = None
    """Seconds that a remote service asked us to wait before the next attempt."""

    @classmethod
    def of_text(cls, text: str, **values: Any) -> Self:
        """A result of one text block."""
        return cls(content=({"type": "text", "text": text},), **values)

    @property
    def text(self) -> str:
        """The text blocks, joined by line breaks."""
        return "\n".join(block["text"] for block in self.content if block["type"] == "text")

    def with_(self, **values: Any) -> Self:
        """The same with other values."""
        return replace(self, **values)


InputT = TypeVar("InputT", bound=ToolInput)


class Tool(ABC, Generic[InputT]):
    """One tool. Subclasses set the class variables and write `run`; an instance holds no state."""

    name: ClassVar[str]
    description: ClassVar[str]
    """What the model reads: what it does, when to use it, what its limits are."""
    input: ClassVar[type[ToolInput]]
    version: ClassVar[int] = 1
    aliases: ClassVar[tuple[str, ...]] = ()
    complexity: ClassVar[Complexity] = Complexity.CRITICAL
    reads_files: ClassVar[bool] = False
    writes_files: ClassVar[bool] = False
    idempotent: ClassVar[bool] = False
    """A network read: a batch may try it again after a transient error."""
    family: ClassVar[str]
    """files, search, web, system or notebooks: the job it belongs to."""

    def action(self, arguments: InputT, session: "Session") -> Action:
        """What governance decides about; a tool whose risk depends on its input overrides it."""
        return Action(self.name, self.complexity, reads=self.reads_files, writes=self.writes_files)

    @abstractmethod
    def resource(self, arguments: InputT, session: "Session") -> Resource:
        """What the call touches. Raises PermissionDenied for a path outside the workspace, InvalidInput."""

    def footprint(self, arguments: InputT, session: "Session") -> Footprint:
        """What the planner looks at; by default everything, which is safe and slow."""
        return Footprint(everything=True)

    def read_only(self, arguments: InputT, session: "Session") -> bool:
        """Whether the call changes nothing."""
        return self.complexity <= Complexity.ANALYZE

    @abstractmethod
    async def run(self, arguments: InputT, session: "Session") -> ToolResult:
        """Do it. Raises the errors of errors.py; blocking work goes through asyncio.to_thread."""

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """The JSON Schema of the input."""
        return cls.input.model_json_schema()


@dataclass(frozen=True)
class AgentAnswer:
    """What a sub-agent ended with. `usage`: token counts by name; `cost`: US dollars as text, None when unknown."""

    text: str
    turns: int
    tool_calls: int
    usage: Mapping[str, int] = field(default_factory=dict)
    cost: str | None = None
    model: str = ""


class SubAgents(Protocol):
    """Runs a sub-agent; implemented above the tools, handed in by whoever opens the session."""

    async def run(
        self, *, description: str, prompt: str, agent_type: str, model: str | None, session: "Session"
    ) -> AgentAnswer:
        """The sub-agent's last words. Raises Conflict when a depth, turn or cost budget is used up."""
        ...


class Answers(Protocol):
    """Answers a question about a page; a small model stands behind it."""

    async def answer(self, *, question: str, page: str, source: str) -> str:
        """The answer, from the page alone."""
        ...
