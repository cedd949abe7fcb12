"""What messages call a provider's key and base URL, and the HTTP wire that uses both. Refuses to show the key."""

from collections.abc import Mapping

from pipeline_project.errors import ServiceUnavailable
from pipeline_project.llm.providers.base import Provider
from pipeline_project.llm.wires.http import HttpWire
from pipeline_project.llm.wires.refusals import Place
from pipeline_project.settings import PREFIX, SECRET_PREFIX


def credential(provider: Provider | type[Provider]) -> str:
    """How a person gives this provider a key."""
    return f"run `llm keys set {provider.name}`, or set {SECRET_PREFIX}{provider.secret}"


def address(provider: Provider | type[Provider]) -> str:
    """The variable that holds its base URL."""
    return PREFIX + provider.address.upper()


def place(provider: Provider, model: object) -> Place:
    """Who is called, for messages."""
    name = f"{provider.name} {model}" if isinstance(model, str) and model else provider.name
    return Place(name, credential(provider), address(provider))


def http(provider: Provider, headers: Mapping[str, str] | None = None, *, base_url: str | None = None) -> HttpWire:
    """Calls to its base URL; by default the key is a bearer token, and no header goes out without a key."""
    key = provider.connection.api_key
    bearer = {"authorization": f"Bearer {key}"} if key else {}
    return HttpWire(
        provider.name,
        base_url or provider.connection.base_url,
        headers=bearer if headers is None else headers,
        timeouts=provider.connection.timeouts,
        credential=credential(provider),
        address=address(provider),
    )


def cut_short(provider: Provider, model: object) -> ServiceUnavailable:
    """What is raised when a stream ended before its message did."""
    where = place(provider, model).name
    return ServiceUnavailable("the stream ended before the message did", where=where, remedy="Try again.")
