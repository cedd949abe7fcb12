"""Vendors as a person configures them: a base URL, and a key in the environment or in the store; nothing else."""

from dataclasses import dataclass

from pipeline_project import settings
from pipeline_project.conversion import Target
from pipeline_project.llm.keys import KeyStore, Place
from pipeline_project.llm.providers import factory
from pipeline_project.persistence import engine
from pipeline_project_tests.servers.anthropic import AnthropicServer
from pipeline_project_tests.servers.deepseek import DeepSeekServer
from pipeline_project_tests.servers.gemini import GeminiServer
from pipeline_project_tests.servers.ollama import OllamaServer
from pipeline_project_tests.servers.openai import OpenAiServer
from pipeline_project_tests.servers.upstream import KEY, Upstream


@dataclass(frozen=True)
class Vendor:
    """`model`: as a person asks for it; `wire`: what its provider speaks; `priced`: whether a table knows its price."""

    name: str
    server: type[Upstream]
    model: str
    wire: Target
    priced: bool = True

    def __str__(self) -> str:
        return self.name

    @property
    def upstream(self) -> str:
        return self.model.rsplit("/", 1)[-1]


VENDORS = (
    Vendor("openai", OpenAiServer, "gpt-4o", "openai"),
    Vendor("anthropic", AnthropicServer, "claude-opus-5-5", "anthropic"),
    Vendor("google", GeminiServer, "gemini-3.1-pro-preview", "gemini"),
    Vendor("deepseek", DeepSeekServer, "deepseek-chat", "deepseek"),
    Vendor("ollama", OllamaServer, "ollama/llama3:8b", "generic", priced=False),
)


def configure(monkeypatch, vendor: Vendor, server: Upstream, *, stored: bool = False, key: str = KEY) -> None:
    """Say where the vendor is and give it a key, unless it takes none. `stored`: in the store of keys."""
    info = factory.info(vendor.name)
    monkeypatch.setenv(f"PIPELINE_{info.address.upper()}", server.base_url)
    if not info.keyless and not stored:
        monkeypatch.setenv(f"PIPELINE_SECRET_{info.secret}", key)
    settings.load.cache_clear()
    if not info.keyless and stored:
        KeyStore(engine.default(), settings.load()).set(Place(vendor.name), key, by="user:tester")
