"""On the common subset our values are simpleeval's."""

from hypothesis import given, settings
from hypothesis import strategies as st
from simpleeval import EvalWithCompoundTypes

from pipeline_project.errors import ExpressionError
from pipeline_project.workflows.expressions import Scope, evaluate

NAMES = {
    "a": 7,
    "b": -3,
    "zero": 0,
    "s": "Straße",
    "t": "",
    "yes": True,
    "no": False,
    "data": {"k": {"n": 5}, "list": [1, 2, 3], "text": "deep"},
}


def combined(*templates):
    return lambda *operands: st.builds(str.format, st.sampled_from(templates), *operands)


def languages():
    number = st.integers(0, 99).map(str) | st.sampled_from(
        ["a", "b", "zero", "data.k.n", "data['k']['n']", "data.list[-1]", "data.list[0]"]
    )
    text = st.sampled_from(["s", "t", "data.text", "'it'", '"is"', "s[1:3]", "data['text'][0]"])
    truth = st.sampled_from(["yes", "no", "True", "False"])
    for _ in range(3):
        two_numbers = combined(
            "({0} + {1})", "({0} - {1})", "({0} * {1})", "({0} // {1})", "({0} % {1})", "(-{0} + {1})"
        )
        compared = combined(*(f"({{0}} {sign} {{1}})" for sign in ("<", "<=", "==", "!=", ">", ">=")))
        number, text, truth = (
            number | two_numbers(number, number) | combined("({0} if {1} else {2})")(number, truth, number),
            text | combined("({0} + {1})")(text, text) | combined("({0} if {1} else {2})")(text, truth, text),
            truth
            | compared(number, number)
            | compared(text, text)
            | combined("({0} and {1})", "({0} or {1})", "({0} == {1})")(truth, truth)
            | combined("(not {0})")(truth)
            | combined("({0} in [{1}, {2}])", "({0} not in [{1}])", "({0} < {1} < {2})")(number, number, number)
            | combined("({0} in {1})")(text, text),
        )
    return number | text | truth | combined("[{0}, {1}]")(number, text) | combined("{{'x': {0}}}")(truth)


@settings(max_examples=200, deadline=None)
@given(languages())
def test_both_give_the_same_value_or_both_refuse(source):
    try:
        wanted = EvalWithCompoundTypes(names=dict(NAMES)).eval(source)
    except ZeroDivisionError:
        wanted = ExpressionError
    try:
        found = evaluate(source, Scope(vars=NAMES))
    except ExpressionError:
        found = ExpressionError
    assert found == wanted
    assert type(found) is type(wanted)
