"""`${…}` is found in any text, and a text without expressions survives."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_project.workflows.expressions.failure import Failure
from pipeline_project.workflows.expressions.template import Expression, escape, split

X = Expression


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ("",)),
        ("plain", ("plain",)),
        ("{a} $a $ {", ("{a} $a $ {",)),
        ("${a}", (X("a"),)),
        ("${a}${b}", (X("a"), X("b"))),
        (" ${a} ", (" ", X("a"), " ")),
        ("${ {'a': 1}['a'] }", (X(" {'a': 1}['a'] "),)),
        ("${'}'}", (X("'}'"),)),
        ('${"}"}-', (X('"}"'), "-")),
        (r"${'\'}'}", (X(r"'\'}'"),)),
        ("${'${'}", (X("'${'"),)),
        ("it isn't ${a}, isn't it", ("it isn't ", X("a"), ", isn't it")),
        ("$${a}", ("${a}",)),
        ("$$${a}", ("$${a}",)),
        ("$${${a}}", ("${", X("a"), "}")),
        ("${a}$${b}", (X("a"), "${b}")),
        ("${a}$", (X("a"), "$")),
        ("${a}}", (X("a"), "}")),
        ("${}", (X(""),)),
        ("${a\n+ b}", (X("a\n+ b"),)),
    ],
)
def test_a_text_is_split_into_literals_and_expressions(text, parts):
    assert split(text) == parts


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("${", "character 1"),
        ("ab ${a", "character 4"),
        ("${ {a}", "character 1"),
        ("x ${'a}", "character 5"),
        ("${'\\", "3"),
    ],
)
def test_what_is_never_closed_is_reported_with_its_place(text, place):
    with pytest.raises(Failure, match=place):
        split(text)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="$${}'\"\\a ", max_size=30))
def test_an_escaped_text_is_one_literal(text):
    assert split(escape(text)) == (text,)


def test_texts_too_long_to_remember_are_split_all_the_same():
    long = "a" * 100_000
    assert split(f"{long}${{b}}{long}") == (long, X("b"), long)
