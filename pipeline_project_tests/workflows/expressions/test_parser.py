"""What is no part of the language is refused with a sentence, and everything wrong is found at once."""

import sys

import pytest

from pipeline_project.workflows.expressions.limits import MAX_DEPTH, MAX_SOURCE
from pipeline_project.workflows.expressions.parser import parse


def messages(source):
    return [f"{problem.message}. {problem.remedy}" for problem in parse(source).problems]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("a.from", "['from']"),
        ("a.b.class.c", "['class']"),
        ("a.None", "['None']"),
        ("a.0.b", "[0]"),
        ("a && b", "`and`"),
        ("a || b", "`or`"),
        ("!a", "`not`"),
        ("a === b", "=="),
        ("a = b", "=="),
        ("a ? b : c", "`a if condition else b`"),
        ("a?.b", "default("),
        ("a ?? b", "default("),
        ("a | lower", "lower("),
        ("a ^ 2", "**"),
        ("${a}", "no ${ }"),
        ("a is None", "=="),
        ("lambda: 1", "'lambda'"),
        ("[x for x in y]", "'for'"),
        ("await x", "'await'"),
        ("(a := 1)", ":="),
        ("f'{a}'", "prefix"),
        ("b'a'", "prefix"),
        ("'''a'''", "three quotes"),
        ("'a' 'b'", "side by side"),
        ("'a\nb'", "not closed"),
        ("'a", "not closed"),
        ("(1, 2)", "[ ]"),
        ("a, b", "[ ]"),
        ("{1, 2}", "[ ]"),
        ("{**a}", "**"),
        ("max(*a)", "star"),
        ("max(**a)", "no names"),
        ("a[1:2:3]", "step"),
        ("a[1, 2]", "[ ]"),
        ("...", "ellipsis"),
        ("1j", "runs into a name"),
        ("0x10", "runs into a name"),
        ("1or 2", "runs into a name"),
        ("007", "Write 7"),
        ("1e1001", "digits"),
        ("1e99999999999999999999", "digits"),
        ("1e-99999999999999999999", "digits"),
        ("1" * 1_001, "digits"),
        ("# comment", "#"),
        ("a; b", ";"),
        ("a @ b", "@"),
        ("a\\b", "\\"),
        ("a\x00b", "U+0000"),
        ("a\xa0+ b", "U+00A0"),
        ("\u201ca\u201d", "text stands in"),
        ("'\\ud800'", "half a character"),
        ("'\ud800'", "half a character"),
        ("a.upper()", "upper(value)"),
        ("a.b()", "only the functions"),
        ("(a)(b)", "'a'"),
        ("lowre('a')", "'lower'"),
        ("quux('a')", "There are: "),
        ("len()", "len(value)"),
        ("len(a, b)", "len(value)"),
        ("now(1)", "now()"),
        ("matches(a, '(?!b)')", "RE2"),
        ("steps", "steps.name"),
        ("steps[vars.a].b", "steps.name"),
        ("env", "env.name"),
        ("secrets[a]", "secrets.name"),
        ("(a", "never closed"),
        ("a b", "expression"),
        ("a if b", "else"),
    ],
)
def test_a_foreign_form_is_refused_and_the_message_says_what_to_write(source, words):
    assert len(messages(source)) == 1
    assert words.lower() in messages(source)[0].lower()


@pytest.mark.parametrize("name", ["\uff4c\uff45\uff4e('a')", "a.\ufb01eld", "a.x\u00b2", "\u2113en('a')"])
def test_names_that_python_would_rewrite_are_refused(name):
    assert messages(name)


def test_a_key_of_another_script_is_a_key():
    assert not messages("input.größe + input.名前")


def test_all_problems_of_one_expression_are_found_together():
    found = messages("foo(1) + len() + {1} + steps + a.b(1)")
    assert len(found) == 5


def test_a_deep_stack_of_the_caller_is_not_remembered_as_a_problem_of_the_expression():
    source = "1 + (2 * (3 + unheard_of))"

    def deep(levels):
        return deep(levels - 1) if levels else parse(source)

    for margin in range(5, 80, 5):
        try:
            deep(sys.getrecursionlimit() - margin - len_of_stack())
        except RecursionError:
            continue
    assert parse(source).problems == ()


def len_of_stack():
    frame, count = sys._getframe(), 0
    while frame := frame.f_back:
        count += 1
    return count


@pytest.mark.parametrize(
    "source",
    [
        "x" * (MAX_SOURCE + 1),
        "(" * (MAX_DEPTH + 1) + "1" + ")" * (MAX_DEPTH + 1),
        "[" * 1999 + "]" * 1999,
        "-" * 3999 + "1",
        "not " * 999 + "a",
        "1+" * 1999 + "1",
        "2**" * 1300 + "1",
        "1 if a else " * 330 + "1",
        "a[" * 1300 + "1" + "]" * 1300,
        "len(" * 900 + "a" + ")" * 900,
        "a" + "()" * 1900,
        "{1:" * 900 + "1" + "}" * 900,
        "[" + "1," * 1900 + "]",
    ],
)
def test_what_is_too_long_deep_or_wide_is_one_problem(source):
    assert len(parse(source).problems) >= 1


def test_a_long_path_and_a_wide_condition_are_fine():
    assert not messages("a" + ".b" * 500)
    assert not messages(" or ".join(f"a == {number}" for number in range(200)))
