"""The shapes of Messages API answers as typed dicts: what conversion produces and what people read.

Names and types only. Requests are not typed here: they are open by design, and every reader looks at what it needs.
"""

from typing import Any, Literal, NotRequired, TypedDict

from pipeline_project.messages.blocks import ErrorType, StopReason

# A content block, request or event as it stands on the wire; unknown keys and types are kept.
Block = dict[str, Any]
Event = dict[str, Any]


class OutputTokensDetails(TypedDict):
    """How the output tokens were spent."""

    thinking_tokens: int


class Usage(TypedDict):
    """Token counts of one answer; the whole input is the sum of the three input counts."""

    input_tokens: int
    output_tokens: int
    cache_creation_input_tokens: int
    cache_read_input_tokens: int
    output_tokens_details: NotRequired[OutputTokensDetails]


class Message(TypedDict):
    """A complete answer of `POST /v1/messages`."""

    id: str
    type: Literal["message"]
    role: Literal["assistant"]
    model: str
    content: list[Block]
    stop_reason: StopReason | None
    stop_sequence: str | None
    usage: Usage


class ErrorDetail(TypedDict):
    """What went wrong, for a client."""

    type: ErrorType
    message: str


class ErrorBody(TypedDict):
    """The body of a failed request, and the data of an `error` event."""

    type: Literal["error"]
    error: ErrorDetail
