"""Readiness over random workflows: whatever the order of runs and answers, the same steps run, each once."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_project.workflows.models import WorkflowDefinition
from pipeline_project.workflows.plan import DONE, END, Plan, branch_port
from pipeline_project.workflows.planning import plan
from pipeline_project.workflows.readiness import Row, newly_skipped, readiness

DELAY = {"type": "delay", "config": {"seconds": 1}}
GATE = {"type": "approval_required", "config": {"message": "?"}}


@st.composite
def definitions(draw: Any) -> WorkflowDefinition:
    """A random acyclic workflow: steps lead only to later ones; some decide, some wait."""
    count = draw(st.integers(2, 8))
    names = [f"s{index}" for index in range(count)]
    steps: dict[str, Any] = {}
    for index, name in enumerate(names):
        later = names[index + 1 :]
        followers = draw(st.lists(st.sampled_from(later), max_size=3, unique=True)) if later else []
        kind = draw(st.sampled_from(["delay", "gate", "decide"]))
        if kind == "decide" and followers:
            conditions = [{"if": "true", "then": [follower]} for follower in followers]
            steps[name] = {
                "type": "conditional_logic",
                "config": {"conditions": conditions, "otherwise": "end"},
            }
        else:
            steps[name] = {**(GATE if kind == "gate" else DELAY), "next_steps": followers}
        steps[name]["join"] = draw(st.sampled_from(["any", "all"]))
    _reach_all(steps, names)
    return WorkflowDefinition.model_validate({"id": "random", "steps": steps})


def _reach_all(steps: dict[str, Any], names: list[str]) -> None:
    """The first step leads to whatever no other leads to."""
    led_to = {follower for step in steps.values() for follower in step.get("next_steps", ())}
    led_to |= {branch["then"][0] for step in steps.values() for branch in step.get("config", {}).get("conditions", ())}
    if steps[names[0]]["type"] == "conditional_logic":
        steps[names[0]] = {**DELAY, "next_steps": []}
        led_to = {follower for step in steps.values() for follower in step.get("next_steps", ())}
    missing = [name for name in names[1:] if name not in led_to]
    steps[names[0]]["next_steps"] = list(dict.fromkeys([*steps[names[0]].get("next_steps", []), *missing]))


class Run:
    """Plays an execution on plain dictionaries: what Dagster, the op shell and people would do."""

    def __init__(self, drawn: Plan, choices: dict[str, int]) -> None:
        self.plan = drawn
        self.choices = choices
        self.view: dict[str, Row] = {}
        self.ran: list[str] = []
        self.open: set[str] = set()

    def one_run(self, order: list[str]) -> None:
        """One Dagster run: every node is asked once, upstream first, ties in `order`."""
        position = {name: index for index, name in enumerate(order)}
        rank = {node_id: index for index, node_id in enumerate(self.plan.nodes)}
        for node_id in sorted(rank, key=lambda name: (len(self.plan.ancestors[name]), position.get(name, 0))):
            self._ask(node_id)

    def answer(self, node_id: str) -> None:
        """A person answers; the gate's own op takes it in the next run."""
        self.open.discard(node_id)

    def _ask(self, node_id: str) -> None:
        verdict = readiness(self.plan, self.view, node_id)
        if verdict.kind != "run" or node_id in self.open:
            return
        step = self.plan.nodes[node_id].step
        if step is not None and step.type == "approval_required" and node_id not in self.view:
            self.view[node_id] = Row("waiting", 1)
            self.open.add(node_id)
            return
        assert all(self.view[above].settled for above in self.plan.ancestors[node_id]), node_id
        self.ran.append(node_id)
        self._settle(node_id, Row("success", 1, self._ports(node_id)))

    def _ports(self, node_id: str) -> tuple[str, ...]:
        step = self.plan.nodes[node_id].step
        if step is None or step.type != "conditional_logic":
            return (DONE,)
        branches = step.config["conditions"]
        chosen = self.choices.get(node_id, 0) % (len(branches) + 1)
        return (DONE, END) if chosen == len(branches) else (DONE, branch_port(branches[chosen]["then"][0]))

    def _settle(self, node_id: str, row: Row) -> None:
        self.view[node_id] = row
        for skipped, reason in newly_skipped(self.plan, self.view, node_id):
            assert not self.view.get(skipped, Row("running", 1)).settled
            self.view[skipped] = Row("skipped", 1, (), reason)


def _play(drawn: Plan, choices: dict[str, int], data: Any) -> Run:
    run = Run(drawn, choices)
    names = list(drawn.nodes)
    run.one_run(data.draw(st.permutations(names)))
    while run.open:
        run.answer(data.draw(st.sampled_from(sorted(run.open))))
        run.one_run(data.draw(st.permutations(names)))
    return run


@given(definitions(), st.data())
@settings(max_examples=150, deadline=None)
def test_the_same_steps_run_once_each_in_any_order_of_runs_and_answers(definition, data):
    drawn = plan(definition)
    choices = {name: data.draw(st.integers(0, 5)) for name in definition.steps}
    first, second = _play(drawn, choices, data), _play(drawn, choices, data)
    assert sorted(first.ran) == sorted(second.ran)
    assert len(first.ran) == len(set(first.ran))
    assert {name: row.status for name, row in first.view.items()} == {
        name: row.status for name, row in second.view.items()
    }


@given(definitions(), st.data())
@settings(max_examples=100, deadline=None)
def test_every_node_settles_once_all_questions_are_answered(definition, data):
    drawn = plan(definition)
    run = _play(drawn, {}, data)
    assert set(run.view) == set(drawn.nodes)
    assert all(row.settled for row in run.view.values())


@given(definitions(), st.data())
@settings(max_examples=100, deadline=None)
def test_nothing_below_an_open_question_has_a_row(definition, data):
    drawn = plan(definition)
    run = Run(drawn, {})
    run.one_run(data.draw(st.permutations(list(drawn.nodes))))
    below = drawn.descendants(run.open)
    assert not {name for name in below if run.view.get(name, Row("skipped", 1, ())).status == "success"}
