"""Models that write a line to a file for every request they are sent, and answer with what they were asked."""

import asyncio
import os
from pathlib import Path
from typing import Any

from pipeline_project.errors import NotFound
from pipeline_project.gateway.models import Called, Route


class CountingClient:
    """Answers with the last message's text, after the event loop went round once."""

    def __init__(self, log: Path, *, die_at: int | None = None) -> None:
        self.log = log
        self.die_at = die_at
        self.running = 0
        self.most_running = 0

    async def complete(self, request) -> dict[str, Any]:
        text = request["messages"][-1]["content"]
        file = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, f"{text}\n".encode())
        os.close(file)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        if self.die_at is not None and len(sent(self.log)) >= self.die_at:
            os.kill(os.getpid(), 9)
        await asyncio.sleep(0)
        await self.before_answer(text)
        self.running -= 1
        return {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "counting",
            "content": [{"type": "text", "text": f"answer to {text}"}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 3, "output_tokens": 4},
        }

    async def before_answer(self, text: str) -> None:
        """What a test wants to happen while the request is in flight."""


class CountingModels:
    """One model, `counting`, that speaks Anthropic's words."""

    def __init__(self, client: Any, wire: Any = "anthropic") -> None:
        self.served = client
        self.wire = wire

    def route(self, name: str) -> Route:
        if name != "counting":
            raise NotFound(f"there is no model {name!r}", where="model", remedy="Known names: counting.")
        return Route("counting", "counting", self.wire)

    def check(self, route: Route) -> None:
        """It needs no key."""

    async def call(self, route: Route, request: Any, sent: Any, *, read: Any, step: Any = None) -> Called:
        answer = await self.served.complete(sent)
        return Called(answer, read(answer))


def sent(log: Path) -> list[str]:
    """The texts that were sent, in order."""
    return log.read_text(encoding="utf-8").splitlines() if log.exists() else []
