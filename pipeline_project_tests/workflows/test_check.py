"""`check` reports everything that is wrong with a definition at once, each problem with its path."""

import pytest

from pipeline_project.workflows.check import check
from pipeline_project.workflows.load import parse

TASK = "{type: task_creation, config: {title: t}%s}"


def problems(text: str) -> dict[str, str]:
    report = check(parse(text, name="test"))
    assert report.ok == (not report.problems)
    return {problem.path: problem.message for problem in report.problems}


def test_a_good_definition_has_no_problems():
    assert problems(f"id: good\nsteps:\n  one: {TASK % ', next_steps: [two]'}\n  two: {TASK % ''}\n") == {}


def test_all_problems_are_reported_at_once_whatever_their_kind():
    found = problems(
        """
id: many
colour: red
triggers: [{schedule: "* * * * *"}]
input_schema: {type: object, properties: {amount: {type: nonsense}}}
steps:
  one:
    type: task_creation
    config: {title: "${input.amont}", titel: x}
    next_steps: [tow]
  two: {type: task_creaton, config: {title: t}}
  three: {type: delay, config: {seconds: 45}, confidence_threshold: 0.5, on_error: stop}
output: {x: "${nope(1)}"}
"""
    )
    assert "is not a field here" in found["colour"]
    assert "triggers is not available" in found["triggers"]
    assert "is not a JSON Schema" in found["input_schema"]
    assert "'amont'" in found["steps.one.config.title"]
    assert found["steps.one.config.titel"] == "is not a field here"
    assert found["steps.one.next_steps[0]"] == "there is no step 'tow'; did you mean 'two'?"
    assert "task_creaton" in found["steps.two.type"]
    assert "at most 30 seconds" in found["steps.three.config"]
    assert "confidence_threshold is not available" in found["steps.three.confidence_threshold"]
    assert "must be fail, continue or goto:<step id>" in found["steps.three.on_error"]
    assert "nope" in found["output.x"]


@pytest.mark.parametrize(
    ("step_id", "why"),
    [
        ("Upper", "is not an id"),
        ("two__join", "two underscores"),
        ("trailing_", "two underscores together and one at the end"),
        ("input", "reserved word"),
        ("class", "reserved word"),
        ("match", "reserved word"),
        ("context", "reserved word"),
        ("steps", "meaning of its own"),
        ("len", "meaning of its own"),
        ("start", "meaning of its own"),
        ("finish", "meaning of its own"),
        ("a" * 81, "longer than 80"),
    ],
)
def test_a_step_id_that_something_else_needs_is_refused(step_id, why):
    assert why in problems(f"id: names\nsteps:\n  {step_id}: {TASK % ''}\n")[f"steps.{step_id}"]


@pytest.mark.parametrize("workflow_id", ["message", "decide_approval", "Upper", "a__b", "class"])
def test_a_workflow_id_that_something_else_needs_is_refused(workflow_id):
    assert "id" in problems(f"id: {workflow_id}\nsteps:\n  a: {TASK % ''}\n")


def test_a_cycle_is_refused_with_its_way_and_a_hint():
    found = problems(
        f"id: loop\nsteps:\n  a: {TASK % ', next_steps: [b]'}\n  b: {TASK % ', next_steps: [c]'}\n"
        f"  c: {TASK % ', next_steps: [a]'}\n"
    )
    ((_, message),) = found.items()
    assert "goes in a circle" in message
    assert "for_each" in message


def test_a_cycle_through_a_join_is_found():
    found = problems(
        f"""
id: loop
steps:
  both: {{type: parallel_execution, config: {{steps: [a]}}, next_steps: [after]}}
  a: {TASK % ""}
  after: {TASK % ", next_steps: [a]"}
"""
    )
    assert any("goes in a circle" in message for message in found.values())


def test_an_unreachable_step_is_named():
    assert "no step leads here" in problems(f"id: lost\nsteps:\n  a: {TASK % ''}\n  b: {TASK % ''}\n")["steps.b"]


def test_a_reference_to_a_step_that_is_not_upstream_is_refused():
    found = problems(
        """
id: sideways
steps:
  both: {type: parallel_execution, config: {steps: [a, b]}}
  a: {type: task_creation, config: {title: a}}
  b: {type: task_creation, config: {title: "${a.task.title}"}}
"""
    )
    assert "refers to 'a', which has not run before it" in found["steps.b"]


def test_branch_targets_that_do_not_exist_are_named_wherever_they_stand():
    found = problems(
        """
id: targets
start_step_id: begin
steps:
  route:
    type: conditional_logic
    config: {conditions: [{if: "true", then: [gone]}], else: [away]}
    on_error: "goto:lost"
  ask: {type: approval_required, config: {message: m, on_reject: "goto:nowhere"}}
"""
    )
    assert "'begin'" in found["start_step_id"]
    assert {"steps.route.config", "steps.route.on_error", "steps.ask.config.on_reject"} <= set(found)


def test_secrets_must_not_leave_by_the_output():
    assert (
        "secrets.KEY" in problems(f'id: leak\nsteps:\n  a: {TASK % ""}\noutput: {{k: "${{secrets.KEY}}"}}\n')["output"]
    )


@pytest.mark.parametrize(
    "text",
    ["id: x\nsteps: []\n", "id: x\nsteps: {}\n", "id: x\n", "steps: {a: {type: delay}}\n", "id: 5\nsteps: 7\n",
     "id: x\nsteps: {a: null, b: 3, c: [x]}\n", "id: x\nsteps: {a: {type: [1], config: 5, next_steps: b}}\n",
     "id: x\nvariables: 3\nsteps: {a: {type: delay, config: {seconds: 1}}}\n",
     "id: x\ninput_schema: 3\noutput: 4\nsteps: {a: {type: delay, config: {seconds: 1}}}\n",
     "id: x\nsteps: {a: {type: conditional_logic, config: {conditions: 3}}}\n",
     "id: x\nsteps: {a: {type: parallel_execution, config: {steps: 3}}}\n",
     "id: x\nsteps: {a: {type: data_transformation, config: {data: 1, operations: 7}}}\n"],
)  # fmt: skip
def test_nothing_a_file_can_hold_makes_check_raise(text):
    assert problems(text)


def test_what_is_nested_without_end_is_a_problem_and_no_crash():
    deep = "x"
    for _ in range(5000):
        deep = [deep]
    report = check({"id": "deep", "steps": {"a": {"type": "delay", "config": {"seconds": deep}}}})
    assert [problem.message for problem in report.problems] == ["is nested deeper than 100 levels"]


def test_a_definition_with_a_problem_is_not_handed_out():
    report = check({"id": "bad", "steps": {"a": {"type": "delay", "config": {"sekonds": 1}}}})
    assert report.problems
    assert report.definition is None
