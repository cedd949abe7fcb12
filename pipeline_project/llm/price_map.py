"""litellm's table of prices and limits, read as data from the installed package: one JSON file, parsed once, on demand.

Refuses to import litellm for it (seconds), to fetch a newer table, and to answer for a model with its neighbour's row.
"""

import importlib.util
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from pipeline_project.errors import NotConfigured

FILE: Final = "model_prices_and_context_window_backup.json"

Row = Mapping[str, Any]

# How the table calls a model of a provider of ours: prefixes before its name, and the vendors a row may be of.
_NAMES: Final[dict[str, tuple[tuple[str, ...], frozenset[str]]]] = {
    "openai": (("",), frozenset({"openai"})),
    "anthropic": (("",), frozenset({"anthropic"})),
    "google": (("gemini/",), frozenset({"gemini"})),
    "deepseek": (("deepseek/", ""), frozenset({"deepseek"})),
    "openrouter": (("openrouter/",), frozenset({"openrouter"})),
    "azure": (("azure/",), frozenset({"azure"})),
    "bedrock": (("", "bedrock/"), frozenset({"bedrock", "bedrock_converse"})),
    "vertex": (
        ("vertex_ai/", ""),
        frozenset({"vertex_ai", "vertex_ai-language-models", "vertex_ai-anthropic_models"}),
    ),
}


def row_of(provider: str, model: str) -> Row | None:
    """The row of exactly this model at exactly this provider, numbers with fractions as Decimal; None if unknown."""
    prefixes, vendors = _NAMES.get(provider, ((), frozenset()))
    for prefix in prefixes:
        row = _rows().get(prefix + model)
        if row is not None and row.get("litellm_provider") in vendors:
            return row
    return None


def chat_names() -> Iterator[tuple[str, str]]:
    """Every chat model of the table with its provider here, as it is named there."""
    for provider, (prefixes, vendors) in _NAMES.items():
        for name, row in _rows().items():
            if row.get("litellm_provider") in vendors and row.get("mode") == "chat" and name.startswith(prefixes[0]):
                yield provider, name.removeprefix(prefixes[0])


def folder() -> Path:
    """Where litellm is installed. Raises NotConfigured when it is not."""
    spec = importlib.util.find_spec("litellm")
    if spec is None or not spec.submodule_search_locations:
        raise NotConfigured("the package litellm is not installed", where="litellm", remedy="Install it with pip.")
    return Path(next(iter(spec.submodule_search_locations)))


@lru_cache(maxsize=1)
def _rows() -> dict[str, Row]:
    path = folder() / FILE
    try:
        rows: dict[str, Row] = json.loads(path.read_bytes(), parse_float=Decimal)
    except (OSError, ValueError) as error:
        remedy = "Install the litellm of requirements.lock again."
        raise NotConfigured(f"the table of prices cannot be read: {error}", where=str(path), remedy=remedy) from error
    vendors = frozenset().union(*(vendors for _, vendors in _NAMES.values()))
    # a third of the table is of our providers; the rest would cost 20 MB for nothing
    return {name: row for name, row in rows.items() if row.get("litellm_provider") in vendors}
