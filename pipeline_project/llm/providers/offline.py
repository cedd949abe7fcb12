"""The offline model as a provider: no key, no network, no model; every answer says so."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from pipeline_project.conversion import Target
from pipeline_project.llm import tokens
from pipeline_project.llm.providers.base import Connection, ModelInfo, Provider, TokenCount
from pipeline_project.llm.wires.closing import closing
from pipeline_project.messages.shapes import Event


class Offline(Provider):
    """Ships with the product. `options` of the connection: `script`, a file of turns to play."""

    name: ClassVar[str] = "offline"
    wire: ClassVar[Target] = "anthropic"
    keyless: ClassVar[bool] = True

    def __init__(self, connection: Connection) -> None:
        """Raises InvalidInput when the script is none."""
        from pipeline_project.llm.offline import OfflineModel  # vocabularies: not for who only lists the providers

        super().__init__(connection)
        script = dict(connection.options).get("script")
        self._model = OfflineModel(Path(script) if script else None)

    async def chat_completion(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """See Provider."""
        return await self._model.complete(body)

    async def stream_completion(self, body: Mapping[str, Any]) -> AsyncIterator[Event]:
        """See Provider."""
        async with closing(self._model.stream(body)) as events:
            async for event in events:
                yield event

    async def send(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """See Provider: its wire is Anthropic's."""
        return await self.chat_completion(body)

    def send_stream(self, body: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """See Provider."""
        return self.stream_completion(body)

    async def count_tokens(self, body: Mapping[str, Any]) -> TokenCount:
        """See Provider."""
        return tokens.count(body, "offline", self.name)

    def get_model_info(self, model: str) -> ModelInfo:
        """See Provider."""
        return ModelInfo(
            name=model,
            provider=self.name,
            context_window=1_000_000,
            max_output=64_000,
            vision=False,
            tools=True,
            thinking=False,
            json_schema=True,
            input_price="0",
            output_price="0",
        )

    async def check(self, model: str | None = None) -> str:
        """See Provider."""
        return "It is always there: rules, no model."
