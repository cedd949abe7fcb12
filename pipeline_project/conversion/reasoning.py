"""`thinking` and `output_config.effort` → reasoning_effort, or the target's own switch, clamped to what the model has.

An effort without `thinking` counts too; an explicit `disabled` wins over any effort.
"""

from typing import Any, Final, Literal, NamedTuple

from pipeline_project.conversion import shape
from pipeline_project.conversion.capabilities import EFFORT_SCALE, Capabilities, clamp_effort
from pipeline_project.conversion.draft import Draft
from pipeline_project.errors import InvalidInput

# Budgets in tokens below which an effort is low or medium: clients ask for 4,000, 10,000 and 31,999 in three steps.
_LOW_BELOW: Final = 4_097
_MEDIUM_BELOW: Final = 16_384
# "Setting effort to high produces exactly the same behavior as omitting the parameter" (Anthropic, effort).
_DEFAULT: Final = "high"


class Wish(NamedTuple):
    """What a request asks for: thinking on, off or unsaid, and the effort with the place that said so."""

    mode: Literal["on", "off", "unsaid"]
    effort: str | None
    path: str


def read_wish(draft: Draft, body: dict[str, Any]) -> Wish:
    """The wish of a request. Raises InvalidInput for malformed keys."""
    config = body.get("output_config")
    effort = shape.an_object(config, "$.output_config").get("effort") if config is not None else None
    if effort is not None and effort not in EFFORT_SCALE:
        raise InvalidInput(
            f"unknown effort {effort!r}",
            where="$.output_config.effort",
            remedy=f"Use one of {', '.join(EFFORT_SCALE)}.",
        )
    thinking = body.get("thinking")
    if thinking is None:
        return Wish("on" if effort else "unsaid", effort, "$.output_config.effort")
    kind = shape.an_object(thinking, "$.thinking").get("type")
    if kind == "disabled":
        if effort is not None:
            draft.lose("$.output_config.effort", "dropped", "thinking is disabled")
        return Wish("off", None, "$.thinking")
    if effort is None:
        effort = _effort_of(thinking)
    draft.lose("$.thinking", f"became effort {effort}", f"{draft.profile.name} takes an effort, not a budget")
    return Wish("on", effort, "$.thinking")


def _effort_of(thinking: dict[str, Any]) -> str:
    budget = thinking.get("budget_tokens")
    if budget is None:
        return _DEFAULT
    budget = shape.an_integer(budget, "$.thinking.budget_tokens")
    return "low" if budget < _LOW_BELOW else "medium" if budget < _MEDIUM_BELOW else "high"


def reasoning_keys(draft: Draft, wish: Wish, *, tools: bool, forced: bool) -> dict[str, Any]:
    """The keys of the converted request that ask for reasoning.

    `tools`: whether it has tools; `forced`: whether its tool_choice demands one.
    """
    if draft.profile.thinking_switch:
        return _switch(draft, wish, forced=forced)
    model = draft.model
    efforts = model.efforts or (draft.profile.default_efforts if model.reasoning is None else ())
    if tools and not model.effort_with_tools:
        if wish.mode == "on":
            draft.lose(wish.path, "effort became none", "this model takes function tools only without reasoning")
        return {"reasoning_effort": "none"}
    if wish.mode == "unsaid":
        return {}
    if not efforts:
        if wish.mode == "on":
            draft.lose(wish.path, "dropped", "the model is not known to reason")
        return {}
    if wish.mode == "off":
        return _least(draft, wish, model)
    return {"reasoning_effort": _clamped(draft, wish, efforts)}


def _clamped(draft: Draft, wish: Wish, efforts: tuple[str, ...]) -> str:
    asked = wish.effort or _DEFAULT
    effort = clamp_effort(asked, efforts)
    if effort != asked:
        draft.lose(wish.path, f"effort {asked} became {effort}", f"the model has {', '.join(efforts)}")
    return effort


def _least(draft: Draft, wish: Wish, model: Capabilities) -> dict[str, Any]:
    """Thinking off, for a model that reasons: the weakest effort it has. An unknown model is left alone."""
    if not model.efforts:
        return {}
    if model.efforts[0] != "none":
        draft.lose(wish.path, f"became effort {model.efforts[0]}", "the model always reasons")
    return {"reasoning_effort": model.efforts[0]}


def _switch(draft: Draft, wish: Wish, *, forced: bool) -> dict[str, Any]:
    """DeepSeek's `thinking` switch; it refuses a forced tool_choice while thinking."""
    if wish.mode == "on" and not forced:
        return {
            "thinking": {"type": "enabled"},
            "reasoning_effort": _clamped(draft, wish, draft.model.efforts or draft.profile.default_efforts),
        }
    if wish.mode == "on":
        draft.lose(wish.path, "dropped", f"{draft.profile.name} does not think where a tool is forced")
    return {"thinking": {"type": "disabled"}} if forced or wish.mode == "off" else {}
