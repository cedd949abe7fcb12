"""Rules on the request as a whole: an object with a JSON form, not too large, its keys of the right type."""

import json
from collections.abc import Iterator
from typing import Any, Final

from pipeline_project.validation import sources
from pipeline_project.validation.registry import ANTHROPIC, Problem, rule
from pipeline_project.validation.subject import Request, as_dict, as_list
from pipeline_project.validation.walk import inexpressible

MAX_BYTES: Final = 32 * 1024 * 1024

# A character of JSON text is at most \uXXXX long.
_LONGEST_ESCAPE: Final = 6

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "system": (str, list),
    "tools": (list,),
    "tool_choice": (dict,),
    "thinking": (dict,),
    "output_config": (dict,),
    "context_management": (dict,),
    "metadata": (dict,),
    "stop_sequences": (list,),
    "stream": (bool,),
    "cache_control": (dict,),
    "mcp_servers": (list,),
    "service_tier": (str,),
    "container": (str, dict),
}
_NAMES: Final = {str: "a string", list: "an array", dict: "an object", bool: "true or false"}

# Keys that the API accepts only with a beta header, by the name without its date.
_BETAS: Final = {"context_management": "context-management", "mcp_servers": "mcp-client"}

_ONLY_FOR_MESSAGES: Final = (
    "max_tokens",
    "stream",
    "stop_sequences",
    "temperature",
    "top_p",
    "top_k",
    "metadata",
    "service_tier",
)


@rule("body.object", sources.CREATE, scope="request")
def body_is_object(request: Request) -> Iterator[Problem]:
    """The request body is a JSON object."""
    if not isinstance(request.body, dict):
        yield (), "the request body is not an object; send {model, max_tokens, messages, …}"


@rule("body.types", sources.CREATE, scope="request")
def keys_have_their_types(request: Request) -> Iterator[Problem]:
    """Every known key holds its JSON type; null counts as absent."""
    for key, types in _TYPES.items():
        value = request.keys.get(key)
        if value is not None and not isinstance(value, types):
            wanted = " or ".join(_NAMES[each] for each in types)
            yield (key,), f"{key} is {_kind(value)}; make it {wanted} or leave it out"


@rule("model.name", sources.MODELS, scope="request")
def model_is_named(request: Request) -> Iterator[Problem]:
    """`model` is a non-empty string."""
    if isinstance(request.body, dict) and not (isinstance(name := request.keys.get("model"), str) and name.strip()):
        yield ("model",), "model is missing or no string; name the model that shall answer"


@rule("body.size", sources.SIZE_LIMITS, scope="request", providers=ANTHROPIC)
def body_is_not_too_large(request: Request) -> Iterator[Problem]:
    """The request is at most 32 MB of UTF-8 JSON."""
    characters = request.survey.characters
    if characters * _LONGEST_ESCAPE <= MAX_BYTES:
        return
    try:
        size = len(json.dumps(request.keys, ensure_ascii=False, default=str).encode(errors="surrogatepass"))
    except (RecursionError, ValueError, TypeError):
        # no JSON text can be made of it, which another rule says; its strings alone are the least it can be
        size = characters
    if size > MAX_BYTES:
        yield (), f"the request is {size} bytes, the limit is {MAX_BYTES}; send files through the Files API"


@rule("text.surrogate", sources.JSON_TEXT, scope="request")
def strings_are_unicode(request: Request) -> Iterator[Problem]:
    """No string holds half of a UTF-16 surrogate pair, which has no UTF-8 form."""
    if not request.survey.expressible:
        for path, value in inexpressible(request.keys):
            if isinstance(value, str):
                yield path, "a lone surrogate has no UTF-8 form; replace it, usually half of an emoji"


@rule("key.surrogate", sources.JSON_TEXT, scope="request")
def keys_are_unicode(request: Request) -> Iterator[Problem]:
    """No key of an object holds half of a UTF-16 surrogate pair."""
    if not request.survey.expressible:
        for path, value in inexpressible(request.keys):
            if isinstance(value, dict):
                yield path, "a key holds a lone surrogate, which has no UTF-8 form; rename the key"


@rule("number.finite", sources.JSON_TEXT, scope="request")
def numbers_are_finite(request: Request) -> Iterator[Problem]:
    """No number is NaN or infinite, which JSON cannot express."""
    if not request.survey.expressible:
        for path, value in inexpressible(request.keys):
            if not isinstance(value, str | dict):
                yield path, f"{value} is no JSON number; send a finite number or null"


@rule("beta.missing", sources.BETA_HEADERS, scope="request", severity="warning", providers=ANTHROPIC)
def beta_keys_have_their_header(request: Request) -> Iterator[Problem]:
    """Keys in beta come with their anthropic-beta header."""
    for key, beta in _BETAS.items():
        if request.keys.get(key) and not any(name.startswith(beta) for name in request.betas):
            yield (key,), f"{key} needs an anthropic-beta header {beta}-…; add it or drop the key"


@rule(
    "count-tokens.extra",
    sources.COUNT_TOKENS,
    scope="request",
    severity="warning",
    providers=ANTHROPIC,
    endpoints=("count_tokens",),
)
def counting_has_no_output_settings(request: Request) -> Iterator[Problem]:
    """A count_tokens request has no settings of the output, such as max_tokens or stream."""
    for key in _ONLY_FOR_MESSAGES:
        if request.keys.get(key) is not None:
            yield (key,), f"{key} has no meaning when tokens are counted; leave it out"


@rule("mcp.servers", sources.MCP, scope="request", providers=ANTHROPIC)
def mcp_servers_match_toolsets(request: Request) -> Iterator[Problem]:
    """Each MCP server is named by exactly one mcp_toolset, and each mcp_toolset names a server."""
    servers = {
        name: index
        for index, server in enumerate(as_list(request.keys.get("mcp_servers")))
        if isinstance(name := as_dict(server).get("name"), str)
    }
    used: dict[str, int] = {}
    for tool in request.tools:
        name = tool.value.get("mcp_server_name")
        if tool.kind == "mcp_toolset" and isinstance(name, str):
            used[name] = used.get(name, 0) + 1
            if name not in servers:
                yield (
                    (*tool.path, "mcp_server_name"),
                    f"no MCP server is called {name}; add it to mcp_servers",
                )
    for name, index in servers.items():
        if used.get(name, 0) != 1:
            yield ("mcp_servers", index), f"MCP server {name} needs exactly one mcp_toolset in tools"


def _kind(value: Any) -> str:
    return next((name for kind, name in _NAMES.items() if isinstance(value, kind)), "a number")
