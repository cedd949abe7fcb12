"""All static problems are found at once, each with its path."""

import pytest

from pipeline_project.workflows.expressions import Names, condition_problems, problems

NAMES = Names(
    steps=frozenset({"fetch", "both"}),
    vars=frozenset({"limit", "both"}),
    input=frozenset({"customer", "date"}),
    env=frozenset({"REGION"}),
)


def found(value, names=NAMES):
    return [(problem.path, problem.message) for problem in problems(value, names, where="steps.x.config")]


@pytest.mark.parametrize(
    "value",
    [
        "${fetch.total + limit}",
        "${customer.name} ${vars.both} ${steps.both}",
        "${date}",
        "${env.REGION} ${default(env.OTHER, 'eu')} ${secrets.ANY} ${execution.attempt}",
        "${input[vars.limit]}",
        "$${nope}",
        {"k": [1, None, {"l": "text"}]},
    ],
)
def test_a_sound_tree_has_no_problems(value):
    assert found(value) == []


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("${a", "never closed"),
        ("${1 +}", "no expression"),
        ("${lowr(customer)}", "'lower'"),
        ("${len()}", "does not take 0"),
        ("${[x for x in y]}", "'for'"),
        ("${fetch.class}", "['class']"),
        ("${fetsh.total}", "Did you mean 'fetch'?"),
        ("${vars.limt}", "Did you mean 'limit'?"),
        ("${steps.fetsh}", "Did you mean 'fetch'?"),
        ("${input.custmer}", "Did you mean 'customer'?"),
        ("${execution.name}", "only: attempt, id, started_at"),
        ("${default(steps.nope.x, 0)}", "steps has no 'nope'"),
        ("${both}", "Write steps.both or vars.both"),
        ("${money}", "is a function"),
        ("${item.x}", "inside for_each"),
        ("${index}", "inside for_each"),
        ("${env.HOME}", "PIPELINE_EXPRESSION_ENV"),
        ("${matches(customer, '(?=a)')}", "RE2"),
        ("${" + "customer+" * 600 + "customer}", "4000"),
    ],
)
def test_a_problem_is_described(value, words):
    assert [path for path, _ in found({"a": [value]})] == ["steps.x.config.a[0]"]
    assert words in found({"a": [value]})[0][1]


def test_all_problems_of_a_tree_are_found_at_once_in_order():
    tree = {"a": "${nope(1) + len() + missing}", "b": ["${x", "${both}", {"c-d": "${item}"}], "e": "fine"}
    assert [path.removeprefix("steps.x.config") for path, _ in found(tree)] == [
        ".a",
        ".a",
        ".a",
        ".b[0]",
        ".b[1]",
        ".b[2]['c-d']",
    ]


def test_inside_for_each_item_is_known_and_an_open_input_takes_any_name():
    assert found("${item.x + index}", Names(in_item=True)) == []
    assert found("${anything} ${input.anything}", Names()) == []


def test_a_condition_has_problems_of_shape_and_of_expressions():
    condition = {
        "all": [
            "nope > 1",
            {"path": "fetch.total", "op": "equals", "value": "${gone}"},
            {"path": "customer + 1", "op": "exists"},
            {"any": []},
            "${fetch.ok",
        ]
    }
    paths = {problem.path for problem in condition_problems(condition, NAMES, where="condition")}
    assert paths == {
        "condition.all[0]",
        "condition.all[1].op",
        "condition.all[1].value",
        "condition.all[2].path",
        "condition.all[3].any",
        "condition.all[4]",
    }
    assert condition_problems("fetch.total > limit", NAMES, where="condition") == []


def test_an_oversized_tree_is_one_problem():
    tree = ["a"]
    for _ in range(30):
        tree = [tree, tree]
    assert len(found(tree)) == 1
