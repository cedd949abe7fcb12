"""The expression language of workflows: `${…}` in configs, and conditions.

Expressions compute JSON values from JSON values, exactly and within bounds. They cannot loop, assign, import,
reach a Python attribute or call anything but the functions in `FUNCTIONS`. Data that an expression brings in
is never expanded again, and resolution never changes the definition.
"""

import keyword

from pipeline_project.workflows.expressions.conditions import TESTS, Problem
from pipeline_project.workflows.expressions.evaluate import evaluate
from pipeline_project.workflows.expressions.functions import FUNCTIONS, Function
from pipeline_project.workflows.expressions.holds import holds
from pipeline_project.workflows.expressions.parser import JSON_WORDS, NAMESPACES
from pipeline_project.workflows.expressions.problems import condition_problems, problems
from pipeline_project.workflows.expressions.references import (
    Names,
    Reference,
    bind,
    condition_references,
    references,
)
from pipeline_project.workflows.expressions.resolve import resolve
from pipeline_project.workflows.expressions.scope import UNSET, Scope, SecretLookup
from pipeline_project.workflows.expressions.template import escape

RESERVED: frozenset[str] = frozenset({*NAMESPACES, *JSON_WORDS, *FUNCTIONS, *keyword.kwlist})
"""Words that no step id may be, because expressions give them another meaning."""

__all__ = [
    "FUNCTIONS",
    "RESERVED",
    "TESTS",
    "UNSET",
    "Function",
    "Names",
    "Problem",
    "Reference",
    "Scope",
    "SecretLookup",
    "bind",
    "condition_problems",
    "condition_references",
    "escape",
    "evaluate",
    "holds",
    "problems",
    "references",
    "resolve",
]
