"""What every model client can do, whatever serves the model: answer a Messages request, whole or as a stream.

Refuses to say how: keys, routing, retries and cost belong to the clients and to what stands around them.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

from pipeline_project.messages.shapes import Event


class ModelClient(Protocol):
    """Answers requests of Anthropic's `POST /v1/messages` (version 2023-06-01), as plain dicts.

    Never changes the request. Both doors raise InvalidInput for a request that cannot be read (`where` = JSONPath) and
    ServiceError or its subclasses for what an upstream says; a client makes one attempt, retries are its caller's.
    """

    async def complete(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The whole answer, a message (`messages.shapes.Message`). A `stream` key in the request does not matter."""
        ...

    def stream(self, request: Mapping[str, Any]) -> AsyncIterator[Event]:
        """The answer as stream events, from message_start to message_stop, that accumulate to what `complete` returns.

        Errors before the first event are raised by the first step of the iteration; closing the iterator ends the call.
        """
        ...
