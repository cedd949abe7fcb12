"""Whatever is written, the outcome is a JSON value or an ExpressionError."""

import random
from contextlib import suppress
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline_project.errors import ExpressionError
from pipeline_project.persistence.json import to_json
from pipeline_project.workflows.expressions import (
    FUNCTIONS,
    Names,
    Scope,
    condition_problems,
    condition_references,
    evaluate,
    holds,
    problems,
    references,
    resolve,
)

SCOPE = Scope(
    input={"a": 5, "b": 0.5, "s": "text", "l": [1, [2], {"k": None}], "m": {"k": {"n": 1}}, "d": "2025-01-31"},
    steps={"fetch": {"rows": [{"x": 1}, {"x": 2}]}},
    absent={"gone": "was skipped"},
    item=None,
    index=0,
)
SEEDS = [
    "default(fetch.rows[0].x, 3) + a * -b ** 2",
    "'big' if a > 3 and s != 'x' else join(l[:1], ', ')",
    "{'k': m.k.n, \"q\": [1.5, true, null]}['q'][-1] == null",
    "days_between(d, now()) // 7 >= 0 or not matches(s, '^t\\w+$')",
    "money(round(sum([a, b, 1_000.25]), 2), 'EUR') + upper(trim(s))",
    "from_json(json(fetch)).rows[1:] == [{'x': 2}]",
]
PIECES = [*FUNCTIONS, "and", "or", "not", "in", "is", "if", "else", "lambda", "for", "None", "true", "null"]
PIECES += ["(", ")", "[", "]", "{", "}", ",", ":", ".", "+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<="]
PIECES += [
    ">",
    ">=",
    "'",
    '"',
    "\\",
    "$",
    "${",
    "#",
    "1e99999999999999999999",
    "\n",
    "=",
    ":=",
    "@",
    "~",
    "!",
    "?",
    "0",
    "1",
    "9e9",
    "0x",
    ".5",
]
PIECES += ["item", "steps", "env", "secrets", "a", "b", "s", "l", "m", "gone", "__class__", "r", "f", "ﬁ", "\0"]


def outcome(source):
    for attempt in (
        lambda: to_json(evaluate(source, SCOPE)),
        lambda: to_json(resolve({"k": [source, "${" + source + "}", "x${" + source + "}y"]}, SCOPE)),
        lambda: holds(source, SCOPE),
        lambda: holds({"path": source, "op": "==", "value": source}, SCOPE),
    ):
        with suppress(ExpressionError):
            attempt()
    problems(source, Names(), where="config")
    condition_problems(source, Names(), where="condition")
    assert isinstance(references(source) | condition_references(source), frozenset)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
@example("\ud800")
@example("'\\")
@example("1_")
def test_any_text_is_refused_or_computed(source):
    outcome(source)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14), st.sampled_from(["", " "]))
def test_any_sequence_of_tokens_is_refused_or_computed(pieces, glue):
    outcome(glue.join(pieces))


def test_mutated_expressions_are_refused_or_computed():
    chance = random.Random(7)
    for _ in range(1_500):
        source = chance.choice(SEEDS)
        for _ in range(chance.randint(1, 4)):
            start = chance.randrange(len(source) + 1)
            end = min(len(source), start + chance.choice([0, 0, 1, 1, 3, 9]))
            filling = chance.choice(["", chance.choice(PIECES), source[end : end + 6], chr(chance.randrange(0x250))])
            source = source[:start] + filling + source[end:]
        outcome(source)


def test_every_seed_is_sound():
    for source in SEEDS:
        evaluate(source, SCOPE)


odd = st.one_of(
    st.sampled_from([Decimal("1e999999"), Decimal("-1e-999999"), Decimal("-0"), 10**4_000]),
    st.sampled_from(
        ["\ud800", "9" * 5_000, "1e99999999999999999999", "2025-01-31T00:00:00+14:00", "0001-01-01T00:00+10", "("]
    ),
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.decimals(allow_nan=False)
    | st.text(max_size=8),
)
values = st.recursive(
    odd,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
USES = [f"{name}({', '.join('xy'[:count])})" for name in FUNCTIONS for count in range(3)]
USES += [f"x {sign} y" for sign in ("+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", ">=", "in", "not in", "and")]
USES += ["-x", "not x", "x[y]", "x[y:]", "x.a", "[x, y]", "{x: y}", "x if y else 0", "default(x[y], y)", "{'k': x}[y]"]


@settings(max_examples=200, deadline=None)
@given(values, values)
def test_any_data_is_refused_or_computed(x, y):
    scope = Scope(input={"x": x, "y": y})
    for source in USES:
        with suppress(ExpressionError):
            to_json(evaluate(source, scope))
        with suppress(ExpressionError):
            assert isinstance(resolve("<${" + source + "}>", scope), str)
