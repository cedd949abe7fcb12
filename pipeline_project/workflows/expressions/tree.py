"""The parts an expression may consist of; what is not here cannot be said.

The parser translates Python's syntax tree into these frozen values and everything after it sees only them.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal as OneOf

Namespace = OneOf["steps", "vars", "input", "env", "secrets", "execution", "item", "index", "name"]
Comparison = OneOf["==", "!=", "<", "<=", ">", ">=", "in", "not in"]
Arithmetic = OneOf["+", "-", "*", "/", "//", "%", "**"]


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, text, true, false or null, as written."""

    value: bool | int | Decimal | str | None


@dataclass(frozen=True, slots=True)
class Root:
    """Where a path begins: `steps.fetch`, all of `input` (name None), a bare `fetch` (namespace "name")."""

    namespace: Namespace
    name: str | None


@dataclass(frozen=True, slots=True)
class Slice:
    """`[start:stop]` of a list or text."""

    start: "Node | None"
    stop: "Node | None"


@dataclass(frozen=True, slots=True)
class Path:
    """Keys, indexes and slices, one after the other; dots mean mapping keys, never Python attributes."""

    base: "Node"
    keys: "tuple[Node | Slice, ...]"


@dataclass(frozen=True, slots=True)
class Call:
    """One of our functions; the parser has checked the name and the number of arguments."""

    function: str
    arguments: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Unary:
    """`-x`, `+x` or `not x`."""

    operator: OneOf["-", "+", "not"]
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Binary:
    """Arithmetic between two operands; `+` also joins texts and lists."""

    operator: Arithmetic
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Compare:
    """`a < b <= c`: each operand is computed once and the first false comparison ends it."""

    first: "Node"
    rest: "tuple[tuple[Comparison, Node], ...]"


@dataclass(frozen=True, slots=True)
class Logic:
    """`a and b and c`, or the same with `or`; later operands are computed only when needed."""

    operator: OneOf["and", "or"]
    operands: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Choice:
    """`then if test else otherwise`; only the chosen side is computed."""

    test: "Node"
    then: "Node"
    otherwise: "Node"


@dataclass(frozen=True, slots=True)
class ListOf:
    """`[a, b]`."""

    items: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class MappingOf:
    """`{'key': a}`."""

    entries: "tuple[tuple[Node, Node], ...]"


Node = Literal | Root | Path | Call | Unary | Binary | Compare | Logic | Choice | ListOf | MappingOf


def is_reference(node: Node) -> bool:
    """Whether `node` only names a value of the scope and makes nothing."""
    return isinstance(node.base if isinstance(node, Path) else node, Root)


def children(node: "Node | Slice") -> "tuple[Node | Slice, ...]":
    """The direct parts of `node`, in the order they are written."""
    match node:
        case Literal() | Root():
            return ()
        case Slice(start, stop):
            return tuple(part for part in (start, stop) if part is not None)
        case Path(base, keys):
            return (base, *keys)
        case Call(_, arguments):
            return arguments
        case Unary(_, operand):
            return (operand,)
        case Binary(_, left, right):
            return (left, right)
        case Compare(first, rest):
            return (first, *(operand for _, operand in rest))
        case Logic(_, operands):
            return operands
        case Choice(test, then, otherwise):
            return (then, test, otherwise)
        case ListOf(items):
            return items
        case MappingOf(entries):
            return tuple(part for entry in entries for part in entry)
