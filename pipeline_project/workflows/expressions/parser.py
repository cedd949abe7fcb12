"""Turns an expression's source into the tree of `tree.py`: Python's `ast` first, then an allow-list.

Whatever the allow-list does not name is a problem, never a pass-through; all problems of one expression are
found together. Only function names and numbers of arguments are known here; names of steps and variables not.
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pipeline_project.workflows.expressions.arithmetic import exact
from pipeline_project.workflows.expressions.failure import Failure
from pipeline_project.workflows.expressions.functions import FUNCTIONS
from pipeline_project.workflows.expressions.functions.patterns import compiled
from pipeline_project.workflows.expressions.lexer import prepare
from pipeline_project.workflows.expressions.limits import MAX_DEPTH, MAX_NODES, MAX_SOURCE
from pipeline_project.workflows.expressions.scope import near
from pipeline_project.workflows.expressions.tree import (
    Binary,
    Call,
    Choice,
    Compare,
    ListOf,
    Literal,
    Logic,
    MappingOf,
    Node,
    Path,
    Root,
    Slice,
    Unary,
)

NAMESPACES = ("steps", "vars", "input", "env", "secrets", "execution", "item", "index")
JSON_WORDS = {"true": True, "false": False, "null": None}
_NAMED_ONLY = ("steps", "env", "secrets")  # nobody may have all of them at once

_BINARY: dict[type[ast.operator], Any] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
}
_COMPARISONS: dict[type[ast.cmpop], Any] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_UNARY: dict[type[ast.unaryop], Any] = {ast.USub: "-", ast.UAdd: "+", ast.Not: "not"}
_SPLIT = "Split it over several steps"
_NOTHING = Literal(None)  # stands where a problem was found


@dataclass(frozen=True, slots=True)
class Parsed:
    """The tree of an expression and everything wrong with it; with problems it must not be evaluated."""

    tree: Node
    problems: tuple[Failure, ...] = ()


def parse(source: str) -> Parsed:
    """The tree of `source`, never an exception; remembered by source."""
    try:
        return _parsed(source) if len(source) <= MAX_SOURCE else _parse(source)
    except (RecursionError, MemoryError):
        # not remembered: it may be the caller who is deep in the stack
        return Parsed(_NOTHING, (Failure(f"it is nested deeper than {MAX_DEPTH}", _SPLIT),))


def _parse(source: str) -> Parsed:
    try:
        prepared = prepare(source)
        body = ast.parse(prepared, mode="eval").body
    except Failure as failure:
        return Parsed(_NOTHING, (failure.with_traceback(None),))
    except SyntaxError as error:
        return Parsed(_NOTHING, (Failure(f"it is no expression: {error.msg}"),))
    translator = _Translator(prepared)
    tree = translator.node(body, 0)
    return Parsed(tree, tuple(translator.problems))


_parsed = lru_cache(maxsize=2048)(_parse)


class _Translator:
    """One walk over Python's tree; a part that is not allowed becomes a problem and null."""

    def __init__(self, prepared: str) -> None:
        self.source = prepared.encode()
        self.problems: list[Failure] = []
        self.count = 0

    def node(self, node: ast.expr, depth: int) -> Node:
        self.count += 1
        if depth > MAX_DEPTH or self.count > MAX_NODES:
            return self._bounded(f"it is nested deeper than {MAX_DEPTH}, or has more than {MAX_NODES} parts")
        translate = _ALLOWED.get(type(node))
        if translate is None:
            what, remedy = _FORBIDDEN.get(type(node), (f"{type(node).__name__}", None))
            return self.problem(f"{what} is no part of the language", remedy)
        return translate(self, node, depth + 1)

    def nodes(self, nodes: list[ast.expr], depth: int) -> tuple[Node, ...]:
        return tuple(self.node(node, depth) for node in nodes)

    def problem(self, message: str, remedy: str | None = None) -> Node:
        self.problems.append(Failure(message, remedy))
        return _NOTHING

    def _bounded(self, message: str) -> Node:
        if any(problem.message == message for problem in self.problems):
            return _NOTHING
        return self.problem(message, _SPLIT)

    def constant(self, node: ast.Constant, _: int) -> Node:
        value = node.value
        if isinstance(value, int | float) and not isinstance(value, bool):
            # a float has lost digits already: what is written counts
            written = self.source[node.col_offset : node.end_col_offset].decode().replace("_", "")
            try:
                return Literal(exact(value if isinstance(value, int) else written))
            except Failure as failure:
                return self.problem(failure.message)
        if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
            return self.problem("a text holds half a character", "Write the character itself, or \\U0001F600")
        if value is None or isinstance(value, bool | str):
            return Literal(value)
        return self.problem(f"{type(value).__name__} is no part of the language")

    def name(self, node: ast.Name, depth: int) -> Node:
        return self.path(node, depth)

    def path(self, node: ast.expr, depth: int) -> Node:
        """A chain of attributes and subscripts; the first names may choose a namespace."""
        keys: list[Node | Slice] = []
        while isinstance(node, ast.Attribute | ast.Subscript):
            self.count += 1
            keys.append(Literal(node.attr) if isinstance(node, ast.Attribute) else self.key(node.slice, depth))
            node = node.value
        keys.reverse()
        if isinstance(node, ast.Name) and node.id not in JSON_WORDS:
            base = self.root(node.id, keys)
        else:
            base = self.node(node, depth) if not isinstance(node, ast.Name) else Literal(JSON_WORDS[node.id])
        return Path(base, tuple(keys)) if keys else base

    def root(self, name: str, keys: "list[Node | Slice]") -> Node:
        """Where a path begins; takes the key that belongs to the root out of `keys`."""
        if name not in NAMESPACES:
            return Root("name", name)
        if name in ("item", "index"):
            return Root(name, None)
        first = keys[0].value if keys and isinstance(keys[0], Literal) else None
        if isinstance(first, str):
            del keys[0]
            return Root(name, first)
        if name in _NAMED_ONLY:
            return self.problem(f"{name} needs the name of one, written out", f"Write {name}.name or {name}['name']")
        return Root(name, None)  # pyright: ignore[reportArgumentType]

    def key(self, node: ast.expr, depth: int) -> Node | Slice:
        if not isinstance(node, ast.Slice):
            return self.node(node, depth)
        if node.step is not None:
            return self.problem("a slice has no step", "Write [start:stop]")
        start, stop = (None if end is None else self.node(end, depth) for end in (node.lower, node.upper))
        return Slice(start, stop)

    def call(self, node: ast.Call, depth: int) -> Node:
        arguments = self.nodes(node.args, depth)
        if isinstance(node.func, ast.Attribute) and node.func.attr in FUNCTIONS:
            return self.problem(f"a value has no methods, so no .{node.func.attr}()", f"Write {node.func.attr}(value)")
        if not isinstance(node.func, ast.Name):
            return self.problem("only the functions of the language can be called", "See their list in the reference")
        name = node.func.id
        if name not in FUNCTIONS:
            return self.problem(f"there is no function {name!r}", near(name, FUNCTIONS) or f"There are: {_NAMES}")
        if node.keywords:
            return self.problem(f"the arguments of {name} have no names", f"Write {FUNCTIONS[name].signature}")
        self._check_arguments(name, arguments)
        return Call(name, arguments)

    def _check_arguments(self, name: str, arguments: tuple[Node, ...]) -> None:
        function = FUNCTIONS[name]
        if len(arguments) < function.least or (function.most is not None and len(arguments) > function.most):
            self.problem(f"{name} does not take {len(arguments)} arguments", f"Write {function.signature}")
        elif name == "matches" and isinstance(arguments[1], Literal) and isinstance(arguments[1].value, str):
            try:
                compiled(arguments[1].value)
            except Failure as failure:
                self.problems.append(failure.with_traceback(None))

    def unary(self, node: ast.UnaryOp, depth: int) -> Node:
        return Unary(_UNARY[type(node.op)], self.node(node.operand, depth))

    def binary(self, node: ast.BinOp, depth: int) -> Node:
        return Binary(_BINARY[type(node.op)], self.node(node.left, depth), self.node(node.right, depth))

    def compare(self, node: ast.Compare, depth: int) -> Node:
        first, *rest = self.nodes([node.left, *node.comparators], depth)
        return Compare(first, tuple(zip((_COMPARISONS[type(op)] for op in node.ops), rest, strict=True)))

    def logic(self, node: ast.BoolOp, depth: int) -> Node:
        return Logic("and" if isinstance(node.op, ast.And) else "or", self.nodes(node.values, depth))

    def choice(self, node: ast.IfExp, depth: int) -> Node:
        return Choice(*self.nodes([node.test, node.body, node.orelse], depth))

    def list_of(self, node: ast.List, depth: int) -> Node:
        return ListOf(self.nodes(node.elts, depth))

    def mapping_of(self, node: ast.Dict, depth: int) -> Node:
        if None in node.keys:
            return self.problem("** is no part of the language", "Write each key")
        keys = self.nodes([key for key in node.keys if key is not None], depth)
        return MappingOf(tuple(zip(keys, self.nodes(node.values, depth), strict=True)))


_NAMES = ", ".join(FUNCTIONS)
# the lexer has refused other operators, so that each table above has an entry for every operator that arrives
_ALLOWED: dict[type[ast.expr], Callable[..., Node]] = {
    ast.Constant: _Translator.constant,
    ast.Name: _Translator.name,
    ast.Attribute: _Translator.path,
    ast.Subscript: _Translator.path,
    ast.Call: _Translator.call,
    ast.UnaryOp: _Translator.unary,
    ast.BinOp: _Translator.binary,
    ast.Compare: _Translator.compare,
    ast.BoolOp: _Translator.logic,
    ast.IfExp: _Translator.choice,
    ast.List: _Translator.list_of,
    ast.Dict: _Translator.mapping_of,
}
_FORBIDDEN: dict[type[ast.expr], tuple[str, str | None]] = {
    ast.Tuple: ("a list in round brackets, or a comma between values,", "Write a list in [ ]"),
    ast.Set: ("a set", "Write a list in [ ], or a mapping with keys and values"),
    ast.Starred: ("a star before a value", "Write each value"),
}
