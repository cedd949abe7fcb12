"""What an expression may refer to while it runs, and how a name finds its value.

A bare name is a step id, else a variable, else an input field. Nothing outside the scope can be reached: no
environment variable that is not in `env`, no secret where there is no look-up.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import Enum
from itertools import islice
from typing import Any, Protocol

from pipeline_project.persistence.json import Json
from pipeline_project.workflows.expressions.failure import Failure, Missing
from pipeline_project.workflows.expressions.functions import FUNCTIONS
from pipeline_project.workflows.expressions.tree import Namespace

ENV_SETTING = "PIPELINE_EXPRESSION_ENV"
OUTSIDE = "A variable or input field of that name is vars.{0} or input.{0}"
_SHOWN = 20  # names listed in a message
_LONG = 80  # characters of a name that are shown, and up to which close names are looked for
_COMPARED = 500  # names looked at for a close one; each comparison takes some 20 µs


class SecretLookup(Protocol):
    """Finds a secret by name, at the last moment and only in the executor."""

    def get(self, name: str) -> str:
        """The secret. Raises NotConfigured, naming what to set, when there is none."""
        ...


class Unset(Enum):
    """Stands for "not inside for_each", because null is a value an item may have."""

    UNSET = "unset"


UNSET = Unset.UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Everything one evaluation can see; JSON values throughout.

    `steps`: results by step id. `absent`: step id → why it has no result, as the end of a sentence ("was
    skipped"). `env`: the allow-listed environment variables that are set. `item`, `index`: inside for_each.
    """

    input: Mapping[str, Any] = field(default_factory=dict)
    steps: Mapping[str, Any] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)
    vars: Mapping[str, Any] = field(default_factory=dict)
    execution: Mapping[str, Any] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    secrets: SecretLookup | None = None
    item: Json | Unset = UNSET
    index: int | Unset = UNSET


def look_up(scope: Scope, namespace: Namespace, name: str | None) -> Any:
    """The value a path begins with; all of a namespace for name None.

    Raises Missing for what is not there, Failure for what may not be used here, NotConfigured for a secret.
    """
    match namespace:
        case "item" | "index":
            value = scope.item if namespace == "item" else scope.index
            if value is UNSET:
                raise Failure(f"{namespace} is only known inside for_each", OUTSIDE.format(namespace))
            return value
        case "secrets":
            if scope.secrets is None:
                raise Failure("secrets cannot be used here", "Use them in the config of the step that needs them")
            return scope.secrets.get(name or "")
        case "name":
            return _bare(scope, name or "")
        case "steps":
            return _step(scope, name or "")
        case _:
            values: Mapping[str, Any] = getattr(scope, namespace)
            return values if name is None else _field(values, namespace, name)


def closest(name: str, known: Iterable[str]) -> str | None:
    """The one of `known` that `name` may have been meant to be; None when nothing is close."""
    if len(name) > _LONG:
        return None
    candidates = [candidate for candidate in islice(known, _COMPARED) if len(candidate) <= 2 * len(name)]
    return next(iter(get_close_matches(name, candidates, n=1, cutoff=0.6)), None)


def near(name: str, known: Iterable[str]) -> str | None:
    """A remedy that names the closest of `known`; None when nothing is close."""
    close = closest(name, known)
    return f"Did you mean {close!r}?" if close else None


def shortened(name: str) -> str:
    """`name` for a message, however long the data made it."""
    return name if len(name) <= _LONG else f"{name[:_LONG]}…"


def listed(names: Collection[object]) -> str:
    """At most twenty of `names` for a message, and how many more there are."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(shortened(str(name)) for name in islice(names, _SHOWN)) + more or "nothing"


def _field(values: Mapping[str, Any], namespace: str, name: str) -> Any:
    if name in values:
        return values[name]
    if namespace == "env":
        raise Missing(
            f"the environment variable {name} cannot be read",
            f"Set it, and list it in the setting {ENV_SETTING}",
        )
    raise Missing(f"{namespace} has no {name!r}, only: {listed(values)}", lambda: near(name, values))


def _step(scope: Scope, name: str) -> Any:
    if name in scope.steps:
        return scope.steps[name]
    if name in scope.absent:
        raise Missing(
            f"the step {name!r} has no result: it {scope.absent[name]}",
            f"Where that may be, write default({name}…, fallback)",
        )
    known = [*scope.steps, *scope.absent]
    raise Missing(f"there is no step {name!r}, only: {listed(known)}", lambda: near(name, known))


def _bare(scope: Scope, name: str) -> Any:
    if name in scope.steps or name in scope.absent:
        return _step(scope, name)
    for values in (scope.vars, scope.input):
        if name in values:
            return values[name]
    if name in FUNCTIONS:
        raise Missing(f"{name!r} is a function", f"Write {FUNCTIONS[name].signature}")
    known = [*scope.steps, *scope.absent, *scope.vars, *scope.input]
    raise Missing(
        f"{name!r} is no step, variable or input field",
        lambda: near(name, known) or f"There is: {listed(known)}",
    )
