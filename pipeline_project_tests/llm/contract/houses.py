"""Every provider with its stand-in, and how each vendor says the same refusals: what the contract suite runs on."""

import contextlib
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from pipeline_project.conversion import Target
from pipeline_project.errors import PipelineError
from pipeline_project.llm.providers import factory, reach
from pipeline_project.llm.providers.anthropic import Anthropic
from pipeline_project.llm.providers.base import Connection, ModelInfo, Provider, TokenCount
from pipeline_project.llm.providers.chat import ChatProvider
from pipeline_project.llm.providers.deepseek import DeepSeek
from pipeline_project.llm.providers.openai import OpenAi
from pipeline_project.llm.providers.recorded import Recorded, Recording
from pipeline_project.llm.requests import Timeouts
from pipeline_project.llm.wires.base import Wire
from pipeline_project.llm.wires.litellm_wire import LitellmWire
from pipeline_project.messages.shapes import Event
from pipeline_project.settings import Settings
from pipeline_project_tests.servers.anthropic import AnthropicServer
from pipeline_project_tests.servers.deepseek import DeepSeekServer
from pipeline_project_tests.servers.gemini import GeminiServer
from pipeline_project_tests.servers.ollama import OllamaServer
from pipeline_project_tests.servers.openai import OpenAiServer
from pipeline_project_tests.servers.upstream import KEY, Fault, Reply, Request, Turn, Upstream

PATIENT = Timeouts(connect=20, first_token=60, total=120)


class AzureServer(OpenAiServer):
    """Azure's doors: the deployment in the path, the version in the query, the key in a header of its own."""

    path = "/"

    def unauthorized(self, request: Request) -> Reply | None:
        if request.headers.get("api-key") == self.key:
            assert request.query == "api-version=2024-10-21"
            assert request.method == "GET" or request.path.startswith("/openai/deployments/")
            return None
        return self.error(401, "Access denied due to invalid subscription key or wrong API endpoint.", code="401")


class RouterServer(OpenAiServer):
    models = ("openai/gpt-4o", "llama")


class LocalServer(OllamaServer):
    path = "/v1/"
    models = ("llama",)


