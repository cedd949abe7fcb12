"""What the tests of the client share: settings that lead to stand-ins, a table of models, a clock, and the records."""

import asyncio
from datetime import UTC, datetime

from sqlalchemy import select

from pipeline_project import settings
from pipeline_project.llm.client import Client
from pipeline_project.llm.requests import Request
from pipeline_project.persistence import engine
from pipeline_project.persistence.tables import llm_calls
from pipeline_project_tests.servers.upstream import KEY

VENDORS = "OPENAI ANTHROPIC GEMINI GOOGLE DEEPSEEK OPENROUTER AZURE".split()  # noqa: SIM905 - read as a text
TABLE = """
models:
  - {pattern: claude-opus-5-5, provider: anthropic, context_window: 200000, max_output: 64000, vision: true,
     tools: true, thinking: true, json_schema: true, input_price: 5, output_price: 25}
  - {pattern: gpt-4o, provider: openai, context_window: 128000, max_output: 1000, vision: true, tools: true,
     thinking: false, json_schema: true, input_price: 2.5, output_price: 10}
  - {pattern: gpt-5, provider: openai, context_window: 400000, max_output: 128000, tools: true, json_schema: true}
fallbacks:
  claude-opus-5-5: [gpt-4o]
  sonnet: [gpt-4o]
  claude-haiku-4-5: [gpt-5]
"""
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


class StillClock:
    """Time that passes only while somebody sleeps."""

    def __init__(self):
        self.seconds = 0.0
        self.slept = []
        self.at = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def now(self):
        return self.at

    def monotonic(self):
        return self.seconds

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.seconds += seconds


def configure(monkeypatch, folder, table=TABLE, **servers):
    """The settings in force: each server stands for its provider, with the key it takes."""
    for vendor in VENDORS:
        monkeypatch.delenv(f"{vendor}_API_KEY", raising=False)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "models.yaml"
    file.write_text(table, encoding="utf-8")
    monkeypatch.setenv("PIPELINE_LLM_MODELS_FILE", str(file))
    for name, server in servers.items():
        monkeypatch.setenv(f"PIPELINE_{name.upper()}_BASE_URL", server.base_url)
        monkeypatch.setenv(f"PIPELINE_SECRET_{name.upper()}_API_KEY", KEY)
    settings.load.cache_clear()
    return settings.load()


def ask(request, **values):
    """The answer of a new client."""

    async def go():
        async with Client(settings.load(), engine.default(), **values) as client:
            return await client.complete(request)

    return asyncio.run(go())


def listen(request, **values):
    """All events of a stream of a new client."""

    async def go():
        async with Client(settings.load(), engine.default(), **values) as client:
            return [event async for event in client.stream(request)]

    return asyncio.run(go())


def of(text="Hello", **values):
    return Request.of_text(text, **{"model": "claude-opus-5-5", "max_tokens": 100, **values})


def records():
    """Every record, oldest first."""
    with engine.default().read() as connection:
        return list(connection.execute(select(llm_calls).order_by(llm_calls.c.at, llm_calls.c.attempt)))
