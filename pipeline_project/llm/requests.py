"""What is asked of a model, by whom, and what the model has to be able to do.

Values only. The messages keep Anthropic's shapes (plain dicts); everything around them is typed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from pydantic import SecretStr

from pipeline_project.messages.shapes import Block

ComplexityClass = Literal["simple", "moderate", "complex", "advanced"]


@dataclass(frozen=True)
class Caller:
    """Who asks: what a call is booked on, and whose key and budgets apply. '' is nobody in particular."""

    user: str = ""
    workspace: str = ""
    environment: str = ""
    workflow_id: str = ""
    execution_id: str = ""
    step_id: str = ""
    run_id: str = ""
    agent: str = ""


@dataclass(frozen=True)
class Needs:
    """What routing must respect beside what the request itself shows (tools, images, a schema, its length).

    `max_price`: US dollars per million output tokens; `providers`: preferred ones, best first; `only`: no others.
    """

    complexity: ComplexityClass | None = None
    tools: bool = False
    vision: bool = False
    json: bool = False
    thinking: bool = False
    max_price: float | None = None
    providers: tuple[str, ...] = ()
    only: bool = False


@dataclass(frozen=True)
class Timeouts:
    """Seconds. `first_token`: until the first event of a stream, or the beginning of an answer; `total`: all of it."""

    connect: float = 10
    first_token: float = 120
    total: float = 600


@dataclass(frozen=True)
class Request:
    """One completion. `model`: a name, alias or provider/name; None leaves it to routing.

    `schema`: JSON Schema the answer shall fit. `extra`: further keys of the Messages API, passed on. `api_key`: the
    caller's own, used instead of a stored one and kept nowhere. `cache`: "on" answers a repeated request of
    temperature 0 from the store, "force" any.
    """

    messages: Sequence[Mapping[str, Any]]
    model: str | None = None
    system: str | Sequence[Block] | None = None
    max_tokens: int = 4096
    tools: Sequence[Mapping[str, Any]] = ()
    tool_choice: Mapping[str, Any] | None = None
    temperature: float | None = None
    stop_sequences: Sequence[str] = ()
    thinking: Mapping[str, Any] | None = None
    schema: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    caller: Caller = field(default_factory=Caller)
    needs: Needs = field(default_factory=Needs)
    api_key: SecretStr | None = None
    timeouts: Timeouts | None = None
    cache: Literal["off", "on", "force"] = "off"
    fallback: bool = True

    @classmethod
    def of_text(cls, prompt: str, **values: Any) -> Self:
        """A request of one user message."""
        return cls(messages=[{"role": "user", "content": prompt}], **values)

    @classmethod
    def of_body(cls, body: Mapping[str, Any], **values: Any) -> Self:
        """A request of a body of `POST /v1/messages`; `stream` is dropped, unknown keys go to `extra`."""
        named = {"system", "max_tokens", "tools", "tool_choice", "temperature", "stop_sequences", "thinking"}
        known = {key: body[key] for key in named if body.get(key) is not None}
        rest = {key: value for key, value in body.items() if key not in {*named, "model", "messages", "stream"}}
        return cls(**{"messages": body["messages"], "model": body.get("model"), **known, "extra": rest, **values})

    def body(self, model: str) -> dict[str, Any]:
        """The body of `POST /v1/messages` for that model, without the schema."""
        optional = {
            "system": self.system,
            "tools": list(self.tools) or None,
            "tool_choice": self.tool_choice,
            "temperature": self.temperature,
            "stop_sequences": list(self.stop_sequences) or None,
            "thinking": self.thinking,
        }
        chosen = {key: value for key, value in optional.items() if value is not None}
        return {"model": model, "max_tokens": self.max_tokens, "messages": list(self.messages), **chosen, **self.extra}
