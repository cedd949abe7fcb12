"""The business rules of EN 16931 on the typed invoice: what an invoice must state and how it must add up.

`check` judges an invoice by every rule, `check_rules` by some. Judges the model only, whatever the invoice
was read from. Refuses to pass what it does not judge: rules without an implementation are in
NOT_IMPLEMENTED.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from pipeline_project.errors import NotFound
from pipeline_project.finance.findings import Finding
from pipeline_project.finance.invoices.models import Invoice
from pipeline_project.finance.rules.calculation import CALCULATION
from pipeline_project.finance.rules.category_extras import CATEGORY_EXTRAS
from pipeline_project.finance.rules.category_rules import CATEGORY_RULES
from pipeline_project.finance.rules.codes import CODES
from pipeline_project.finance.rules.conditions import CONDITIONS
from pipeline_project.finance.rules.decimals import DECIMALS
from pipeline_project.finance.rules.mandatory import MANDATORY
from pipeline_project.finance.rules.not_implemented import NOT_IMPLEMENTED, reason
from pipeline_project.finance.rules.rule import Rule

__all__ = ["NOT_IMPLEMENTED", "RULES", "Rule", "check", "check_rules"]

_ALL = (*MANDATORY, *CONDITIONS, *CALCULATION, *DECIMALS, *CATEGORY_RULES, *CATEGORY_EXTRAS, *CODES)

RULES: Mapping[str, Rule] = MappingProxyType(
    {rule.id: rule for rule in sorted(_ALL, key=lambda rule: (rule.id.count("-"), rule.id))}
)


def check(invoice: Invoice) -> list[Finding]:
    """Every breach of every rule, in the order of the rules; empty for a valid invoice."""
    return [finding for rule in RULES.values() for finding in rule.findings(invoice)]


def check_rules(invoice: Invoice, ids: Iterable[str]) -> list[Finding]:
    """Every breach of the rules named. Raises NotFound for an id that is not in RULES."""
    findings: list[Finding] = []
    for rule_id in ids:
        if rule_id not in RULES:
            raise NotFound(
                f"the rule cannot be checked: it {reason(rule_id)}",
                where=rule_id,
                remedy="Choose a rule of finance.rules.RULES.",
            )
        findings.extend(RULES[rule_id].findings(invoice))
    return findings
