"""What a provider asks of a wire: the upstream's own words in, its own words out, one attempt, errors of our tree."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol


class Wire(Protocol):
    """One upstream. Both doors raise ServiceError and its subclasses, and NotFound for a model nobody knows there."""

    async def send(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The whole answer to a request in the upstream's own shape; never changes the request."""
        ...

    def stream(self, body: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """The chunks of a streamed answer; an error among them is raised. Closing the iterator ends the call."""
        ...

    async def check(self, model: str | None) -> str:
        """A sentence on what answered, after one harmless request with the key."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
