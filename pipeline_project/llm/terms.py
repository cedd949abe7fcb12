"""What a call costs beside its tokens: searches that the vendor ran, and terms under which all its tokens cost more.

Anthropic names in the usage of an answer how fast and in which country it was served, and how often it searched; what
that costs stands in litellm's table. Refuses to charge the usual price for terms that the table does not price.
Source: platform.claude.com, "Pricing" (fast mode, data residency, web search).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from pipeline_project.llm import models, price_map

_KEYS: Final = ("speed", "inference_geo")
# what stands for the usual price
_USUAL: Final = frozenset({"", "standard", "global", "not_available"})


@dataclass(frozen=True)
class Terms:
    """`names`: terms with a price of their own (`fast`, `us`); `searches`: how often the vendor searched the web."""

    names: tuple[str, ...] = ()
    searches: int = 0


def terms_of(message: Mapping[str, Any]) -> Terms:
    """The terms of an answer of the Messages API, as its usage names them."""
    usage = message.get("usage")
    if not isinstance(usage, Mapping):
        return Terms()
    run = usage.get("server_tool_use")
    searches = run.get("web_search_requests") if isinstance(run, Mapping) else 0
    return Terms(_names(usage), searches if isinstance(searches, int) and searches > 0 else 0)


def terms_asked(body: Mapping[str, Any]) -> Terms:
    """The dearest terms that a request may be served under; searches as far as their number is limited."""
    tools = body.get("tools")
    uses = (tool.get("max_uses") for tool in (tools if isinstance(tools, list | tuple) else ()) if _searches(tool))
    return Terms(_names(body), sum(most for most in uses if isinstance(most, int) and most > 0))


def charged(cost: Decimal | None, terms: Terms, model: str, provider: str) -> Decimal | None:
    """The cost of a call's tokens, in US dollars, under its terms; None where one of them has no known price."""
    if cost is None or terms == Terms():
        return cost
    row = price_map.row_of(provider, model) or {}
    if not _has_own_prices(provider, model):
        factors = row.get("provider_specific_entry") or {}
        for name in terms.names:
            if name not in factors:
                return None
            cost *= Decimal(factors[name])
    each = (row.get("search_context_cost_per_query") or {}).get("search_context_size_medium")
    if terms.searches and each is None:
        return None
    return cost + terms.searches * Decimal(each or 0)


def _has_own_prices(provider: str, model: str) -> bool:
    """Whether prices were written down for it; they are what is paid, on whatever terms."""
    own = models.table().about(provider, model)
    return own is not None and own.input_price is not None and own.output_price is not None


def _names(said: Mapping[str, Any]) -> tuple[str, ...]:
    found: Iterable[Any] = (said.get(key) for key in _KEYS)
    return tuple(name for name in found if isinstance(name, str) and name not in _USUAL)


def _searches(tool: Any) -> bool:
    return isinstance(tool, Mapping) and str(tool.get("type")).startswith("web_search_")
