"""The table of rules: what each is called, how severe it is, who imposes it, where it is written.

A rule is one generator function from a subject to (path, message) pairs; `rule` registers it. Refuses two
rules with one id. `rules_as_markdown` prints the table as documentation.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

from pipeline_project.validation.report import Path, Severity

Provider = Literal["anthropic", "openai", "gemini", "deepseek", "generic"]
Endpoint = Literal["messages", "count_tokens"]
# content: blocks of a request or of a response; conversation: the messages; request: everything beside them.
Scope = Literal["content", "conversation", "request", "response"]
Problem = tuple[Path, str]

PROVIDERS: Final[tuple[Provider, ...]] = ("anthropic", "openai", "gemini", "deepseek", "generic")
ENDPOINTS: Final[tuple[Endpoint, ...]] = ("messages", "count_tokens")
ANTHROPIC: Final[tuple[Provider, ...]] = ("anthropic",)
OTHERS: Final[tuple[Provider, ...]] = ("openai", "gemini", "deepseek", "generic")


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table; `check` yields the problems it finds in a subject of its scope."""

    id: str
    severity: Severity
    scope: Scope
    providers: tuple[Provider, ...]
    endpoints: tuple[Endpoint, ...]
    source: str
    check: Callable[[Any], Iterator[Problem]]

    @property
    def summary(self) -> str:
        """First line of the rule function's docstring."""
        return (self.check.__doc__ or "").strip().split("\n", 1)[0]


RULES: Final[dict[str, Rule]] = {}

Check = TypeVar("Check", bound=Callable[[Any], Iterator[Problem]])


def rule(
    rule_id: str,
    source: str,
    *,
    scope: Scope,
    severity: Severity = "error",
    providers: tuple[Provider, ...] = PROVIDERS,
    endpoints: tuple[Endpoint, ...] = ENDPOINTS,
) -> Callable[[Check], Check]:
    """Register the decorated function as the rule `rule_id`; `source` is the page that states it."""

    def register(check: Check) -> Check:
        assert rule_id not in RULES, f"two rules are called {rule_id}"
        RULES[rule_id] = Rule(rule_id, severity, scope, providers, endpoints, source, check)
        return check

    return register


def rules_as_markdown() -> str:
    """The rule table as a Markdown table, one row per rule in the order they run."""
    lines = ["| rule | severity | imposed by | endpoints | meaning | source |", "|---|---|---|---|---|---|"]
    for row in RULES.values():
        imposed = "all" if row.providers == PROVIDERS else ", ".join(row.providers)
        where = "response" if row.scope == "response" else ", ".join(row.endpoints)
        lines.append(f"| `{row.id}` | {row.severity} | {imposed} | {where} | {row.summary} | {row.source} |")
    return "\n".join(lines) + "\n"
