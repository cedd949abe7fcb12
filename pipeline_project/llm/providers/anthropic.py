"""Anthropic: the Messages API itself, passed through but for what only another provider would understand."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, ClassVar

from pipeline_project.conversion import Target, convert_request
from pipeline_project.llm import catalog, tokens
from pipeline_project.llm.providers import reach
from pipeline_project.llm.providers.base import Connection, ModelInfo, Provider, TokenCount
from pipeline_project.llm.wires.anthropic_wire import VERSION, AnthropicWire
from pipeline_project.llm.wires.base import Wire
from pipeline_project.llm.wires.closing import closing
from pipeline_project.messages.shapes import Event


class Anthropic(Provider):
    """api.anthropic.com."""

    name: ClassVar[str] = "anthropic"
    wire: ClassVar[Target] = "anthropic"
    secret: ClassVar[str] = "ANTHROPIC_API_KEY"  # noqa: S105 - the name of a secret
    address: ClassVar[str] = "anthropic_base_url"

    def __init__(self, connection: Connection, upstream: Wire | None = None) -> None:
        """`upstream`: another wire than the provider's own. Raises NotConfigured for what cannot be reached so."""
        super().__init__(connection)
        headers = {"x-api-key": connection.api_key or "", "anthropic-version": VERSION}
        # the wire's paths begin with the version, which some name in the base URL as for other vendors
        base = connection.base_url.rstrip("/").removesuffix("/v1")
        self.upstream = upstream or AnthropicWire(reach.http(self, headers, base_url=base))

    async def chat_completion(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """See Provider."""
        return await self.send(convert_request(dict(body), target="anthropic").value)

    async def stream_completion(self, body: Mapping[str, Any]) -> AsyncIterator[Event]:
        """See Provider."""
        ended = False
        async with closing(self.send_stream(convert_request(dict(body), target="anthropic").value)) as events:
            async for event in events:
                ended = ended or event.get("type") == "message_stop"
                yield event
        if not ended:
            raise reach.cut_short(self, body.get("model"))

    async def send(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """See Provider."""
        return await self.upstream.send(body)

    def send_stream(self, body: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """See Provider."""
        return self.upstream.stream(body)

    async def count_tokens(self, body: Mapping[str, Any]) -> TokenCount:
        """See Provider: the vendor's own count, which is exact and free."""
        if not isinstance(self.upstream, AnthropicWire):
            return tokens.count(body, str(body.get("model", "")), self.name)
        return TokenCount(await self.upstream.count(body), exact=True, method="counted by Anthropic")

    def get_model_info(self, model: str) -> ModelInfo:
        """See Provider."""
        return catalog.model_info(model, self.name)

    async def check(self, model: str | None = None) -> str:
        """See Provider."""
        return await self.upstream.check(model)

    async def close(self) -> None:
        """See Provider."""
        await self.upstream.close()
