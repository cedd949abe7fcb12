"""A plan keeps the order of what conflicts and of nothing else, and says why."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_project.errors import InvalidInput
from pipeline_project.persistence import json
from pipeline_project.tools import Session, plan
from pipeline_project.tools.base import Footprint
from pipeline_project.tools.conflicts import Order
from pipeline_project.tools.planner import stage


def read(path):
    return {"name": "Read", "input": {"file_path": path}}


def write(path):
    return {"name": "Write", "input": {"file_path": path, "content": "x"}}


def bash(command):
    return {"name": "Bash", "input": {"command": command}}


@pytest.fixture
def session(tmp_path):
    (tmp_path / "work").mkdir()
    return Session(tmp_path / "work", "allow_all", actor="user:tester")


def test_reads_share_nothing_and_a_write_joins_those_of_its_file(session):
    made = plan([read("a"), read("b"), write("a"), read("a"), write("c")], session)
    assert made.lanes == ((0, 2, 3), (1,), (4,))
    assert made.after == ((), (), (0,), (2,), ())
    assert made.reasons[0] == f"the calls share what is written: {session.cwd / 'a'}"


def test_two_names_of_one_file_conflict(session):
    (session.cwd / "sub").mkdir()
    (session.cwd / "real").write_text("x", encoding="utf-8")
    (session.cwd / "link").symlink_to("real")
    made = plan([write("real"), read("link"), read("sub/../real"), read(str(session.cwd / "real"))], session)
    assert made.lanes == ((0, 1, 2, 3),)


def test_a_search_of_a_folder_waits_for_writes_below_it_alone(session):
    for name in ("src", "other"):
        (session.cwd / name).mkdir()
    grep = {"name": "Grep", "input": {"pattern": "x", "path": "src"}}
    made = plan([write("src/in/a"), write("other/b"), grep, write("src/c")], session)
    assert made.after == ((), (), (0,), (2,))


def test_a_command_that_may_change_things_is_ordered_against_all_before_and_after_it(session):
    made = plan([read("a"), write("b"), bash("make"), read("c"), read("d"), bash("make")], session)
    assert made.lanes == (tuple(range(6)),)
    assert made.after == ((), (), (0, 1), (2,), (2,), (3, 4))
    assert "call 3, 6 may touch anything" in made.reasons[0]


def test_a_command_that_reads_runs_beside_reads(session):
    (session.cwd / "a").write_text("x", encoding="utf-8")
    made = plan([bash("cat a"), read("a"), write("b")], session)
    assert made.after[1] == ()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ({"name": "Raed", "input": {}}, "there is no tool 'Raed'"),
        ({"name": "Read", "input": {}}, "file_path is missing"),
        (read("/etc/passwd"), "is outside the workspace"),
    ],
)
def test_what_will_be_refused_is_a_lane_of_its_own_with_the_reason(session, call, said):
    made = plan([write("a"), call, read("a")], session)
    assert made.lanes == ((0, 2), (1,))
    assert said in made.surveys[1].refused
    assert any(said in line for line in made.lines())


def test_a_refusal_that_a_command_before_it_could_undo_keeps_its_order(session):
    made = plan([bash("ln -sfn . link"), read("/etc/passwd"), {"name": "Raed", "input": {}}], session)
    assert made.lanes == ((0, 1), (2,))


def test_a_stage_ends_before_a_call_that_may_touch_anything(session):
    calls = plan([read("a"), read("b"), bash("make"), read("c")], session).calls
    assert [call.name for call in stage(calls, session).calls] == ["Read", "Read"]
    assert [call.name for call in stage(calls[2:], session).calls] == ["Bash"]


def test_a_plan_can_be_printed_and_is_json(session):
    made = plan([{**read("a"), "id": "t1"}, write("a"), bash("make")], session)
    lines = made.lines()
    assert lines[0].startswith("lane 1: call 3 may touch anything")
    assert lines[2] == f"  2. Write (writes {session.cwd / 'a'}), after 1"
    value = json.loads(json.dumps(made.as_json()))
    assert value["lanes"] == [[0, 1, 2]]
    assert (value["calls"][0]["id"], value["calls"][1]["after"]) == ("t1", [0])


@pytest.mark.parametrize("call", [{}, {"name": 3}, [], {"name": "Read", "input": []}, {"name": "Read", "inputs": {}}])
def test_what_is_no_call_is_refused_with_its_number(session, call):
    with pytest.raises(InvalidInput, match="call 2"):
        plan([read("a"), call], session)


def test_planning_runs_nothing(session):
    plan([write("a"), bash("touch b")], session)
    assert list(session.cwd.iterdir()) == []
    asyncio.run(session.close())


places = st.lists(st.sampled_from("abc"), max_size=3).map(lambda names: Path("/", *names))
footprints = st.one_of(
    st.just(Footprint(everything=True)),
    st.builds(Footprint, reads=st.frozensets(places, max_size=2), writes=st.frozensets(places, max_size=2)),
)


def overlap(one, other):
    return one == other or one in other.parents or other in one.parents


def conflict(one, other):
    pairs = [(one.writes, other.reads | other.writes), (one.reads, other.writes)]
    return one.everything or other.everything or any(overlap(a, b) for some, more in pairs for a in some for b in more)


@settings(deadline=None)
@given(st.lists(footprints, max_size=12))
def test_every_pair_that_conflicts_is_ordered_and_no_other_unless_between(all_footprints):
    order = Order()
    after = [order.add(each) for each in all_footprints]
    before: list[set[int]] = []
    for waits in after:
        before.append(set(waits) | {earlier for wait in waits for earlier in before[wait]})
    for late, one in enumerate(all_footprints):
        for early in range(late):
            if conflict(all_footprints[early], one):
                assert early in before[late]
        assert all(conflict(all_footprints[early], one) for early in after[late])
