"""What a rule is: an id, its meaning in one sentence, and a function that finds every place breaking it.

A rule reads the typed invoice and nothing else, so that UBL, CII and PDF are judged alike. Refuses to
repair, to guess missing amounts and to stop at the first breach.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pipeline_project.finance.findings import Finding, Severity
from pipeline_project.finance.invoices.models import Invoice


@dataclass(frozen=True, slots=True)
class Breach:
    """One place where a rule does not hold; `problem` is a clause without a full stop."""

    field: str
    problem: str
    expected: str | None = None
    found: str | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One business rule of EN 16931-1; `terms` are the business terms (BT) and groups (BG) it speaks of."""

    id: str
    text: str
    terms: tuple[str, ...]
    remedy: str
    breaches: Callable[[Invoice], Iterable[Breach]]
    severity: Severity = "error"

    def findings(self, invoice: Invoice) -> list[Finding]:
        """One finding per breach, in the order of the document; empty when the rule holds."""
        return [self._finding(breach) for breach in self.breaches(invoice)]

    def _finding(self, breach: Breach) -> Finding:
        return Finding(
            rule=self.id,
            severity=self.severity,
            field=breach.field,
            message=f"{breach.problem}: {self.remedy}",
            expected=breach.expected,
            found=breach.found,
            evidence=breach.evidence,
        )


def rule(
    id: str,  # noqa: A002 - the standard's own word for it
    text: str,
    *,
    terms: tuple[str, ...],
    remedy: str,
    severity: Severity = "error",
) -> Callable[[Callable[[Invoice], Iterator[Breach]]], Rule]:
    """Turn a generator of breaches into the rule it implements."""

    def decorate(breaches: Callable[[Invoice], Iterator[Breach]]) -> Rule:
        return Rule(id=id, text=text, terms=terms, remedy=remedy, breaches=breaches, severity=severity)

    return decorate


def stated(value: object) -> bool:
    """Whether a field says something: there, and neither blank text nor an empty list."""
    if isinstance(value, str):
        return bool(value.strip())
    return value is not None and value != ()
