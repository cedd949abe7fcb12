"""The Messages API as pydantic models: the door for people, forms and ops. Conversion works on plain dicts.

A model holds exactly what came over the wire: unknown keys and unknown block types are kept, nothing is coerced, and
`to_wire` gives back what `from_wire` took. Judging a request is validation's work, not this module's.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Tag, ValidationError

from pipeline_project.errors import InvalidInput
from pipeline_project.messages.blocks import Role


class Wire(BaseModel):
    """A JSON object of the wire: strict about what it knows, open to what it does not."""

    model_config = ConfigDict(extra="allow", strict=True, protected_namespaces=())

    @classmethod
    def from_wire(cls, value: Any) -> Self:
        """The model of a JSON object. Raises InvalidInput that names the first place that does not fit."""
        try:
            return cls.model_validate(value)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in first["loc"])
            raise InvalidInput(first["msg"], where=f"${place}", remedy="Correct the value.") from error

    def to_wire(self) -> dict[str, Any]:
        """The JSON object that this model was made from, or that was built with it."""
        return self.model_dump(exclude_unset=True)


class TextBlock(Wire):
    """Words."""

    type: Literal["text"]
    text: str


class ImageBlock(Wire):
    """A picture; `source` is base64, url or file."""

    type: Literal["image"]
    source: dict[str, Any]


class DocumentBlock(Wire):
    """A document; `source` is base64, text, content, url or file."""

    type: Literal["document"]
    source: dict[str, Any]
    title: str | None = None
    context: str | None = None


class ThinkingBlock(Wire):
    """What the model thought, signed by the provider."""

    type: Literal["thinking"]
    thinking: str


class ToolUseBlock(Wire):
    """A call of a tool that the client runs."""

    type: Literal["tool_use"]
    id: str
    name: str
    input: dict[str, Any]


class ToolResultBlock(Wire):
    """The answer to a call."""

    type: Literal["tool_result"]
    tool_use_id: str
    content: "str | list[Block] | None" = None
    is_error: bool | None = None


class OtherBlock(Wire):
    """Any other block, known to the API or not yet; it is kept as it is."""

    type: str


_KNOWN = frozenset({"text", "image", "document", "thinking", "tool_use", "tool_result"})


def _tag(block: Any) -> str:
    kind = block.get("type") if isinstance(block, dict) else getattr(block, "type", None)
    return kind if isinstance(kind, str) and kind in _KNOWN else "other"


Block = Annotated[
    Annotated[TextBlock, Tag("text")]
    | Annotated[ImageBlock, Tag("image")]
    | Annotated[DocumentBlock, Tag("document")]
    | Annotated[ThinkingBlock, Tag("thinking")]
    | Annotated[ToolUseBlock, Tag("tool_use")]
    | Annotated[ToolResultBlock, Tag("tool_result")]
    | Annotated[OtherBlock, Tag("other")],
    Discriminator(_tag),
]


class Turn(Wire):
    """One turn of a conversation."""

    role: Role
    content: str | list[Block]


class Tool(Wire):
    """A tool the model may call; tools that Anthropic defines have a dated `type` and no schema."""

    name: str | None = None
    description: str | None = None
    input_schema: dict[str, Any] | None = None


class MessagesRequest(Wire):
    """The body of `POST /v1/messages`, or of count_tokens, which has no `max_tokens`."""

    model: str
    messages: list[Turn]
    max_tokens: int | None = None
    system: str | list[Block] | None = None
    tools: list[Tool] | None = None
    tool_choice: dict[str, Any] | None = None
    thinking: dict[str, Any] | None = None
    output_config: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    stop_sequences: list[str] | None = None
    temperature: int | float | None = None
    top_p: int | float | None = None
    stream: bool | None = None


class MessagesResponse(Wire):
    """A complete answer; `usage` has the token counts."""

    id: str
    type: Literal["message"]
    role: Literal["assistant"]
    model: str
    content: list[Block]
    stop_reason: str | None
    stop_sequence: str | None = None
    usage: dict[str, Any]


ToolResultBlock.model_rebuild()
