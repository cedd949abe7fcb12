"""Computes a parsed expression over a scope: one function per part of the tree, no Python object in between.

Refuses truthiness, arithmetic on booleans, comparison across kinds and anything larger than the budget.
"""

from collections.abc import Callable
from typing import Any

from pipeline_project.errors import ExpressionError, NotConfigured
from pipeline_project.persistence.json import Json
from pipeline_project.workflows.expressions.arithmetic import calculate, negate
from pipeline_project.workflows.expressions.failure import Failure, Missing
from pipeline_project.workflows.expressions.functions import FUNCTIONS
from pipeline_project.workflows.expressions.limits import Budget
from pipeline_project.workflows.expressions.parser import parse
from pipeline_project.workflows.expressions.paths import cut, step_into, written_key
from pipeline_project.workflows.expressions.scope import Scope, look_up
from pipeline_project.workflows.expressions.tree import (
    Binary,
    Call,
    Choice,
    Compare,
    Comparison,
    ListOf,
    Literal,
    Logic,
    MappingOf,
    Node,
    Path,
    Root,
    Slice,
    Unary,
    is_reference,
)
from pipeline_project.workflows.expressions.values import (
    LIST,
    TEXT,
    boolean,
    contains,
    equal,
    fresh,
    kind,
    less,
    number,
)

_SHOWN = 120  # characters of an expression quoted in a message


def evaluate(source: str, scope: Scope, *, where: str = "expression") -> Json:
    """The value of one bare expression (what stands inside `${…}`), sharing nothing with the scope.

    Raises ExpressionError at `where`, and NotConfigured for a secret that is not there.
    """
    return run(source, scope, Budget(), where=where)


def run(source: str, scope: Scope, budget: Budget, *, where: str) -> Json:
    """`evaluate` on a budget shared with other expressions."""
    parsed = parse(source)
    if parsed.problems:
        raise located(parsed.problems[0], source, where)
    budget.restart_clock()
    try:
        value = compute(parsed.tree, scope, budget)
        return fresh(value, budget.through if is_reference(parsed.tree) else budget)
    except Failure as failure:
        raise located(failure, source, where) from failure
    except RecursionError as error:
        raise located(Failure("its data is nested too deeply"), source, where) from error


def located(failure: Failure, source: str, where: str) -> ExpressionError:
    """The public error for `failure`: the place, the expression, what is wrong and what to write instead."""
    shown = " ".join(source[:_SHOWN].split()) + ("…" if len(source) > _SHOWN else "")
    message = f"${{{shown}}}: {failure.message}"
    # a message is read in terminals and stored as UTF-8: no control characters, no half characters
    readable = "".join(character if character.isprintable() else ascii(character)[1:-1] for character in message)
    return ExpressionError(readable, where=where, remedy=failure.remedy)


def compute(node: Node, scope: Scope, budget: Budget) -> Any:
    """The value of one part; lists and mappings may still be the scope's own. Raises Failure."""
    budget.work()
    return _COMPUTE[type(node)](node, scope, budget)


def _literal(node: Literal, _: Scope, __: Budget) -> Any:
    return node.value


def _root(node: Root, scope: Scope, _: Budget) -> Any:
    return look_up(scope, node.namespace, node.name)


def _path(node: Path, scope: Scope, budget: Budget) -> Any:
    value = compute(node.base, scope, budget)
    where = _root_written(node.base)
    for key in node.keys:
        if isinstance(key, Slice):
            start, stop = (None if end is None else compute(end, scope, budget) for end in (key.start, key.stop))
            value = cut(value, start, stop, where=where, budget=budget)
            where += "[…]"
        else:
            found = compute(key, scope, budget)
            value = step_into(value, found, where)
            where += written_key(found) if isinstance(key, Literal) else "[…]"
    return value


def _root_written(node: Node) -> str:
    if not isinstance(node, Root):
        return "the value"
    if node.namespace == "name":
        return str(node.name)
    return node.namespace if node.name is None else node.namespace + written_key(node.name)


