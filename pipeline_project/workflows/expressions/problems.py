"""Everything that can be known to be wrong with expressions before they run, all of it at once."""

from collections.abc import Iterator
from typing import Any

from pipeline_project.errors import ExpressionError
from pipeline_project.workflows.expressions.conditions import Problem, expressions_in, read, values_in
from pipeline_project.workflows.expressions.evaluate import located
from pipeline_project.workflows.expressions.failure import Failure
from pipeline_project.workflows.expressions.functions import FUNCTIONS
from pipeline_project.workflows.expressions.parser import parse
from pipeline_project.workflows.expressions.references import Names, Reference, references_in, texts
from pipeline_project.workflows.expressions.scope import ENV_SETTING, OUTSIDE, listed, near
from pipeline_project.workflows.expressions.template import Expression, split

_EXECUTION = ("id", "started_at", "attempt")


def problems(value: Any, names: Names, *, where: str) -> list[Problem]:
    """All static problems of the `${…}` in a config tree, in the order they are written.

    A name that nothing declares is a problem inside default(…) too, being misspelled and not missing; only an
    environment variable may be unknown there, because it depends on the machine.
    """
    try:
        return list(_tree(value, names, where))
    except ExpressionError as error:  # the tree is beyond the bounds
        return [Problem(error.where or where, f"{error.message}. {error.remedy}")]


def condition_problems(value: Any, names: Names, *, where: str) -> list[Problem]:
    """All static problems of a condition: its shape, its expressions and the values of its tests."""
    shape, wrong = read(value, where)
    found = wrong
    for path, source in expressions_in(shape):
        found += _expression(source, names, path)
    for path, tree in values_in(shape):
        found += problems(tree, names, where=path)
    return found


def _tree(value: Any, names: Names, where: str) -> Iterator[Problem]:
    for path, text in texts(value, where):
        try:
            parts = split(text)
        except Failure as failure:
            yield Problem(path, str(failure))
            continue
        for part in parts:
            if isinstance(part, Expression):
                yield from _expression(part.source, names, path)


def _expression(source: str, names: Names, path: str) -> Iterator[Problem]:
    parsed = parse(source)
    failures = [*parsed.problems]
    for reference in dict.fromkeys(references_in(parsed.tree)):
        failures += _unknown(reference, names)
    seen = dict.fromkeys(str(located(failure, source, "")) for failure in failures)
    yield from (Problem(path, message) for message in seen)


def _unknown(reference: Reference, names: Names) -> Iterator[Failure]:
    match reference.namespace:
        case "item" | "index":
            if not names.in_item:
                message = f"{reference.namespace} is only known inside for_each"
                yield Failure(message, OUTSIDE.format(reference.namespace))
        case "name":
            yield from _bare(reference.name, names)
        case "env":
            if reference.name not in names.env and not reference.optional:
                yield Failure(
                    f"the environment variable {reference.name} may not be read",
                    f"List it in the setting {ENV_SETTING}, separated by commas",
                )
        case "execution":
            yield from _undeclared(reference, frozenset(_EXECUTION))
        case "steps":
            yield from _undeclared(reference, names.steps)
        case "vars":
            yield from _undeclared(reference, names.vars)
        case "input":
            yield from _undeclared(reference, names.input)


def _undeclared(reference: Reference, known: frozenset[str] | None) -> Iterator[Failure]:
    if reference.name and known is not None and reference.name not in known:
        message = f"{reference.namespace} has no {reference.name!r}, only: {listed(sorted(known))}"
        yield Failure(message, near(reference.name, known))


def _bare(name: str, names: Names) -> Iterator[Failure]:
    declared = {"steps": names.steps, "vars": names.vars, "input": names.input or frozenset()}
    homes = [namespace for namespace, known in declared.items() if name in known]
    if len(homes) > 1:
        yield Failure(f"{name!r} is ambiguous", "Write " + " or ".join(f"{namespace}.{name}" for namespace in homes))
    elif not homes and name in FUNCTIONS:
        yield Failure(f"{name!r} is a function", f"Write {FUNCTIONS[name].signature}")
    elif not homes and names.input is not None:
        known = sorted(frozenset().union(*declared.values()))
        yield Failure(
            f"{name!r} is no step, variable or input field", near(name, known) or f"There is: {listed(known)}"
        )
