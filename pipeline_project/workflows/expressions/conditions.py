"""The shapes of a condition: an expression, or the structured form that generated drafts use.

Structured: `{all: […]}`, `{any: […]}`, `{not: condition}`, and tests such as
`{path: steps.check.total, op: ">", value: 5}`. What is not exactly one of these is refused, an empty list
too, because "all of nothing" would hold.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pipeline_project.workflows.expressions.failure import Failure
from pipeline_project.workflows.expressions.limits import MAX_DEPTH, MAX_NODES
from pipeline_project.workflows.expressions.parser import parse
from pipeline_project.workflows.expressions.scope import near
from pipeline_project.workflows.expressions.template import Expression, split
from pipeline_project.workflows.expressions.tree import is_reference

Comparing = Literal["==", "!=", "<", "<=", ">", ">=", "in", "not_in"]
Searching = Literal["contains", "starts_with", "ends_with", "matches"]
Looking = Literal["exists", "missing", "empty", "not_empty"]
COMPARING, SEARCHING, LOOKING = get_args(Comparing), get_args(Searching), get_args(Looking)
"""What compares the path's value with `value`; what searches `value` in it; what takes no `value`."""
TESTS = (*COMPARING, *SEARCHING, *LOOKING)

_SHAPES = "Write an expression, {all: […]}, {any: […]}, {not: …} or {path: …, op: …, value: …}."


@dataclass(frozen=True, slots=True)
class Fixed:
    """A condition that is already decided: true or false as written, or computed before."""

    decided: bool


@dataclass(frozen=True, slots=True)
class Formula:
    """A condition written as an expression; `source` is bare."""

    source: str
    where: str


@dataclass(frozen=True, slots=True)
class Test:
    """One structured test; `path` is the bare source of a reference, `value` may hold `${…}`."""

    path: str
    op: str
    value: Any
    where: str


@dataclass(frozen=True, slots=True)
class Combined:
    """Conditions combined; `not` has exactly one member."""

    by: Literal["all", "any", "not"]
    members: "tuple[Condition, ...]"


Condition = Fixed | Formula | Test | Combined


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a definition: the path of the place, and what is wrong there with its remedy."""

    path: str
    message: str


def read(value: Any, where: str) -> tuple[Condition, list[Problem]]:
    """The condition that `value` spells, and all that is wrong with its shape; then do not decide it."""
    reader = _Reader()
    return reader.condition(value, where, 0), reader.problems


def expressions_in(condition: Condition) -> Iterator[tuple[str, str]]:
    """Path and bare source of every expression in a condition, except those in the values of tests."""
    match condition:
        case Formula(source, where):
            yield where, source
        case Test(path, _, _, where):
            yield f"{where}.path", path
        case Combined(_, members):
            for member in members:
                yield from expressions_in(member)


def values_in(condition: Condition) -> Iterator[tuple[str, Any]]:
    """Path and config tree of every `value` in a condition."""
    if isinstance(condition, Test):
        yield f"{condition.where}.value", condition.value
    elif isinstance(condition, Combined):
        for member in condition.members:
            yield from values_in(member)


class _Reader:
    """Reads one condition and collects what is wrong; a part with a problem becomes false, never used."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.count = 0

    def condition(self, value: Any, where: str, depth: int) -> Condition:
        self.count += 1
        if depth > MAX_DEPTH or self.count > MAX_NODES:
            return self._bounded(where)
        if isinstance(value, bool):
            return Fixed(value)
        if isinstance(value, str):
            return Formula(self.bare(value, where), where)
        if isinstance(value, Mapping) and len(value) == 1 and (by := next(iter(value))) in ("all", "any", "not"):
            return self.combined(by, value[by], f"{where}.{by}", depth)
        if isinstance(value, Mapping) and "path" in value and value.keys() <= {"path", "op", "value"}:
            return self.test(value, where)
        found = ", ".join(map(repr, value)) if isinstance(value, Mapping) else type(value).__name__
        return self.problem(where, f"{found or 'an empty mapping'} is no condition", _SHAPES)

    def combined(self, by: Any, value: Any, where: str, depth: int) -> Condition:
        listed = isinstance(value, list | tuple)
        members = value if listed else [value]
        if by == "not" and len(members) != 1:
            return self.problem(where, "not takes one condition", "Write {not: {any: […]}} for several.")
        if not listed and by != "not":
            return self.problem(where, f"{by} takes a list of conditions", f"Write {{{by}: […]}}.")
        if not members:
            return self.problem(
                where, f"{by} of no conditions decides nothing", "Write at least one, or true or false."
            )
        places = [f"{where}[{index}]" if listed else where for index in range(len(members))]
        return Combined(by, tuple(self.condition(*pair, depth + 1) for pair in zip(members, places, strict=True)))

    def test(self, value: Mapping[str, Any], where: str) -> Condition:
        path, op = value["path"], value.get("op")
        source = self.bare(path, f"{where}.path") if isinstance(path, str) else "0"
        parsed = parse(source)
        if not parsed.problems and not is_reference(parsed.tree):
            self.problem(f"{where}.path", "it is no plain reference", "Write it as in steps.check.total.")
        if op not in TESTS:
            self.problem(f"{where}.op", f"{op!r} is no test", near(str(op), TESTS) or f"There are: {', '.join(TESTS)}.")
        elif (op in LOOKING) == ("value" in value):
            self.problem(where, f"the test {op} takes {'no' if op in LOOKING else 'a'} value", None)
        return Test(source, str(op), value.get("value"), where)

    def bare(self, text: str, where: str) -> str:
        """The source in `${source}`, or `text` itself when it holds no `${…}`."""
        try:
            parts = split(text.strip())
        except Failure as failure:
            self.problem(where, failure.message, failure.remedy)
            return "0"
        if len(parts) == 1:
            return parts[0].source if isinstance(parts[0], Expression) else text.strip()
        if any(isinstance(part, Expression) for part in parts):
            self.problem(where, "it is a text with expressions in it, not one expression", "Write ${a > 1}.")
            return "0"
        return text.strip()

    def problem(self, where: str, message: str, remedy: str | None) -> Condition:
        self.problems.append(Problem(where, f"{message}. {remedy}" if remedy else message))
        return Fixed(False)

    def _bounded(self, where: str) -> Condition:
        message = f"the condition has more than {MAX_NODES} parts, or is nested deeper than {MAX_DEPTH}"
        if any(problem.message.startswith(message) for problem in self.problems):
            return Fixed(False)
        return self.problem(where, message, "Split it over several steps, and look for YAML aliases.")
