"""Rules on the thinking settings: a kind the model has, a budget that leaves room, no forced tool."""

from collections.abc import Iterator
from typing import Final

from pipeline_project.messages.blocks import EFFORTS, THINKING_TYPES
from pipeline_project.validation import sources
from pipeline_project.validation.registry import ANTHROPIC, Problem, rule
from pipeline_project.validation.subject import Request, is_whole

LEAST_BUDGET: Final = 1_024
INTERLEAVED_BETA: Final = "interleaved-thinking-"


@rule("thinking.kind", sources.THINKING, scope="request", severity="warning")
def thinking_is_of_a_known_kind(request: Request) -> Iterator[Problem]:
    """thinking has a type that is known here."""
    kind = request.thinking.get("type")
    if request.thinking and (not isinstance(kind, str) or kind not in THINKING_TYPES):
        yield ("thinking", "type"), f"use one of {', '.join(sorted(THINKING_TYPES))} as thinking.type"


@rule("thinking.model", sources.THINKING_MODELS, scope="request", providers=ANTHROPIC)
def model_has_this_thinking(request: Request) -> Iterator[Problem]:
    """The model accepts this thinking.type."""
    kind, kinds = request.thinking.get("type"), request.limits.thinking
    if isinstance(kind, str) and kind in THINKING_TYPES and kinds is not None and kind not in kinds:
        allowed = ", ".join(sorted(kinds))
        yield ("thinking", "type"), f"{request.keys.get('model')} has no thinking {kind}; it takes {allowed}"


@rule("thinking.effort", sources.EFFORT, scope="request", providers=ANTHROPIC)
def thinking_is_on_at_high_effort(request: Request) -> Iterator[Problem]:
    """Claude Opus 5 and Haiku 5.5 disable thinking only up to effort high."""
    effort, most = request.output_config.get("effort"), request.limits.disabled_effort
    if request.thinking.get("type") != "disabled" or most is None or effort not in EFFORTS:
        return
    if EFFORTS.index(effort) > EFFORTS.index(most):
        yield ("thinking", "type"), f"thinking cannot be disabled above effort {most}; lower the effort"


@rule("thinking.budget", sources.EXTENDED_THINKING, scope="request", providers=ANTHROPIC)
def budget_is_large_enough(request: Request) -> Iterator[Problem]:
    """Enabled thinking has a budget of at least 1024 tokens."""
    budget = request.thinking.get("budget_tokens")
    if request.thinking.get("type") == "enabled" and not (is_whole(budget) and budget >= LEAST_BUDGET):
        yield ("thinking", "budget_tokens"), f"budget_tokens must be a whole number from {LEAST_BUDGET}"


@rule(
    "thinking.budget-room",
    sources.EXTENDED_THINKING,
    scope="request",
    providers=ANTHROPIC,
    endpoints=("messages",),
)
def budget_leaves_room(request: Request) -> Iterator[Problem]:
    """The thinking budget is below max_tokens, but under interleaved thinking."""
    budget, most = request.thinking.get("budget_tokens"), request.keys.get("max_tokens")
    interleaved = request.limits.interleaved and any(beta.startswith(INTERLEAVED_BETA) for beta in request.betas)
    if request.thinking.get("type") != "enabled" or interleaved:
        return
    # with max_tokens 0 the cache is warmed, about which another rule speaks
    if is_whole(budget) and is_whole(most) and budget >= most > 0:
        yield ("thinking", "budget_tokens"), f"budget_tokens must be below max_tokens, which is {most}"


@rule("thinking.tool-choice", sources.THINKING, scope="request", providers=ANTHROPIC)
def manual_thinking_is_not_with_a_forced_tool(request: Request) -> Iterator[Problem]:
    """With enabled (manual) thinking, tool_choice is auto or none; adaptive thinking takes any choice."""
    if request.thinking.get("type") == "enabled" and request.forced:
        yield (
            ("tool_choice", "type"),
            "enabled thinking takes tool_choice auto or none only; change one of them",
        )
