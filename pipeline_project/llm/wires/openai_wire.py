"""OpenAI's chat completions over HTTP, as OpenAI, DeepSeek, OpenRouter, Azure, vLLM, Ollama and many others speak it.

Source: platform.openai.com, API reference "Chat"; learn.microsoft.com, "Azure OpenAI REST API reference".
"""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final

from pipeline_project.llm.wires.http import HttpWire

CHAT: Final = "chat/completions"


class OpenAiWire:
    """Sends bodies of `POST /chat/completions`. `path`: where the body's model is asked, for Azure's deployments."""

    def __init__(self, http: HttpWire, *, path: Callable[[str], str] = lambda _: CHAT, models: str = "models") -> None:
        self._http = http
        self._path = path
        self._models = models

    async def send(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """See Wire."""
        plain = {key: value for key, value in body.items() if key not in ("stream", "stream_options")}
        return await self._http.post(self._path(str(body.get("model"))), plain)

    def stream(self, body: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """See Wire. Usage is asked for, because none is sent otherwise."""
        asked = {**body, "stream": True, "stream_options": {"include_usage": True}}
        return self._http.events(self._path(str(body.get("model"))), asked, is_last=_is_last)

    async def check(self, model: str | None) -> str:
        """See Wire: asks for the list of models, which costs nothing."""
        answer = await self._http.get(self._models)
        names = [str(each.get("id")) for each in answer.get("data") or () if isinstance(each, dict)]
        return said_of(names, model)

    async def close(self) -> None:
        """See Wire."""
        await self._http.close()


def _is_last(chunk: Mapping[str, Any]) -> bool:
    """Whether a chunk says why the answer ends, or is the usage that follows it."""
    choices = chunk.get("choices")
    if not isinstance(choices, list) or not choices:
        return isinstance(chunk.get("usage"), Mapping)
    return any(isinstance(choice, Mapping) and choice.get("finish_reason") for choice in choices)


def said_of(names: list[str], model: str | None) -> str:
    """A sentence on a provider that listed these models."""
    listed = f"It answers and lists {len(names)} models"
    if model is None:
        return f"{listed}."
    return f"{listed}, {model} {'among them' if model in names else 'not among them'}."
