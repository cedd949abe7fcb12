"""What a function of the language is: a signature for the reference, and a pure call on JSON values."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipeline_project.workflows.expressions.failure import Failure
from pipeline_project.workflows.expressions.values import kind


@dataclass(frozen=True, slots=True)
class Function:
    """One function: `signature` and `summary` are its documentation; `most` None: any number of arguments.

    `call` gets the budget and the computed arguments. Only `default` has none: the evaluator takes it itself,
    because its first argument may be missing.
    """

    name: str
    signature: str
    summary: str
    least: int
    most: int | None
    call: Callable[..., Any] | None


def function(signature: str, summary: str, call: Callable[..., Any]) -> Function:
    """A Function; name from `signature`, arity from the parameters of `call` after the budget."""
    parameters = list(inspect.signature(call).parameters.values())[1:]
    open_ended = any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters)
    named = [parameter for parameter in parameters if parameter.kind is not parameter.VAR_POSITIONAL]
    least = sum(parameter.default is parameter.empty for parameter in named)
    return Function(signature.split("(")[0], signature, summary, least, None if open_ended else len(named), call)


def expect(value: Any, wanted: str, argument: str) -> Any:
    """`value` if it is of the kind `wanted` (a word of `values`). Raises Failure naming the argument."""
    if kind(value) != wanted:
        raise Failure(f"{argument} is {kind(value)} and must be {wanted}")
    return value
