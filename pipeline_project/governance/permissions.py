"""The first door of governance: may this actor do this to that?

Deny beats ask beats allow. What no rule covers is decided by how much the action can do and who asks. Refuses to find
anything out by itself: who calls says what is touched, and keeps the decision.
"""

from dataclasses import dataclass
from typing import Final

from pipeline_project.governance.actions import Action, Complexity, Resource
from pipeline_project.governance.findings import Finding, findings, relative
from pipeline_project.governance.policy import ALLOW_ALL, Policy
from pipeline_project.governance.rules import Verdict, address, host_of

# the most complex action each kind of actor may do unasked
_LEVELS: Final = {
    "user": Complexity.CRITICAL,
    "workflow": Complexity.CHANGE,
    "agent": Complexity.ANALYZE,
}
_NO_RULES: Final = Policy()


@dataclass(frozen=True)
class Decision:
    """`rule`: the rule that decided, as it is written, or the name of a built-in one; `reason`: one sentence."""

    verdict: Verdict
    rule: str
    reason: str
    complexity: Complexity


def decide(actor: str, action: Action | str, resource: Resource | str, policy: Policy | None = None) -> Decision:
    """The decision; a bare action name is undeclared, so of complexity 4. Raises nothing: what is unclear is asked.

    For a command, the first of `resource.paths` is the folder it begins in.
    """
    action = Action(action) if isinstance(action, str) else action
    resource = Resource("name", resource) if isinstance(resource, str) else resource
    if policy is ALLOW_ALL:
        return Decision("allow", "allow_all", "everything is allowed here", action.complexity)
    rules = policy.for_actor(actor) if policy is not None else _NO_RULES
    found = list(findings(actor, action, resource, rules))
    for verdict in ("deny", "ask"):
        for each in found:
            if each.verdict == verdict and each.rule:
                return Decision(verdict, each.rule, each.reason, action.complexity)
    uncovered = next((each for each in found if each.rule is None), None)
    if uncovered is None and found and found[0].rule:
        return Decision("allow", found[0].rule, found[0].reason, action.complexity)
    return _unmatched(actor, action, resource, rules, uncovered)


def _unmatched(actor: str, action: Action, resource: Resource, rules: Policy, found: Finding | None) -> Decision:
    """What happens to what no rule covers."""
    reason = found.reason if found is not None else f"no rule covers {action.name} on {resource.value}"
    if rules.default == "levels":
        return _by_level(actor, action.complexity)
    if rules.default is not None:
        return Decision(
            rules.default, "default", f"{reason}, and the policy's default is {rules.default}", action.complexity
        )
    if rules.allow:
        would = (found.would_allow if found is not None else None) or _suggestion(action, resource)
        return Decision("deny", "closed-list", f"{reason}; {would} would allow it", action.complexity)
    return _by_level(actor, action.complexity)


def _by_level(actor: str, complexity: Complexity) -> Decision:
    kind, colon, name = actor.partition(":")
    level = _LEVELS.get(kind) if colon and name else None
    if level is None:
        reason = f"{actor!r} is no user, agent or workflow; actors are named user:…, agent:… or workflow:…"
        return Decision("deny", "built-in:unknown-actor", reason, complexity)
    if complexity <= level:
        return Decision("allow", f"built-in:{kind}", f"{kind}s may {_CAN[complexity]} unasked", complexity)
    return Decision("ask", f"built-in:{kind}", f"{kind}s ask a person before they {_CAN[complexity]}", complexity)


_CAN: Final = {
    Complexity.READ: "read",
    Complexity.ANALYZE: "analyze",
    Complexity.CHANGE: "change things",
    Complexity.CRITICAL: "execute, delete or spend",
}


def _suggestion(action: Action, resource: Resource) -> str:
    """The rule that would allow it."""
    match resource.kind:
        case "path":
            path = next(iter(resource.paths), None)
            text = relative(path, resource.roots) if path is not None else resource.value
            text = f"/{text}" if text.startswith("/") else text
            return f"{'Edit' if action.writes else 'Read' if action.reads else action.name}({text})"
        case "url":
            return f"{action.name}(domain:{host_of(address(resource.value))})"
        case _:
            return f"{action.name}({resource.value})"
