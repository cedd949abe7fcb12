"""What every provider is: Anthropic's shapes in and out, one attempt per call, errors of our tree.

A provider knows its wire and its vendor's habits. It refuses to choose, to repeat, to price and to remember: routing,
retries, costs and records stand around it.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, ClassVar, Self

from pipeline_project.conversion import Target
from pipeline_project.llm.requests import Timeouts
from pipeline_project.messages.shapes import Event


@dataclass(frozen=True)
class Connection:
    """How a provider is reached. `api_key` is None where none is needed; it is never shown (`repr` hides it)."""

    base_url: str
    api_key: str | None
    timeouts: Timeouts = field(default_factory=Timeouts)
    options: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"Connection({self.base_url!r})"


@dataclass(frozen=True)
class TokenCount:
    """Tokens of a request's input; `exact`: counted with the model's own tokenizer, else an estimate; `method`."""

    tokens: int
    exact: bool
    method: str


@dataclass(frozen=True)
class ModelInfo:
    """What is known of a model. None is unknown. Prices: US dollars per million tokens, as text."""

    name: str
    provider: str
    context_window: int | None = None
    max_output: int | None = None
    vision: bool | None = None
    tools: bool | None = None
    thinking: bool | None = None
    json_schema: bool | None = None
    input_price: str | None = None
    output_price: str | None = None


class Provider(ABC):
    """One provider, for one event loop; `async with` closes its connections."""

    name: ClassVar[str]
    wire: ClassVar[Target]
    """What `send` and `send_stream` speak: a target of `conversion`."""
    keyless: ClassVar[bool] = False
    secret: ClassVar[str] = ""
    """The name of its key among the secrets; also a keyless provider may have one, for a server that asks for it."""
    address: ClassVar[str] = ""
    """The setting of its base URL; '' if it has none."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @abstractmethod
    async def chat_completion(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The whole answer as an Anthropic message, to a body of `POST /v1/messages` with the upstream's model name.

        Raises InvalidInput for what cannot be sent, ServiceError and its subclasses for what the vendor says.
        """

    @abstractmethod
    def stream_completion(self, body: Mapping[str, Any]) -> AsyncIterator[Event]:
        """The answer as events of the Messages API; closing the iterator closes the upstream."""

    @abstractmethod
    async def send(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """One exchange in the provider's own wire, for callers that convert themselves."""

    @abstractmethod
    def send_stream(self, body: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """The chunks of a streamed exchange in the provider's own wire; errors among them are raised."""

    @abstractmethod
    async def count_tokens(self, body: Mapping[str, Any]) -> TokenCount:
        """Input tokens of a body: system, tools, messages, images and documents."""

    @abstractmethod
    def get_model_info(self, model: str) -> ModelInfo:
        """What is known of a model, without asking anybody."""

    async def check(self, model: str | None = None) -> str:
        """A sentence on whether the provider can be reached and takes the key. Raises as `send` does."""
        raise NotImplementedError

    async def close(self) -> None:
        """Close connections."""
        return

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
