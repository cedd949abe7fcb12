"""Ollama: models on your own machine, through its OpenAI-compatible door `/v1`.

Source: docs.ollama.com, "OpenAI compatibility" and "List models".
"""

from typing import ClassVar

from pipeline_project.llm.providers import reach
from pipeline_project.llm.providers.chat import ChatProvider
from pipeline_project.llm.wires.base import Wire
from pipeline_project.llm.wires.openai_wire import OpenAiWire


class Ollama(ChatProvider):
    """A server at your base URL; a key is sent only if there is one."""

    name: ClassVar[str] = "ollama"
    keyless: ClassVar[bool] = True
    secret: ClassVar[str] = "OLLAMA_API_KEY"  # noqa: S105 - the name of a secret
    address: ClassVar[str] = "ollama_base_url"
    native_schema: ClassVar[bool | None] = True

    def open_wire(self) -> Wire:
        """The door `/v1`, whether or not the base URL already names it."""
        base = self.connection.base_url.rstrip("/")
        return OpenAiWire(reach.http(self, base_url=base if base.endswith("/v1") else f"{base}/v1"))
