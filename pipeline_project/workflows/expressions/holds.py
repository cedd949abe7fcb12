"""Decides conditions. Refuses truthiness: a result that is neither true nor false is an error."""

from typing import Any

from pipeline_project.errors import ExpressionError
from pipeline_project.workflows.expressions.conditions import (
    LOOKING,
    SEARCHING,
    Combined,
    Condition,
    Fixed,
    Formula,
    Test,
    read,
)
from pipeline_project.workflows.expressions.evaluate import compared, compute, located, run
from pipeline_project.workflows.expressions.failure import Failure
from pipeline_project.workflows.expressions.functions import FUNCTIONS
from pipeline_project.workflows.expressions.limits import Budget
from pipeline_project.workflows.expressions.parser import parse
from pipeline_project.workflows.expressions.resolve import resolve
from pipeline_project.workflows.expressions.scope import Scope
from pipeline_project.workflows.expressions.tree import Call, Literal
from pipeline_project.workflows.expressions.values import BOOLEAN, NULL, NUMBER, kind


def holds(condition: Any, scope: Scope, *, where: str = "condition") -> bool:
    """Whether `condition` is true: a boolean, an expression (bare or `${…}`), or the structured form.

    Members of all/any are computed until the answer is known. For null and for a path that leads nowhere
    `missing` and `empty` hold and `exists` and `not_empty` do not; what compares or searches needs the path.
    Raises ExpressionError.
    """
    shape, problems = read(condition, where)
    if problems:
        raise ExpressionError(problems[0].message, where=problems[0].path)
    return _holds(shape, scope, Budget())


def _holds(condition: Condition, scope: Scope, budget: Budget) -> bool:
    match condition:
        case Fixed(decided):
            return decided
        case Formula(source, where):
            result = run(source, scope, budget, where=where)
            if isinstance(result, bool):
                return result
            problem = Failure(f"the condition is {kind(result)}, not true or false", "Compare it with something")
            raise located(problem, source, where)
        case Combined("not", members):
            return not _holds(members[0], scope, budget)
        case Combined(by, members):
            return (all if by == "all" else any)(_holds(member, scope, budget) for member in members)
        case Test():
            return _tested(condition, scope, budget)


def _tested(test: Test, scope: Scope, budget: Budget) -> bool:
    if test.op in LOOKING:
        return _looked(test, scope, budget)
    found = run(test.path, scope, budget, where=test.where)
    value = resolve(test.value, scope, where=f"{test.where}.value")
    try:
        if test.op in SEARCHING:
            function = FUNCTIONS[test.op].call
            assert function is not None
            return function(budget, found, value)
        comparison: Any = test.op.replace("_", " ")
        return compared(comparison, found, value, budget=budget)
    except Failure as failure:
        raise located(failure, test.path, test.where) from failure


def _looked(test: Test, scope: Scope, budget: Budget) -> bool:
    parsed = parse(test.path)
    if parsed.problems:
        raise located(parsed.problems[0], test.path, test.where)
    try:
        found = compute(Call("default", (parsed.tree, Literal(None))), scope, budget)
        what = kind(found)
        if test.op in ("exists", "missing"):
            return (what == NULL) == (test.op == "missing")
        if what in (BOOLEAN, NUMBER):
            raise Failure(f"{what} is never empty", "Test it with exists or ==")
    except Failure as failure:
        raise located(failure, test.path, test.where) from failure
    return (what == NULL or len(found) == 0) == (test.op == "empty")
