"""Replays recorded exchanges, for tests and demonstrations without a vendor; and records those of another provider.

What was not recorded is refused. A whole answer is also replayed as a stream, and a stream as a whole answer.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from pipeline_project.conversion import Target, accumulate
from pipeline_project.errors import NotConfigured, PipelineError
from pipeline_project.llm import tokens
from pipeline_project.llm.providers.base import Connection, ModelInfo, Provider, TokenCount
from pipeline_project.llm.recordings import Recorder, Recordings, error_of
from pipeline_project.llm.wires.closing import closing
from pipeline_project.messages.shapes import Block, Event

# How the text of a block is streamed: its field, and the delta's type and field.
_DELTAS = {
    "text": (("text", "text_delta", "text"),),
    "thinking": (("thinking", "thinking_delta", "thinking"), ("signature", "signature_delta", "signature")),
}


class Recorded(Provider):
    """Answers from a file. `options` of the connection: `file`."""

    name: ClassVar[str] = "recorded"
    wire: ClassVar[Target] = "anthropic"
    keyless: ClassVar[bool] = True

    def __init__(self, connection: Connection) -> None:
        """Raises NotConfigured without a file, InvalidInput for one that is none."""
        super().__init__(connection)
        file = dict(connection.options).get("file")
        if not file:
            raise NotConfigured("has no file to replay", where=self.name, remedy="Set PIPELINE_LLM_RECORD_FILE.")
        self._recordings = Recordings(Path(file))

    async def chat_completion(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """See Provider. Raises NotFound for what was not recorded."""
        exchange = self._recordings.find(body)
        if "error" in exchange:
            raise error_of(exchange["error"])
        return accumulate(exchange["events"]) if "events" in exchange else dict(exchange["response"])

    async def stream_completion(self, body: Mapping[str, Any]) -> AsyncIterator[Event]:
        """See Provider. Raises NotFound for what was not recorded."""
        exchange = self._recordings.find(body)
        for event in exchange.get("events") or (_events(exchange["response"]) if "response" in exchange else ()):
            yield event
        if "error" in exchange:
            raise error_of(exchange["error"])

    async def send(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """See Provider: its wire is Anthropic's."""
        return await self.chat_completion(body)

    def send_stream(self, body: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """See Provider."""
        return self.stream_completion(body)

    async def count_tokens(self, body: Mapping[str, Any]) -> TokenCount:
        """See Provider."""
        return tokens.count(body, str(body.get("model", "")), self.name)

    def get_model_info(self, model: str) -> ModelInfo:
        """See Provider: whatever was recorded."""
        return ModelInfo(name=model, provider=self.name, input_price="0", output_price="0")

    async def check(self, model: str | None = None) -> str:
        """See Provider."""
        return "It replays a file; there is nobody to reach."


class Recording(Provider):
    """Another provider, each exchange of which is appended to a file. A stream that is left early is not kept."""

    name: ClassVar[str] = "recording"

    def __init__(self, inner: Provider, path: Path) -> None:
        super().__init__(inner.connection)
        self._inner = inner
        self._recorder = Recorder(path)

    async def chat_completion(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """See Provider."""
        try:
            answer = await self._inner.chat_completion(body)
        except PipelineError as error:
            self._recorder.error(body, error)
            raise
        self._recorder.response(body, answer)
        return answer

    async def stream_completion(self, body: Mapping[str, Any]) -> AsyncIterator[Event]:
        """See Provider."""
        events: list[Event] = []
        try:
            async with closing(self._inner.stream_completion(body)) as stream:
                async for event in stream:
                    events.append(event)
                    yield event
        except PipelineError as error:
            self._recorder.error(body, error, events)
            raise
        self._recorder.events(body, events)

    async def send(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """See Provider; not recorded, because it is in the wire of the other."""
        return await self._inner.send(body)

    def send_stream(self, body: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """See Provider; not recorded."""
        return self._inner.send_stream(body)

    async def count_tokens(self, body: Mapping[str, Any]) -> TokenCount:
        """See Provider."""
        return await self._inner.count_tokens(body)

    def get_model_info(self, model: str) -> ModelInfo:
        """See Provider."""
        return self._inner.get_model_info(model)

    async def check(self, model: str | None = None) -> str:
        """See Provider."""
        return await self._inner.check(model)

    async def close(self) -> None:
        """See Provider."""
        await self._inner.close()


def _events(message: Mapping[str, Any]) -> Iterator[Event]:
    """A whole message as the events of a stream, a block at a time."""
    usage = message.get("usage") or {}
    start = {**message, "content": [], "stop_reason": None, "stop_sequence": None}
    yield {"type": "message_start", "message": {**start, "usage": {**usage, "output_tokens": 0}}}
    for index, block in enumerate(message["content"]):
        empty, deltas = _parts(block)
        yield {"type": "content_block_start", "index": index, "content_block": empty}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    ending = {key: message.get(key) for key in ("stop_reason", "stop_sequence")}
    yield {"type": "message_delta", "delta": ending, "usage": {**usage}}
    yield {"type": "message_stop"}


def _parts(block: Block) -> tuple[Block, list[dict[str, Any]]]:
    """A block as it starts, and what is added to it; one of another kind starts whole."""
    fields = [each for each in _DELTAS.get(block["type"], ()) if each[0] in block]
    empty = {**block, **{field: "" for field, _, _ in fields}}
    return empty, [{"type": kind, name: block[field]} for field, kind, name in fields if block[field]]
