"""What a call costs, in US dollars as Decimal: by your own prices where there are any, else by litellm's table.

Long prompts have their own price in full, as vendors bill them, and tokens from the cache have theirs. Refuses to price
a model that is not in a table by exactly this name at this provider: unknown is None, never 0 and never a neighbour's.
Cache writes that live an hour have their own price, too.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from pipeline_project.errors import NotFound
from pipeline_project.llm import catalog, models, price_map, tokens
from pipeline_project.llm.providers.base import ModelInfo
from pipeline_project.llm.responses import Usage

_MILLION: Final = Decimal(1_000_000)
_FREE: Final = frozenset({"offline", "recorded"})
_TIER: Final = re.compile(r"input_cost_per_token_above_(\d+)k_tokens")


@dataclass(frozen=True)
class _Rates:
    """US dollars per token; None is unknown."""

    input: Decimal | None
    output: Decimal | None
    cache_read: Decimal | None
    cache_write: Decimal | None
    cache_write_hour: Decimal | None
    reasoning: Decimal | None


def price(usage: Usage, model: str, provider: str | None = None) -> Decimal | None:
    """The cost of a call, or None. `model`: its name at the provider; without `provider`, any name a person may write.

    The offline model and replayed answers cost nothing.
    """
    place = _placed(model, provider)
    if place is None:
        return None
    if place[0] in _FREE:
        return Decimal(0)
    rates = _rates(*place, prompt=usage.input + usage.cache_read + usage.cache_write)
    spent = (
        (usage.input, rates.input),
        (usage.cache_read, rates.cache_read),
        (usage.cache_write - usage.cache_write_hour, rates.cache_write),
        (usage.cache_write_hour, rates.cache_write_hour),
        (usage.output - usage.reasoning, rates.output),
        (usage.reasoning, rates.reasoning),
    )
    total = Decimal(0)
    for count, rate in spent:
        if count and rate is None:
            return None
        total += count * (rate or Decimal(0))
    # without any token nothing was missed, but no price was known either
    return None if rates.input is None or rates.output is None else total


def estimate(body: Mapping[str, Any], model: str, provider: str | None = None) -> Decimal | None:
    """About the most a request may cost: its input, and as much output as it allows; None if that is unknown."""
    place = _placed(model, provider)
    if place is None:
        return None
    if place[0] in _FREE:
        return Decimal(0)
    limits = (body.get("max_tokens"), catalog.model_info(place[1], place[0]).max_output)
    # a provider gives no more than the model has, however much is allowed
    limit = min((each for each in limits if isinstance(each, int) and each > 0), default=None)
    if limit is None:
        return None
    count = tokens.count(body, place[1], place[0]).tokens
    # all of it may be read anew, or be written to the cache, which costs more where there is such a price
    inputs = [Usage(input=count, output=limit)]
    lifetimes = _lifetimes(body)
    if lifetimes or place[0] != "anthropic":
        hour = count if "1h" in lifetimes else 0
        inputs.append(Usage(cache_write=count, cache_write_hour=hour, output=limit))
    prices = [price(each, place[1], place[0]) for each in inputs]
    return None if None in prices else max(each for each in prices if each is not None)


def _lifetimes(value: Any) -> set[str]:
    """How long what a body marks for the cache shall live: `5m`, `1h`; empty where it marks nothing."""
    if isinstance(value, list | tuple):
        return set().union(*map(_lifetimes, value))
    if not isinstance(value, Mapping):
        return set()
    mark = value.get("cache_control")
    own = {str(mark.get("ttl") or "5m")} if isinstance(mark, Mapping) else set()
    return own.union(*(_lifetimes(value.get(key)) for key in ("system", "tools", "messages", "content")))


def model_info(model: str, provider: str | None = None) -> ModelInfo | None:
    """Limits, abilities and prices of a model; None for a name that no row of the table of models knows."""
    place = _placed(model, provider)
    return catalog.model_info(place[1], place[0]) if place else None


def _placed(model: str, provider: str | None) -> tuple[str, str] | None:
    """(provider, name there) of a model."""
    if provider is not None:
        return provider, model
    try:
        found = models.resolve(model)
    except NotFound:
        return None
    return found.provider, found.upstream


def _rates(provider: str, model: str, *, prompt: int) -> _Rates:
    """The rates for a prompt of that many tokens; own prices replace the table's whole row."""
    own = models.table().about(provider, model)
    if own is not None and own.input_price is not None and own.output_price is not None:
        given, said = own.input_price / _MILLION, own.output_price / _MILLION
        read = given if own.cache_read_price is None else own.cache_read_price / _MILLION
        written = given if own.cache_write_price is None else own.cache_write_price / _MILLION
        hour = written if own.cache_write_hour_price is None else own.cache_write_hour_price / _MILLION
        return _Rates(given, said, read, written, hour, said)
    row = price_map.row_of(provider, model) or {}
    suffix = _suffix(row, prompt)
    given, said = _rate(row, "input_cost_per_token", suffix), _rate(row, "output_cost_per_token", suffix)
    read = _rate(row, "cache_read_input_token_cost", suffix)
    written = _rate(row, "cache_creation_input_token_cost", suffix)
    hour = _rate(row, "cache_creation_input_token_cost_above_1hr", suffix)
    reasoning = _rate(row, "output_cost_per_reasoning_token", "")
    # where the table has no price for the cache, the vendor has none: the tokens are input
    return _Rates(
        given,
        said,
        given if read is None else read,
        given if written is None else written,
        # a row with one price for writes has that for all of them
        hour if hour is not None else given if written is None else written,
        said if reasoning is None else reasoning,
    )


def _suffix(row: price_map.Row, prompt: int) -> str:
    """The end of the keys of the highest tier that a prompt reaches; '' below all."""
    tiers = (int(found[1]) for key in row if (found := _TIER.fullmatch(key)))
    reached = max((tier for tier in tiers if prompt > tier * 1000), default=None)
    return "" if reached is None else f"_above_{reached}k_tokens"


def _rate(row: price_map.Row, key: str, suffix: str) -> Decimal | None:
    value: Any = row.get(key + suffix, row.get(key))
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None
