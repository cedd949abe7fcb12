"""What a workflow would do outside itself, and what it would cost: told before a person activates it."""

from decimal import Decimal
from typing import Any, Final

from pipeline_project import settings
from pipeline_project.governance.actions import Complexity
from pipeline_project.llm import cost
from pipeline_project.persistence import json
from pipeline_project.tools.registry import tools
from pipeline_project.workflows.drafts import Permission
from pipeline_project.workflows.models import CALLS_A_MODEL, WorkflowDefinition, WorkflowStep, WorkflowStepType

_GUESS: Final = 1_000
"""Tokens assumed of a text that is known only at run time, and of an answer."""
_OUTSIDE: Final = {
    WorkflowStepType.SLACK_NOTIFICATION: ("posts to ", "channel", Complexity.CHANGE),
    WorkflowStepType.EMAIL_SEND: ("mails ", "to", Complexity.CHANGE),
    WorkflowStepType.TASK_CREATION: ("creates a task for ", "assignee", Complexity.CHANGE),
    WorkflowStepType.BUDGET_CHECK: ("holds money of the budget ", "category", Complexity.CHANGE),
    WorkflowStepType.APPROVAL_REQUIRED: ("asks for approval: ", "approvers", Complexity.ANALYZE),
    WorkflowStepType.NLU_ANALYSIS: ("sends a text to the model ", "model", Complexity.ANALYZE),
    WorkflowStepType.LLM_COMPLETION: ("sends a text to the model ", "model", Complexity.ANALYZE),
    WorkflowStepType.AGENT_EXECUTION: ("lets an agent use its tools: ", "agent", Complexity.CRITICAL),
}
_HARMLESS: Final = frozenset(
    {
        WorkflowStepType.B2B_PO_DETECTION,
        WorkflowStepType.CONDITIONAL_LOGIC,
        WorkflowStepType.DATA_TRANSFORMATION,
        WorkflowStepType.DELAY,
        WorkflowStepType.PARALLEL_EXECUTION,
    }
)


def permissions(definition: WorkflowDefinition) -> tuple[Permission, ...]:
    """What each step does outside the workflow; steps that only compute are left out."""
    found = (_permission(step) for step in definition.steps.values())
    return tuple(item for item in found if item is not None)


def _permission(step: WorkflowStep) -> Permission | None:
    config = step.config
    if step.type in _HARMLESS:
        return None
    if step.type is WorkflowStepType.API_CALL:
        method = str(config.get("method", "GET")).upper()
        level = Complexity.READ if method in ("GET", "HEAD") and not _tells(config) else Complexity.CHANGE
        return Permission(step.id, _line(f"calls {method} {config.get('url', '')}"), int(level))
    if step.type is WorkflowStepType.TOOL_CALL:
        return _tool(step)
    if step.type is WorkflowStepType.INVOICE_PROCESSING:
        posts = config.get("action", "read") != "read"
        return Permission(step.id, "posts into the ledger", int(Complexity.CRITICAL)) if posts else None
    if step.type not in _OUTSIDE:  # what nobody declared is critical
        return Permission(step.id, f"runs {step.type.value}", int(Complexity.CRITICAL))
    words, name, level = _OUTSIDE[step.type]
    value = config.get(name) or ("of the settings" if name == "model" else "nobody in particular")
    return Permission(step.id, _line(words + _listed(value) + _copies(config)), int(level))


def _tells(config: dict[str, Any]) -> bool:
    """Whether a call takes along what is known only at run time: a reading call can carry a secret away."""
    return "${" in json.dumps(config)


def _copies(config: dict[str, Any]) -> str:
    named = (("cc", "copies to "), ("bcc", "hidden copies to "), ("reply_to", "answers go to "))
    return "".join(f"; {words}{_listed(config[name])}" for name, words in named if config.get(name))


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _line(text: str) -> str:
    """One line that steers no terminal."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def _tool(step: WorkflowStep) -> Permission:
    name = str(step.config.get("tool", ""))
    known = {each for tool in tools().names() for each in (tool, *tools().aliases(tool))}
    level = tools().get(name).complexity if name in known else Complexity.CRITICAL
    if name in known and tools().get(name).family == "web" and _tells(step.config):
        level = max(level, Complexity.CHANGE)
    folder = f" in {step.config['workspace']}" if step.config.get("workspace") else ""
    return Permission(step.id, _line(f"uses the tool {name}{folder}"), int(level))


def estimated_cost(definition: WorkflowDefinition) -> Decimal | None:
    """US dollars for one run of every model-calling step; None as soon as one price is not known."""
    total = Decimal(0)
    for step in definition.steps.values():
        if step.type not in CALLS_A_MODEL:
            continue
        if step.type is WorkflowStepType.AGENT_EXECUTION:
            return None  # nobody knows how many turns an agent takes
        said = json.dumps(step.config) + " word" * _GUESS
        body = {"max_tokens": _GUESS, "messages": [{"role": "user", "content": said}]}
        known = cost.estimate(body, str(step.config.get("model") or settings.load().llm_model))
        if known is None:
            return None
        total += known
    return total
