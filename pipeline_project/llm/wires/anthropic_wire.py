"""Anthropic's Messages API over HTTP, whole and streamed.

Beta features are asked for by a list `betas` in the body, which becomes the header `anthropic-beta`.
Source: platform.claude.com, API reference "Messages" and "Streaming" (version 2023-06-01).
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from pipeline_project.llm.wires.http import HttpWire
from pipeline_project.llm.wires.openai_wire import said_of

VERSION: Final = "2023-06-01"
_MESSAGES: Final = "v1/messages"


class AnthropicWire:
    """Sends bodies of `POST /v1/messages`."""

    def __init__(self, http: HttpWire) -> None:
        self._http = http

    async def send(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """See Wire."""
        plain = {key: value for key, value in body.items() if key not in ("stream", "betas")}
        return await self._http.post(_MESSAGES, plain, headers=_betas(body))

    def stream(self, body: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """See Wire."""
        asked = {**{key: value for key, value in body.items() if key != "betas"}, "stream": True}
        return self._http.events(_MESSAGES, asked, headers=_betas(body))

    async def count(self, body: Mapping[str, Any]) -> int:
        """Input tokens as the vendor counts them, free of charge; `max_tokens` and the like are left out."""
        kept = ("model", "messages", "system", "tools", "tool_choice", "thinking")
        plain = {key: body[key] for key in kept if body.get(key) is not None}
        answer = await self._http.post(f"{_MESSAGES}/count_tokens", plain, headers=_betas(body))
        return int(answer["input_tokens"])

    async def check(self, model: str | None) -> str:
        """See Wire: asks for the list of models, which costs nothing."""
        answer = await self._http.get("v1/models?limit=1000")
        names = [str(each.get("id")) for each in answer.get("data") or () if isinstance(each, dict)]
        return said_of(names, model)

    async def close(self) -> None:
        """See Wire."""
        await self._http.close()


def _betas(body: Mapping[str, Any]) -> dict[str, str]:
    betas = body.get("betas")
    return {"anthropic-beta": ",".join(map(str, betas))} if isinstance(betas, list) and betas else {}
