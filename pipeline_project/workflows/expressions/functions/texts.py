"""Functions on text, JSON text included. Patterns run on google-re2, whose time is linear in the text."""

from typing import Any

from pipeline_project.errors import InvalidInput
from pipeline_project.persistence.json import loads
from pipeline_project.workflows.expressions.failure import Failure
from pipeline_project.workflows.expressions.functions.base import expect, function
from pipeline_project.workflows.expressions.functions.patterns import found_in
from pipeline_project.workflows.expressions.limits import MAX_ITEMS, Budget
from pipeline_project.workflows.expressions.values import LIST, TEXT, as_json, spelled


def _lower(budget: Budget, text: Any) -> str:
    return _converted(budget, expect(text, TEXT, "the argument of lower").lower())


def _upper(budget: Budget, text: Any) -> str:
    return _converted(budget, expect(text, TEXT, "the argument of upper").upper())


def _trim(budget: Budget, text: Any) -> str:
    return _converted(budget, expect(text, TEXT, "the argument of trim").strip())


def _converted(budget: Budget, text: str) -> str:
    budget.characters(len(text))
    return text


def _starts_with(_: Budget, text: Any, start: Any) -> bool:
    return expect(text, TEXT, "the text of starts_with").startswith(expect(start, TEXT, "the start"))


def _ends_with(_: Budget, text: Any, end: Any) -> bool:
    return expect(text, TEXT, "the text of ends_with").endswith(expect(end, TEXT, "the end"))


def _matches(budget: Budget, text: Any, pattern: Any) -> bool:
    text = expect(text, TEXT, "the text of matches")
    return found_in(text, expect(pattern, TEXT, "the pattern of matches"), budget)


def _join(budget: Budget, items: Any, separator: Any = ", ") -> str:
    pieces = [spelled(item, budget) for item in expect(items, LIST, "what join joins")]
    separator = expect(separator, TEXT, "the separator of join")
    budget.characters(len(separator) * len(pieces))
    return separator.join(pieces)


def _split(budget: Budget, text: Any, separator: Any = None) -> list[str]:
    text = expect(text, TEXT, "the text of split")
    if separator is not None and not expect(separator, TEXT, "the separator of split"):
        raise Failure("the separator of split is empty", "Leave it out to split at white space")
    budget.characters(len(text))
    pieces = text.split(separator, MAX_ITEMS)
    budget.items(len(pieces))
    return pieces


def _json(budget: Budget, value: Any) -> str:
    return as_json(value, budget)


def _from_json(budget: Budget, text: Any) -> Any:
    text = expect(text, TEXT, "the argument of from_json")
    budget.expect_items(sum(map(text.count, ",[{")))
    try:
        return loads(text)
    # simplejson hands an exponent that Decimal cannot hold through as Decimal's own error
    except (InvalidInput, ArithmeticError) as error:
        raise Failure(
            "its text is not JSON", "See where it comes from; a model's answer may have words around it"
        ) from error


FUNCTIONS = (
    function("lower(text) -> text", "The text in lower case.", _lower),
    function("upper(text) -> text", "The text in upper case.", _upper),
    function("trim(text) -> text", "The text without white space at its ends.", _trim),
    function("starts_with(text, start) -> boolean", "Whether the text begins with `start`.", _starts_with),
    function("ends_with(text, end) -> boolean", "Whether the text ends with `end`.", _ends_with),
    function(
        "matches(text, pattern) -> boolean",
        "Whether the RE2 pattern is found anywhere in the text; ^ and $ anchor it, (?i) ignores case.",
        _matches,
    ),
    function(
        "join(list, separator=', ') -> text",
        "The items as one text, spelled as inside a longer text; a null item is an error.",
        _join,
    ),
    function(
        "split(text, separator) -> list",
        "The pieces between separators; without one, the words between white space.",
        _split,
    ),
    function("json(value) -> text", "The JSON text of any value.", _json),
    function("from_json(text) -> value", "The value of a JSON text; fractions stay exact.", _from_json),
)
