"""Functions on numbers; everything is exact, and money has the digits its currency has."""

import re
from typing import Any

from pipeline_project.workflows.expressions.arithmetic import calculate, round_half_up
from pipeline_project.workflows.expressions.failure import Failure
from pipeline_project.workflows.expressions.functions.base import expect, function
from pipeline_project.workflows.expressions.limits import Budget
from pipeline_project.workflows.expressions.values import LIST, NUMBER, TEXT, Number, less, plain

# ISO 4217, list one: the currencies whose minor unit is not two digits
_MINOR_UNITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_CURRENCY = re.compile(r"[A-Z]{3}")


def _round(_: Budget, number: Any, digits: Any = 0) -> Number:
    if isinstance(digits, bool) or not isinstance(digits, int):
        raise Failure("the digits of round must be a whole number")
    return round_half_up(expect(number, NUMBER, "what round rounds"), digits)


def _min(budget: Budget, value: Any, *more: Any) -> Any:
    return _extreme(budget, (value, *more), name="min")


def _max(budget: Budget, value: Any, *more: Any) -> Any:
    return _extreme(budget, (value, *more), name="max")


def _extreme(budget: Budget, values: tuple[Any, ...], *, name: str) -> Any:
    candidates = expect(values[0], LIST, f"a single argument of {name}") if len(values) == 1 else values
    if not candidates:
        raise Failure(f"{name} of an empty list has no value", f"Write {name}(list) if len(list) > 0 else fallback")
    budget.work(len(candidates))
    best = candidates[0]
    less(best, best)  # a single boolean or null has no order either
    for candidate in candidates[1:]:
        if less(candidate, best) if name == "min" else less(best, candidate):
            best = candidate
    return best


def _sum(budget: Budget, items: Any) -> Number:
    total: Number = 0
    budget.work(len(expect(items, LIST, "what sum adds")))
    for item in items:
        total = calculate("+", total, item)
    return total


def _money(budget: Budget, amount: Any, currency: Any) -> str:
    code = expect(currency, TEXT, "the currency of money")
    if not _CURRENCY.fullmatch(code):
        raise Failure("the currency of money is no ISO 4217 code", "Write three capitals, such as 'EUR'")
    digits = next((digits for digits, codes in _MINOR_UNITS.items() if code in codes), 2)
    rounded = round_half_up(expect(amount, NUMBER, "the amount of money"), digits)
    text = f"{plain(rounded)} {code}"
    budget.characters(len(text))
    return text


FUNCTIONS = (
    function(
        "round(number, digits=0) -> number",
        "To that many decimals, halves away from zero as in commerce: round(2.5) is 3, round(-2.5) is -3.",
        _round,
    ),
    function(
        "min(list) or min(a, b, …) -> value",
        "The smallest of numbers, or of texts (dates); an empty list is an error.",
        _min,
    ),
    function(
        "max(list) or max(a, b, …) -> value",
        "The largest of numbers, or of texts (dates); an empty list is an error.",
        _max,
    ),
    function("sum(list) -> number", "The exact sum of numbers; 0 for an empty list.", _sum),
    function(
        "money(amount, currency) -> text",
        "Rounded half up to the minor unit of the ISO 4217 currency, and the code: money(1234.5, 'EUR') is "
        "'1234.50 EUR', money(99.5, 'JPY') is '100 JPY'. For arithmetic use round(amount, 2).",
        _money,
    ),
)
