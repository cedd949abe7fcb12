"""Repairs of single places: for each rule, what the place it complains about becomes.

Every fix takes the request, the path of the finding and the rule's id, and answers with one edit.
"""

from collections.abc import Callable
from typing import Any, Final

from pipeline_project.messages.blocks import EFFORTS
from pipeline_project.validation.repair.edits import REMOVED, Edit
from pipeline_project.validation.report import Path
from pipeline_project.validation.rules.thinking import LEAST_BUDGET
from pipeline_project.validation.subject import Request, is_number, is_whole

Fix = Callable[[Request, Path, str], Edit]


def _remove(what: str, *, above: int = 0) -> Fix:
    """Removes the place, or the one `above` levels over it."""

    def fix(_request: Request, path: Path, rule: str) -> Edit:
        return Edit(rule, path[: len(path) - above], REMOVED, f"removed {what}")

    return fix


def _remove_text(request: Request, path: Path, rule: str) -> Edit:
    """A blank block goes; a blank string is its whole message, which goes with it."""
    whole = isinstance(path[-1], str)
    return _remove("the blank text", above=1 if whole else 0)(request, path, rule)


def _set(value: Any, what: str) -> Fix:
    def fix(_request: Request, path: Path, rule: str) -> Edit:
        return Edit(rule, path, value, what)

    return fix


def _replace_surrogates(request: Request, path: Path, rule: str) -> Edit:
    text = str(_at(request.body, path)).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return Edit(rule, path, text, "replaced lone surrogates by U+FFFD")


def _clamp_temperature(request: Request, path: Path, rule: str) -> Edit:
    value, most = _at(request.body, path), request.provider_limits.temperature
    if not is_number(value) or value != value:
        return Edit(rule, path, REMOVED, "removed temperature")
    nearest = 0 if value < 0 else most
    return Edit(rule, path, nearest, f"set temperature to {nearest:g}")


def _clamp_max_tokens(request: Request, path: Path, rule: str) -> Edit:
    limit = request.limits.max_output
    return Edit(rule, path, limit, f"set max_tokens to {limit}, the most of this model")


def _strip_end(request: Request, path: Path, rule: str) -> Edit:
    place = path if isinstance(path[-1], str) else (*path, "text")
    return Edit(rule, place, str(_at(request.body, place)).rstrip(), "stripped white space at the end")


def _strip_prefix(request: Request, path: Path, rule: str) -> Edit:
    data = str(_at(request.body, path))
    return Edit(rule, path, data.partition(",")[2], "removed the data: prefix")


def _true_media_type(request: Request, path: Path, rule: str) -> Edit:
    found = request.files[path[:-1]].detected
    return Edit(rule, path, found, f"set media_type to {found}, which the bytes are")


def _other_thinking(request: Request, _path: Path, rule: str) -> Edit:
    """Thinking the model has instead of the one asked for; none where it has none, or always."""
    kinds = request.limits.thinking or frozenset()
    wanted = request.thinking.get("type")
    if wanted == "enabled" and "adaptive" in kinds:
        return Edit(rule, ("thinking",), {"type": "adaptive"}, "replaced enabled thinking by adaptive")
    if wanted == "disabled" and "between_tools" in kinds:
        return Edit(rule, ("thinking",), {"type": "between_tools"}, "replaced disabled thinking by between_tools")
    most = request.keys.get("max_tokens")
    if wanted == "adaptive" and "enabled" in kinds and is_whole(most) and most > LEAST_BUDGET:
        budget = max(LEAST_BUDGET, most // 2)
        value = {"type": "enabled", "budget_tokens": budget}
        return Edit(rule, ("thinking",), value, f"replaced adaptive thinking by a budget of {budget} tokens")
    return Edit(rule, ("thinking",), REMOVED, f"removed thinking {wanted}, which this model has not")


def _fitting_budget(request: Request, _path: Path, rule: str) -> Edit:
    """The nearest budget that is large enough and leaves room, else no thinking."""
    most, asked = request.keys.get("max_tokens"), request.thinking.get("budget_tokens")
    budget = max(LEAST_BUDGET, asked) if is_whole(asked) else LEAST_BUDGET
    if rule == "thinking.budget-room" and is_whole(most):
        budget = most - 1
    if budget < LEAST_BUDGET:
        return Edit(rule, ("thinking",), REMOVED, "removed thinking, for which max_tokens leaves no room")
    return Edit(rule, ("thinking", "budget_tokens"), budget, f"set the thinking budget to {budget} tokens")


def _lower_effort(request: Request, path: Path, rule: str) -> Edit:
    asked = EFFORTS.index(request.output_config["effort"])
    levels = [level for level in request.limits.efforts or () if EFFORTS.index(level) <= asked]
    if not levels:
        return Edit(rule, path, REMOVED, "removed effort, which this model has not")
    return Edit(rule, path, levels[-1], f"lowered the effort to {levels[-1]}, the next this model has")


def _auto_choice(request: Request, _path: Path, rule: str) -> Edit:
    kept = {key: value for key, value in request.tool_choice.items() if key not in ("type", "name")}
    return Edit(rule, ("tool_choice",), {"type": "auto", **kept}, "let the model choose whether to call a tool")


def _at(body: Any, path: Path) -> Any:
    for part in path:
        body = body[part]
    return body


def _whole(key: str, what: str) -> Fix:
    """Removes a key of the body, whatever place in it the finding named."""

    def fix(_request: Request, _path: Path, rule: str) -> Edit:
        return Edit(rule, (key,), REMOVED, f"removed {key}, {what}")

    return fix


_CACHE_CONTROL: Final = _remove("cache_control")

FIXES: Final[dict[str, Fix]] = {
    "text.surrogate": _replace_surrogates,
    "text.empty": _remove_text,
    "message.empty": _remove("the empty message", above=1),
    "thinking-block.signature": _remove("the unsigned thinking block", above=1),
    "thinking-block.final": _remove("the thinking block at the end"),
    "prefill.whitespace": _strip_end,
    "base64.prefix": _strip_prefix,
    "image.mismatch": _true_media_type,
    "max-tokens.limit": _clamp_max_tokens,
    "temperature.range": _clamp_temperature,
    "top-p.range": _remove("top_p"),
    "top-k.range": _remove("top_k"),
    "sampling.model": _remove("the setting, which this model does not take"),
    "sampling.thinking": _remove("the setting, which thinking rules out"),
    "sampling.both": _remove("top_p, temperature being set"),
    "stop-sequences.item": _remove("the blank stop sequence"),
    "thinking.model": _other_thinking,
    "thinking.effort": _set("adaptive", "turned thinking on, which this effort asks for"),
    "thinking.budget": _fitting_budget,
    "thinking.budget-room": _fitting_budget,
    "thinking.tool-choice": _whole("thinking", "which a forced tool rules out"),
    "effort.model": _lower_effort,
    "tool.duplicate": _remove("the second tool of that name"),
    "tool.schema-missing": _set({"type": "object"}, "gave the tool a schema of an object"),
    "tool.schema-type": _set("object", "said that the input is an object"),
    "tool.deferred-cache": _CACHE_CONTROL,
    "tool-choice.tools": _whole("tool_choice", "there being no tools"),
    "tool-choice.name": _whole("tool_choice", "which named no tool of the request"),
    "tool-choice.model": _auto_choice,
    "cache.shape": _remove("what the API does not know of cache_control"),
    "cache.count": _CACHE_CONTROL,
    "cache.empty-text": _CACHE_CONTROL,
    "cache.thinking": _CACHE_CONTROL,
    "cache.ttl-order": _remove("the longer lifetime"),
}
