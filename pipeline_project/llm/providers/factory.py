"""Providers by name: what they need, and a connected one. Refuses a name it does not know and a missing key."""

from dataclasses import dataclass
from typing import Final

from pydantic import SecretStr

from pipeline_project.conversion import Target
from pipeline_project.errors import NotConfigured, NotFound
from pipeline_project.llm.providers import reach
from pipeline_project.llm.providers.anthropic import Anthropic
from pipeline_project.llm.providers.azure import Azure
from pipeline_project.llm.providers.base import Connection, ModelInfo, Provider
from pipeline_project.llm.providers.bedrock import Bedrock
from pipeline_project.llm.providers.deepseek import DeepSeek
from pipeline_project.llm.providers.google import Google
from pipeline_project.llm.providers.offline import Offline
from pipeline_project.llm.providers.ollama import Ollama
from pipeline_project.llm.providers.openai import OpenAi
from pipeline_project.llm.providers.openrouter import OpenRouter
from pipeline_project.llm.providers.recorded import Recorded
from pipeline_project.llm.providers.vertex import Vertex
from pipeline_project.llm.providers.vllm import Vllm
from pipeline_project.llm.requests import Timeouts
from pipeline_project.security import redaction
from pipeline_project.settings import SECRET_PREFIX, Settings

_KINDS: Final[tuple[type[Provider], ...]] = (
    Anthropic,
    Azure,
    Bedrock,
    DeepSeek,
    Google,
    Offline,
    Ollama,
    OpenAi,
    OpenRouter,
    Recorded,
    Vertex,
    Vllm,
)
_PROVIDERS: Final[dict[str, type[Provider]]] = {kind.name: kind for kind in _KINDS}


@dataclass(frozen=True)
class ProviderInfo:
    """What a provider needs. `secret`: the name of its key among the secrets ('' if it takes none).

    `variable`: the environment variable that may hold the key; `keyless`: it works without; `address`: the setting of
    its base URL ('' if it has none); `wire`: what `send` speaks.
    """

    name: str
    secret: str
    variable: str
    keyless: bool
    address: str
    wire: Target


def names() -> tuple[str, ...]:
    """The names of all providers, sorted."""
    return tuple(sorted(_PROVIDERS))


def info(name: str) -> ProviderInfo:
    """What the provider of that name needs. Raises NotFound, listing the names."""
    kind = _kind(name)
    variable = SECRET_PREFIX + kind.secret if kind.secret else ""
    return ProviderInfo(name, kind.secret, variable, kind.keyless, kind.address, kind.wire)


def model_info(name: str, model: str) -> ModelInfo:
    """What is known of a provider's model; neither a key nor an address is needed. Raises NotFound for the provider."""
    kind = _kind(name)
    # what is known of models lies in classes and tables; no instance is set up for it
    return kind.get_model_info(kind.__new__(kind), model)


def create(
    name: str, *, api_key: SecretStr | str | None, settings: Settings, timeouts: Timeouts | None = None
) -> Provider:
    """A provider, not connected yet; close it on the event loop that used it.

    `timeouts`: by default those of the settings. The key is registered with redaction first. Raises NotFound for the
    name, NotConfigured for a missing key or a base URL that is none.
    """
    kind = _kind(name)
    key = api_key.get_secret_value() if isinstance(api_key, SecretStr) else api_key
    if key:
        redaction.register(key)
    elif not kind.keyless:
        raise NotConfigured(f"there is no key for {name}", where=name, remedy=f"To set one, {reach.credential(kind)}.")
    base_url: str = getattr(settings, kind.address) if kind.address else ""
    if kind.address and not base_url:
        raise NotConfigured("has no address", where=name, remedy=f"Set {reach.address(kind)}.")
    return kind(Connection(base_url, key or None, timeouts or timeouts_of(settings), _options(name, settings)))


def timeouts_of(settings: Settings) -> Timeouts:
    """The limits that the settings give every call."""
    return Timeouts(settings.llm_connect_seconds, settings.llm_first_token_seconds, settings.llm_total_seconds)


def _options(name: str, settings: Settings) -> tuple[tuple[str, str], ...]:
    """What else a provider reads of the settings."""
    values = {
        "azure": ("api_version", settings.azure_api_version),
        "offline": ("script", str(settings.offline_script or "")),
        "recorded": ("file", str(settings.llm_record_file or "")),
    }
    return (values[name],) if name in values else ()


def _kind(name: str) -> type[Provider]:
    if name not in _PROVIDERS:
        raise NotFound(f"there is no provider {name!r}", where="provider", remedy=f"Use one of {', '.join(names())}.")
    return _PROVIDERS[name]
