"""What a config tree or a condition refers to, read off without computing anything.

An expression that cannot be parsed contributes nothing here; `problems` is where it is reported.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pipeline_project.errors import ExpressionError
from pipeline_project.workflows.expressions.conditions import expressions_in, read, values_in
from pipeline_project.workflows.expressions.failure import Failure
from pipeline_project.workflows.expressions.limits import MAX_DATA_DEPTH, MAX_TREE
from pipeline_project.workflows.expressions.parser import parse
from pipeline_project.workflows.expressions.paths import written_key
from pipeline_project.workflows.expressions.resolve import too_large
from pipeline_project.workflows.expressions.scope import listed, near
from pipeline_project.workflows.expressions.template import Expression, split
from pipeline_project.workflows.expressions.tree import (
    Call,
    Literal,
    Namespace,
    Node,
    Path,
    Root,
    Slice,
    children,
)


@dataclass(frozen=True, slots=True)
class Reference:
    """One name an expression uses: `steps.fetch.items[0]` is ("steps", "fetch", ("items", 0)).

    `name` is empty for item, index and a whole namespace; `path` ends before the first computed key;
    `optional`: it stands in the first argument of default(…). Namespace "name" is a bare name, see `bind`.
    """

    namespace: Namespace
    name: str
    path: tuple[str | int, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What a definition declares; `input` None: the input schema is open; `in_item`: inside for_each."""

    steps: frozenset[str] = frozenset()
    vars: frozenset[str] = frozenset()
    input: frozenset[str] | None = None
    env: frozenset[str] = frozenset()
    in_item: bool = False


def references(value: Any) -> frozenset[Reference]:
    """Every reference in the `${…}` of a config tree. Raises ExpressionError for a tree beyond the bounds."""
    return frozenset(_found(expressions_of(value)))


def condition_references(value: Any) -> frozenset[Reference]:
    """Every reference in a condition, whose expressions stand bare or as `${…}`; see `references`."""
    shape, _ = read(value, "condition")
    inner = (found for _, tree in values_in(shape) for found in expressions_of(tree))
    return frozenset((*_found(source for _, source in expressions_in(shape)), *_found(inner)))


def bind(reference: Reference, names: Names) -> Reference:
    """A bare reference with its namespace: a step id, else a variable, else an input field; others unchanged.

    Raises ExpressionError when it is none of them and the input schema is closed.
    """
    if reference.namespace != "name":
        return reference
    if reference.name in names.steps:
        return replace(reference, namespace="steps")
    if reference.name in names.vars:
        return replace(reference, namespace="vars")
    if names.input is None or reference.name in names.input:
        return replace(reference, namespace="input")
    known = sorted(names.steps | names.vars | names.input)
    raise ExpressionError(
        f"{reference.name!r} is no step, variable or input field",
        remedy=near(reference.name, known) or f"There is: {listed(known)}.",
    )


def expressions_of(value: Any) -> Iterator[str]:
    """The source of every `${…}` in a config tree; texts that cannot be scanned are left to `problems`."""
    for _, text in texts(value, "config"):
        try:
            parts = split(text)
        except Failure:
            continue
        yield from (part.source for part in parts if isinstance(part, Expression))


def _found(sources: Iterable[str]) -> Iterator[Reference]:
    for source in sources:
        yield from references_in(parse(source).tree)


def texts(value: Any, where: str) -> Iterator[tuple[str, str]]:
    """Path and text of every text that is a value in the tree. Raises ExpressionError beyond the bounds."""
    waiting = [(where, value, 0)]
    count = 0
    while waiting:
        path, item, depth = waiting.pop()
        count += 1
        if count > MAX_TREE or depth > MAX_DATA_DEPTH:
            raise too_large(where)
        if isinstance(item, str):
            yield path, item
        elif isinstance(item, Mapping):
            entries = [(path + written_key(str(key)), inner, depth + 1) for key, inner in item.items()]
            waiting.extend(reversed(entries))
        elif isinstance(item, list | tuple):
            waiting.extend(reversed([(f"{path}[{index}]", inner, depth + 1) for index, inner in enumerate(item)]))


def references_in(node: Node | Slice, optional: bool = False) -> Iterator[Reference]:
    """The references in one part of an expression, outermost first."""
    if isinstance(node, Root):
        yield Reference(node.namespace, node.name or "", (), optional)
        return
    if isinstance(node, Path) and isinstance(node.base, Root):
        yield Reference(node.base.namespace, node.base.name or "", _literal_keys(node), optional)
        for key in node.keys:
            yield from references_in(key, optional)
        return
    for position, part in enumerate(children(node)):
        inside = position == 0 and isinstance(node, Call) and node.function == "default"
        yield from references_in(part, optional or inside)


def _literal_keys(path: Path) -> tuple[str | int, ...]:
    keys: list[str | int] = []
    for key in path.keys:
        value = key.value if isinstance(key, Literal) else None
        if isinstance(value, bool) or not isinstance(value, str | int):
            break
        keys.append(value)
    return tuple(keys)
