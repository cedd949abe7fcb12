"""What is known of a model: limits, abilities and prices, from the table of models and then from litellm's.

Refuses to guess: what neither knows is None.
"""

from decimal import Decimal
from typing import Any, Final

from pipeline_project.llm import models, price_map
from pipeline_project.llm.providers.base import ModelInfo

_MILLION: Final = 1_000_000
# Vendors whose rows name every ability a model has, so that a missing one is one it has not.
_COMPLETE: Final = frozenset({"openai", "anthropic", "google", "deepseek"})
_ABILITIES: Final = {
    "vision": "supports_vision",
    "tools": "supports_function_calling",
    "thinking": "supports_reasoning",
    "json_schema": "supports_response_schema",
}


def model_info(model: str, provider: str, *, native_schema: bool | None = None) -> ModelInfo:
    """What is known of `model`, its name at the provider. `native_schema`: what the provider says of all its models."""
    own = models.table().about(provider, model)
    row = price_map.row_of(provider, model)
    abilities = {name: _ability(own, row, provider, name) for name in _ABILITIES}
    if native_schema is not None and (own is None or own.json_schema is None):
        # a provider without native schemas has none, whatever the table says of the model
        abilities["json_schema"] = native_schema and abilities["json_schema"] is not False
    return ModelInfo(
        name=model,
        provider=provider,
        context_window=(own.context_window if own else None) or _count(row, "max_input_tokens"),
        max_output=(own.max_output if own else None) or _count(row, "max_output_tokens"),
        input_price=_price(own.input_price if own else None, row, "input_cost_per_token"),
        output_price=_price(own.output_price if own else None, row, "output_cost_per_token"),
        **abilities,
    )


def _ability(own: models.Row | None, row: price_map.Row | None, provider: str, name: str) -> bool | None:
    said: bool | None = getattr(own, name) if own else None
    if said is None and row is not None:
        said = row.get(_ABILITIES[name], False if provider in _COMPLETE else None)
    return said


def _count(row: price_map.Row | None, key: str) -> int | None:
    value: Any = row.get(key) if row else None
    return value if isinstance(value, int) and value > 0 else None


def _price(own: Decimal | None, row: price_map.Row | None, key: str) -> str | None:
    if own is not None:
        return f"{own.normalize():f}"
    value: Any = row.get(key) if row else None
    return f"{(Decimal(value) * _MILLION).normalize():f}" if isinstance(value, int | Decimal) else None