def _call(node: Call, scope: Scope, budget: Budget) -> Any:
    function = FUNCTIONS[node.function].call
    if function is None:
        return _default(node.arguments, scope, budget)
    return function(budget, *(compute(argument, scope, budget) for argument in node.arguments))


def _default(arguments: tuple[Node, ...], scope: Scope, budget: Budget) -> Any:
    value, fallback = arguments
    try:
        found = compute(value, scope, budget)
    except (Missing, NotConfigured):
        found = None
    return compute(fallback, scope, budget) if found is None else found


def _unary(node: Unary, scope: Scope, budget: Budget) -> Any:
    value = compute(node.operand, scope, budget)
    if node.operator == "not":
        return not boolean(value, "what `not` negates")
    return negate(value) if node.operator == "-" else number(value)


def _binary(node: Binary, scope: Scope, budget: Budget) -> Any:
    left, right = compute(node.left, scope, budget), compute(node.right, scope, budget)
    kinds = {kind(left), kind(right)}
    if node.operator == "+" and kinds == {TEXT}:
        budget.characters(len(left) + len(right))
        return left + right
    if node.operator == "+" and kinds == {LIST}:
        budget.items(len(left) + len(right))
        return [*left, *right]
    if node.operator == "+" and TEXT in kinds:
        raise Failure(
            f"+ cannot add {kind(right)} to {kind(left)}",
            "Write join([a, b], ''), or ${a} inside a longer text",
        )
    if TEXT in kinds or LIST in kinds:
        raise Failure(f"{node.operator} cannot take {kind(left)} and {kind(right)}", "Arithmetic is for numbers")
    return calculate(node.operator, left, right)


def _compare(node: Compare, scope: Scope, budget: Budget) -> bool:
    left = compute(node.first, scope, budget)
    for comparison, operand in node.rest:
        right = compute(operand, scope, budget)
        if not compared(comparison, left, right, budget=budget):
            return False
        left = right
    return True


def compared(comparison: Comparison, left: Any, right: Any, *, budget: Budget) -> bool:
    """`left comparison right`. Raises Failure for different kinds."""
    match comparison:
        case "==":
            return equal(left, right, budget)
        case "!=":
            return not equal(left, right, budget)
        case "<":
            return less(left, right)
        case ">":
            return less(right, left)
        case "<=":
            return not less(right, left)
        case ">=":
            return not less(left, right)
        case "in":
            return contains(right, left, budget)
        case "not in":
            return not contains(right, left, budget)


def _logic(node: Logic, scope: Scope, budget: Budget) -> bool:
    decisive = node.operator == "or"
    for operand in node.operands:
        if boolean(compute(operand, scope, budget), f"an operand of `{node.operator}`") is decisive:
            return decisive
    return not decisive


def _choice(node: Choice, scope: Scope, budget: Budget) -> Any:
    chosen = boolean(compute(node.test, scope, budget), "what stands after `if`")
    return compute(node.then if chosen else node.otherwise, scope, budget)


def _list_of(node: ListOf, scope: Scope, budget: Budget) -> Any:
    return [compute(item, scope, budget) for item in node.items]


def _mapping_of(node: MappingOf, scope: Scope, budget: Budget) -> Any:
    made: dict[str, Any] = {}
    for key_node, value in node.entries:
        key = compute(key_node, scope, budget)
        if kind(key) != TEXT:
            raise Failure(f"a key of a mapping is {kind(key)}", "Keys are text in quotes")
        if key in made:
            raise Failure("a mapping has the same key twice")
        made[key] = compute(value, scope, budget)
    return made


_COMPUTE: dict[type, Callable[[Any, Scope, Budget], Any]] = {
    Literal: _literal,
    Root: _root,
    Path: _path,
    Call: _call,
    Unary: _unary,
    Binary: _binary,
    Compare: _compare,
    Logic: _logic,
    Choice: _choice,
    ListOf: _list_of,
    MappingOf: _mapping_of,
}
