"""The operation jmespath: the JMESPath language, by the library, on exact numbers and within a budget.

The library reads fractions as floats and does not take a Decimal for a number; here literals are Decimals and
the functions know them, so that money stays exact. A query that multiplies its data is stopped.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, Literal

import jmespath
from jmespath.exceptions import JMESPathError, JMESPathTypeError
from jmespath.functions import TYPES_MAP, Functions, signature
from jmespath.visitor import Options, TreeInterpreter
from pydantic import AfterValidator, Field

from pipeline_project.errors import InvalidInput
from pipeline_project.persistence.json import Json, dumps
from pipeline_project.workflows.expressions.arithmetic import calculate, negate
from pipeline_project.workflows.expressions.limits import MAX_SOURCE, Budget
from pipeline_project.workflows.expressions.scope import near
from pipeline_project.workflows.expressions.values import fresh
from pipeline_project.workflows.transform.base import OperationBase, Place, written_number

_MAKING = frozenset(
    {
        "flatten",
        "filter_projection",
        "function_expression",
        "multi_select_dict",
        "multi_select_list",
        "projection",
        "slice",
        "value_projection",
    }
)
"""Parts of a query that make a new list or mapping; the others hand through what is there."""


class JmesPath(OperationBase):
    """Replaces the data by the result of a JMESPath query."""

    op: Literal["jmespath"]
    expression: Annotated[str, AfterValidator(lambda text: compiled(text) and text)] = Field(
        description="A query (jmespath.org), as in items[?paid].total"
    )

    def apply(self, data: Json, place: Place) -> Json:
        """The result. Raises InvalidInput for data that does not suit the query."""
        interpreter = _Interpreter(place.budget)
        try:
            return fresh(interpreter.visit(compiled(self.expression), data), place.budget)
        except JMESPathTypeError as error:
            reason = f"{error.function_name}() cannot take {TYPES_MAP.get(error.actual_type, error.actual_type)}"
            raise InvalidInput(reason, where=place.at()) from error
        # what the library's functions raise on values they do not expect, such as a slice with step 0
        except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError, RecursionError) as error:
            raise InvalidInput("the data does not suit the query", where=place.at()) from error


@lru_cache(maxsize=256)
def compiled(expression: str) -> dict[str, Any]:
    """The library's tree of a query, with exact literals. Raises ValueError with the reason it is none."""
    if len(expression) > MAX_SOURCE:
        raise ValueError(f"the query is longer than {MAX_SOURCE} characters")
    try:
        tree = _exact(jmespath.compile(expression).parsed)
        _check_functions(tree)
    except JMESPathError as error:
        raise ValueError(str(error).split("\n")[0].removesuffix(":").removesuffix(", for expression")) from error
    except RecursionError as error:
        raise ValueError("the query is nested too deeply") from error
    except PendingDeprecationWarning as error:  # where warnings are errors
        raise ValueError("text between ` ` needs quotes, as in `\"text\"`; or write 'text'") from error
    return tree


def _exact(node: Any) -> Any:
    if isinstance(node, float):
        return Decimal(repr(node))
    if isinstance(node, dict):
        return {key: _exact(value) for key, value in node.items()}
    return [_exact(value) for value in node] if isinstance(node, list) else node


def _check_functions(node: Any) -> None:
    if not isinstance(node, dict) or "type" not in node:
        return
    children = node.get("children") or []
    if node["type"] == "function_expression":
        known = _ExactFunctions.FUNCTION_TABLE
        name, function = node["value"], known.get(node["value"])
        if function is None:
            raise ValueError(f"there is no function {name!r}. {near(name, known) or 'See jmespath.org'}")
        wanted: Sequence[Any] = function["signature"]
        if len(children) < len(wanted) or (len(children) > len(wanted) and not wanted[-1].get("variadic")):
            raise ValueError(f"{name}() does not take {len(children)} arguments")
    if node["type"] != "literal":
        for child in children:
            _check_functions(child)


class _Interpreter(TreeInterpreter):
    """The library's interpreter, charged for every step and for everything it makes."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(Options(custom_functions=_ExactFunctions()))
        self._budget = budget

    def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
        self._budget.work()
        result = super().visit(node, *args, **kwargs)
        if node["type"] in _MAKING:
            if isinstance(result, list | dict):
                self._budget.items(len(result))
            elif isinstance(result, str):
                self._budget.characters(len(result))
        return result


class _ExactFunctions(Functions):
    """The library's functions with Decimal as a number and exact arithmetic."""

    # the stubs leave out what is not meant to be called from outside; overriding it is the only way in

    def _get_allowed_pytypes(self, types: Any) -> Any:
        allowed, subtypes = super()._get_allowed_pytypes(types)  # pyright: ignore[reportAttributeAccessIssue]
        if "float" in allowed:
            allowed.append("Decimal")
        return allowed, [(*names, "Decimal") if "float" in names else names for names in subtypes]

    def _convert_to_jmespath_type(self, pyobject: Any) -> Any:
        return "number" if pyobject == "Decimal" else TYPES_MAP.get(pyobject, "unknown")

    @signature({"types": ["number"]})
    def _func_abs(self, arg: Any) -> Any:
        return negate(arg) if arg < 0 else arg

    @signature({"types": ["array-number"]})
    def _func_sum(self, arg: Any) -> Any:
        total: Any = 0
        for number in arg:
            total = calculate("+", total, number)
        return total

    @signature({"types": ["array-number"]})
    def _func_avg(self, arg: Any) -> Any:
        return calculate("/", self._func_sum(arg), len(arg)) if arg else None

    @signature({"types": ["number"]})
    def _func_floor(self, arg: Any) -> Any:
        return calculate("//", arg, 1)

    @signature({"types": ["number"]})
    def _func_ceil(self, arg: Any) -> Any:
        return negate(calculate("//", negate(arg), 1))

    @signature({"types": []})
    def _func_to_string(self, arg: Any) -> Any:
        return arg if isinstance(arg, str) else dumps(arg)

    @signature({"types": []})
    def _func_to_number(self, arg: Any) -> Any:
        if isinstance(arg, int | Decimal) and not isinstance(arg, bool):
            return arg
        return written_number(arg) if isinstance(arg, str) else None

    @signature({"types": []})
    def _func_type(self, arg: Any) -> Any:
        return self._convert_to_jmespath_type(type(arg).__name__)
