"""A config tree is filled, exactly and without a trace in the definition."""

import copy
from contextlib import suppress
from datetime import date
from decimal import Decimal
from enum import StrEnum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_project.errors import ExpressionError, NotConfigured
from pipeline_project.workflows.expressions import Scope, escape, resolve

SCOPE = Scope(
    input={"name": "Bo", "n": 1, "items": [1, 2], "price": Decimal("9.90"), "big": Decimal("1E+3"), "none": None},
    steps={"fetch": {"rows": [{"a": 1}], "hostile": "${secrets.TOKEN} $${x}"}},
    vars={"yes": True},
)


@pytest.mark.parametrize(
    ("value", "resolved"),
    [
        ("${n}", 1),
        ("${items}", [1, 2]),
        ("${none}", None),
        ("${yes}", True),
        ("${price}", Decimal("9.90")),
        (" ${n}", " 1"),
        ("${n}\n", "1\n"),
        ("${name}: ${price}, ${big}, ${yes}", "Bo: 9.90, 1000, true"),
        ("rows: ${fetch.rows}", 'rows: [{"a": 1}]'),
        ("$${n}", "${n}"),
        ("${'$'}${n}", "$1"),
        ("${ {'a': {'b': 2}}['a'] }", {"b": 2}),
        ({"${name}": "${name}"}, {"${name}": "Bo"}),
        ({"a": [{"b": "${n}"}, 1.5, None, True]}, {"a": [{"b": 1}, Decimal("1.5"), None, True]}),
        (("${n}",), [1]),
        ({"due": date(2025, 1, 31)}, {"due": "2025-01-31"}),
        (StrEnum("Colour", "RED").RED, "red"),
        (5, 5),
    ],
)
def test_a_tree_is_resolved(value, resolved):
    before = copy.deepcopy(value)
    found = resolve(value, SCOPE)
    assert found == resolved
    assert type(found) is type(resolved)
    assert value == before


def test_what_an_expression_brings_in_is_never_expanded_again():
    assert resolve("${fetch.hostile}", SCOPE) == "${secrets.TOKEN} $${x}"
    assert resolve("<${fetch.hostile}>", SCOPE) == "<${secrets.TOKEN} $${x}>"
    assert resolve(["${fetch}"], SCOPE) == [{"rows": [{"a": 1}], "hostile": "${secrets.TOKEN} $${x}"}]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"items": [0, 1, {"name": "${nope}"}]}, "config.items[2].name: ${nope}"),
        ({"a b": {"c-d": "${nope}"}}, "config['a b']['c-d']: ${nope}"),
        ({"subject": "Hi ${name}, ${none}"}, "config.subject: ${none}: it is null inside a longer text"),
        ({"subject": "Hi ${name"}, "config.subject: the ${ at character 4 is never closed"),
        ({"subject": "Hi ${'name}"}, "config.subject: the quote ' at character 6 is never closed"),
        ({"a": float("nan")}, "config.a"),
        ({"a": object()}, "config.a"),
    ],
)
def test_an_error_names_the_path_inside_the_tree(value, words):
    with pytest.raises(ExpressionError) as caught:
        resolve(value, SCOPE)
    assert words in str(caught.value)


def test_the_place_is_the_callers():
    with pytest.raises(ExpressionError, match=r"^steps\.notify\.config\.to: "):
        resolve({"to": "${nope}"}, SCOPE, where="steps.notify.config")


def test_a_missing_secret_is_reported_by_its_keeper():
    class Empty:
        def get(self, name):
            raise NotConfigured("not set", where=name, remedy="Set it.")

    with pytest.raises(NotConfigured, match="API_KEY"):
        resolve({"headers": {"auth": "Bearer ${secrets.API_KEY}"}}, Scope(secrets=Empty()))


def test_the_result_shares_nothing_with_scope_or_definition():
    definition = {"rows": "${fetch.rows}", "fixed": [[1]]}
    first = resolve(definition, SCOPE)
    first["rows"][0]["a"] = 99
    first["fixed"][0].append(2)
    assert resolve(definition, SCOPE) == {"rows": [{"a": 1}], "fixed": [[1]]}


def test_a_tree_that_unfolds_through_aliases_is_refused():
    tree = ["lol"]
    for _ in range(30):
        tree = [tree, tree]
    with pytest.raises(ExpressionError, match="aliases"):
        resolve(tree, SCOPE)
    cyclic = {}
    cyclic["self"] = cyclic
    with pytest.raises(ExpressionError, match="nested deeper"):
        resolve(cyclic, SCOPE)


def test_many_references_to_large_data_cannot_fill_the_memory():
    scope = Scope(steps={"big": {"text": "x" * 1_000_000, "rows": [{"a": 1}] * 10_000}})
    assert len(resolve("${big.text}", scope)) == 1_000_000
    for source in ("${big.text}", "${big.rows}", "-${big.text}"):
        with pytest.raises(ExpressionError, match="too"):
            resolve([source] * 1_000, scope)


trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet="${}'\"\\ab ", max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


def escaped(tree):
    if isinstance(tree, str):
        return escape(tree)
    if isinstance(tree, list):
        return [escaped(item) for item in tree]
    return {key: escaped(item) for key, item in tree.items()} if isinstance(tree, dict) else tree


@settings(max_examples=200, deadline=None)
@given(trees)
def test_a_literal_tree_comes_back_as_it_was(tree):
    assert resolve(escaped(tree), SCOPE) == tree


@settings(max_examples=200, deadline=None)
@given(trees)
def test_resolving_never_changes_its_input_and_raises_nothing_else(tree):
    before = copy.deepcopy(tree)
    with suppress(ExpressionError):
        resolve(tree, SCOPE)
    assert tree == before