def _openai(status: int, message: str, code: str | None = None, **headers: str) -> Fault:
    body = {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}
    return Fault(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


OPENAI_FAULTS = {
    "rate": _openai(429, "Rate limit reached for gpt-4o", "rate_limit_exceeded", retry_after="7"),
    "overloaded": _openai(503, "The engine is currently overloaded, please try again later"),
    "down": _openai(500, "The server had an error while processing your request"),
    "overflow": _openai(
        400,
        "This model's maximum context length is 128000 tokens. However, your messages resulted in 130500 tokens.",
        "context_length_exceeded",
    ),
    "content": _openai(400, "Your request was rejected as a result of our safety system.", "content_policy_violation"),
    "rejected": _openai(400, "Invalid value for 'temperature'"),
    "quota": _openai(429, "You exceeded your current quota, please check your plan", "insufficient_quota"),
}


def _claude(status: int, kind: str, message: str, **headers: str) -> Fault:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(status, {"type": "error", "error": {"type": kind, "message": message}}, named)


CLAUDE_FAULTS = {
    "rate": _claude(429, "rate_limit_error", "This request would exceed your rate limit", retry_after="7"),
    "overloaded": _claude(529, "overloaded_error", "Overloaded"),
    "down": _claude(500, "api_error", "Internal server error"),
    "overflow": _claude(400, "invalid_request_error", "prompt is too long: 130500 tokens > 128000 maximum"),
    "content": _claude(400, "invalid_request_error", "Output blocked by content filtering policy"),
    "rejected": _claude(400, "invalid_request_error", "temperature: range: 0..1"),
    "quota": _claude(402, "billing_error", "Your credit balance is too low"),
}


def _gemini(status: int, kind: str, message: str, **headers: str) -> Fault:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(status, {"error": {"code": status, "message": message, "status": kind}}, named)


GEMINI_FAULTS = {
    "rate": _gemini(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted", retry_after="7"),
    "overloaded": _gemini(503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
    "down": _gemini(500, "INTERNAL", "An internal error has occurred."),
    "overflow": _gemini(
        400,
        "INVALID_ARGUMENT",
        "The input token count (130500) exceeds the maximum number of tokens allowed (128000).",
    ),
    "content": _gemini(400, "INVALID_ARGUMENT", "The prompt was blocked: PROHIBITED_CONTENT"),
    "rejected": _gemini(400, "INVALID_ARGUMENT", "Invalid value at 'generation_config.temperature'"),
    "quota": _gemini(402, "FAILED_PRECONDITION", "Billing is not enabled"),
}


class ByLitellm(ChatProvider):
    """Anthropic through litellm, which asks for chat completions and converts itself."""

    name = "anthropic"
    wire: Target = "generic"
    secret = "ANTHROPIC_API_KEY"
    address = "anthropic_base_url"

    def open_wire(self) -> Wire:
        return litellm_wire(self, "anthropic")


def litellm_wire(provider: Provider, vendor: str) -> Wire:
    connection = provider.connection
    base = connection.base_url.rstrip("/")
    return LitellmWire(
        vendor,
        api_base=base,
        api_key=connection.api_key,
        timeouts=connection.timeouts,
        place=reach.place(provider, None),
    )


class Replayed(Provider):
    """Anthropic recorded, and every answer taken from the record: what passes here, passes through a file unchanged."""

    name = "recorded"
    wire: Target = "anthropic"

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._folder = TemporaryDirectory()
        self._file = Path(self._folder.name) / "exchanges.jsonl"
        self._live = Recording(Anthropic(connection), self._file)

    def _record(self) -> Recorded:
        options = (("file", str(self._file)),)
        return Recorded(Connection("recorded:", None, self.connection.timeouts, options))

    async def chat_completion(self, body: Mapping[str, Any]) -> dict[str, Any]:
        self._file.unlink(missing_ok=True)
        with contextlib.suppress(PipelineError):  # the record raises it again
            await self._live.chat_completion(body)
        return await self._record().chat_completion(body)

    async def stream_completion(self, body: Mapping[str, Any]) -> AsyncIterator[Event]:
        self._file.unlink(missing_ok=True)
        with contextlib.suppress(PipelineError):
            async for _ in self._live.stream_completion(body):
                pass
        async for event in self._record().stream_completion(body):
            yield event

    async def send(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return await self.chat_completion(body)

    def send_stream(self, body: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
        return self.stream_completion(body)

    async def count_tokens(self, body: Mapping[str, Any]) -> TokenCount:
        return await self._record().count_tokens(body)

    def get_model_info(self, model: str) -> ModelInfo:
        return self._live.get_model_info(model)

    async def check(self, model: str | None = None) -> str:
        return await self._live.check(model)

    async def close(self) -> None:
        await self._live.close()
        self._folder.cleanup()


class Stage:
    """Where the offline model would have a server: what is queued is a script, which its provider is opened with."""

    path = "/"

    def __init__(self) -> None:
        self.queue: deque[Any] = deque()
        self.requests: list[Any] = []
        self.chop = 0
        self._folder = TemporaryDirectory()

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    @property
    def script(self) -> Path:
        """The queued turns, then the echo that the servers answer with; played by the number of turns before."""
        turns = list(self.queue) or [Turn("echo: hello there")]
        path = Path(self._folder.name) / "script.json"
        path.write_text(json.dumps([*map(_played, turns), _played(Turn("Done."))]), encoding="utf-8")
        return path


def _played(turn: Turn) -> list[dict[str, Any]]:
    said = [{"type": "text", "text": turn.text}] if turn.text else []
    calls = [{"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments} for call in turn.calls]
    return [*said, *calls]


class OpenAiByLitellm(OpenAi):
    def open_wire(self) -> Wire:
        return litellm_wire(self, "openai")


class DeepSeekByLitellm(DeepSeek):
    def open_wire(self) -> Wire:
        return litellm_wire(self, "deepseek")


@dataclass(frozen=True)
class House:
    """A provider and its stand-in. `kind`: builds it in another way than the factory; `thinks`: its wire shows it."""

    name: str
    provider: str
    server: type[Upstream] | type[Stage]
    model: str
    address: str
    faults: dict[str, Fault] = field(default_factory=lambda: OPENAI_FAULTS)
    kind: Callable[[Connection], Provider] | None = None
    thinks: bool = False
    signs: bool = False
    keyless: bool = False
    apart: Mapping[str, str] = field(default_factory=dict)
    """What does not apply, each with the reason."""

    def __str__(self) -> str:
        return self.name

    def open(self, server: Upstream | Stage, *, key: str = KEY, timeouts: Timeouts = PATIENT) -> Provider:
        """The provider, told where the stand-in is."""
        if isinstance(server, Stage):
            told = Settings(offline_script=server.script)
            return factory.create(self.provider, api_key=None, settings=told, timeouts=timeouts)
        if self.kind is not None:
            return self.kind(Connection(server.base_url, key, timeouts))
        settings = Settings(**{self.address: server.base_url})
        return factory.create(self.provider, api_key=key, settings=settings, timeouts=timeouts)


_OPENAI = House("openai", "openai", OpenAiServer, "gpt-4o", "openai_base_url")
_CLAUDE = House(
    "anthropic",
    "anthropic",
    AnthropicServer,
    "claude-opus-5-5",
    "anthropic_base_url",
    faults=CLAUDE_FAULTS,
    thinks=True,
    signs=True,
)
_DEEPSEEK = House("deepseek", "deepseek", DeepSeekServer, "deepseek-chat", "deepseek_base_url", thinks=True)
DIRECT = (
    _OPENAI,
    _CLAUDE,
    _DEEPSEEK,
    House("openrouter", "openrouter", RouterServer, "openai/gpt-4o", "openrouter_base_url"),
    House("azure", "azure", AzureServer, "gpt-4o", "azure_base_url"),
    House("ollama", "ollama", OllamaServer, "llama3:8b", "ollama_base_url", thinks=True, keyless=True),
    House("vllm", "vllm", LocalServer, "llama", "vllm_base_url", thinks=True, keyless=True),
)
GEMINI = House(
    "google",
    "google",
    GeminiServer,
    "gemini-3.1-pro-preview",
    "google_base_url",
    faults=GEMINI_FAULTS,
    thinks=True,
    signs=True,
)
PAIRS = (
    (_OPENAI, replace(_OPENAI, name="openai by litellm", kind=OpenAiByLitellm)),
    (_CLAUDE, replace(_CLAUDE, name="anthropic by litellm", kind=ByLitellm)),
    (_DEEPSEEK, replace(_DEEPSEEK, name="deepseek by litellm", kind=DeepSeekByLitellm)),
)
_REPLAYED = "the record is replayed whole, after the call"
RECORDED = replace(
    _CLAUDE,
    name="recorded",
    kind=Replayed,
    apart={"while it lasts": _REPLAYED, "limits": "limits are those of the call that was recorded"},
)
_NOBODY = "no server is asked"
OFFLINE = House(
    "offline",
    "offline",
    Stage,
    "offline",
    "",
    keyless=True,
    apart={
        "while it lasts": _NOBODY,
        "limits": _NOBODY,
        "refusals": "nobody refuses",
        "tokens": "its tokens are counted, not scripted",
        "thinking": "it does not think",
        "finish": "a script is played to its end",
        "unknown models": "it answers under any name",
        "connections": _NOBODY,
        "listing": "there is no list of models to ask for",
    },
)
ALL = (*DIRECT, GEMINI, *(second for _, second in PAIRS), RECORDED, OFFLINE)


def needs(house: House, what: str) -> None:
    """Skip a test of what does not apply to a house."""
    if what in house.apart:
        pytest.skip(f"{house.name}: {house.apart[what]}")


@asynccontextmanager
async def opened(house: House, server: Upstream | Stage, **how: Any) -> AsyncIterator[Provider]:
    async with house.open(server, **how) as provider:
        yield provider


@contextmanager
def running(house: House) -> Iterator[Any]:
    with house.server() as server:
        yield server


def asked(house: House, text: str = "hello there", **more: Any) -> dict[str, Any]:
    return {"model": house.model, "max_tokens": 200, "messages": [{"role": "user", "content": text}], **more}
