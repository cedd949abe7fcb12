"""A provider whose wire speaks chat completions: Messages bodies are converted on the way out and back.

What a conversion lost goes to the log as counts and places, never as content.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, ClassVar

import structlog

from pipeline_project.conversion import Conversion, StreamConverter, Target, convert_request, convert_response
from pipeline_project.conversion.capabilities import Capabilities
from pipeline_project.errors import InvalidInput, ServiceError
from pipeline_project.llm import catalog, tokens
from pipeline_project.llm.providers import reach
from pipeline_project.llm.providers.base import Connection, ModelInfo, Provider, TokenCount
from pipeline_project.llm.wires.base import Wire
from pipeline_project.llm.wires.closing import closing
from pipeline_project.llm.wires.openai_wire import OpenAiWire
from pipeline_project.llm.wires.refusals import hidden, refusal
from pipeline_project.messages.shapes import Event

_LOG = structlog.get_logger(__name__)


class ChatProvider(Provider):
    """Converts for `wire` and calls `upstream`. Subclasses name themselves and make their upstream."""

    wire: ClassVar[Target] = "generic"
    native_schema: ClassVar[bool | None] = None
    """Whether an answer's JSON Schema is kept by the provider; None: it depends on the model."""

    def __init__(self, connection: Connection, upstream: Wire | None = None) -> None:
        """`upstream`: another wire than the provider's own. Raises NotConfigured for what cannot be reached so."""
        super().__init__(connection)
        self.upstream = upstream or self.open_wire()

    def open_wire(self) -> Wire:
        """The provider's own wire: chat completions at its base URL, the key as a bearer token."""
        return OpenAiWire(reach.http(self))

    def capabilities(self, model: str) -> Capabilities | None:
        """What conversion shall know of a model; None leaves it to conversion's own table."""
        return None

    def convert(self, body: Mapping[str, Any]) -> Conversion:
        """The request in this provider's wire. Raises InvalidInput."""
        self._refuse_images(body)
        plain = {key: value for key, value in body.items() if key not in ("stream", "betas")}
        name = str(body.get("model", ""))
        conversion = convert_request(plain, target=self.wire, model=self.capabilities(name))
        if conversion.losses:
            places = sorted({loss["path"] for loss in conversion.losses})
            _LOG.debug("converted with losses", provider=self.name, model=name, places=places)
        return conversion

    def _refuse_images(self, body: Mapping[str, Any]) -> None:
        """An image that the model is known not to see would be dropped, and its answer a guess."""
        where = _image_in(body.get("messages"), "$.messages")
        if where and self.get_model_info(str(body.get("model", ""))).vision is False:
            remedy = "Leave the image out, or choose a model with vision."
            raise InvalidInput(f"{self.name} {body.get('model')} sees no images", where=where, remedy=remedy)

    async def chat_completion(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """See Provider."""
        conversion = self.convert(body)
        answer = await self.send(conversion.value)
        try:
            return convert_response(answer, request=dict(body), names=conversion.names).value
        except ServiceError as error:
            where = reach.place(self, body.get("model")).name
            remedy = error.remedy or "Try again."
            raise type(error)(hidden(error.message), where=where, remedy=remedy) from error

    async def stream_completion(self, body: Mapping[str, Any]) -> AsyncIterator[Event]:
        """See Provider."""
        conversion = self.convert(body)
        converter = StreamConverter(dict(body), conversion.names)
        async with closing(self.send_stream(conversion.value)) as chunks:
            async for chunk in chunks:
                for event in converter.feed(chunk):
                    yield self._sound(event, body)
        for event in converter.finish():
            yield self._sound(event, body)

    def _sound(self, event: Event, body: Mapping[str, Any]) -> Event:
        """The event, unless it is an error: that is raised, after the events before it."""
        if event["type"] == "error":
            raise refusal(None, event, reach.place(self, body.get("model")))
        return event

    async def send(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """See Provider."""
        return await self.upstream.send(body)

    def send_stream(self, body: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """See Provider."""
        return self.upstream.stream(body)

    async def count_tokens(self, body: Mapping[str, Any]) -> TokenCount:
        """See Provider."""
        return await asyncio.to_thread(tokens.count, body, str(body.get("model", "")), self.name)

    def get_model_info(self, model: str) -> ModelInfo:
        """See Provider."""
        return catalog.model_info(model, self.name, native_schema=self.native_schema)

    async def check(self, model: str | None = None) -> str:
        """See Provider."""
        return await self.upstream.check(model)

    async def close(self) -> None:
        """See Provider."""
        await self.upstream.close()


def _image_in(value: Any, path: str) -> str | None:
    """Where the first image of some messages stands, also within a tool result; None if there is none."""
    if isinstance(value, list):
        places = (_image_in(each, f"{path}[{index}]") for index, each in enumerate(value))
        return next((place for place in places if place), None)
    if not isinstance(value, dict):
        return None
    return path if value.get("type") == "image" else _image_in(value.get("content"), f"{path}.content")
