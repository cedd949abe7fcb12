"""Policies: read whole or refused whole, with every problem and its line."""

import pytest

from pipeline_project.errors import InvalidInput, NotConfigured
from pipeline_project.governance.actions import Action, Complexity
from pipeline_project.governance.permissions import decide
from pipeline_project.governance.policy import ALLOW_ALL, Policy, as_policy, load_policy

GOOD = """
allow: [Read, "Edit(src/**)"]
ask: "Bash(git push *)"
deny:
  - Read(.env)
default: ask
actors:
  agent:*: {deny: [Task]}
  agent:reviewer: {deny: [Edit], default: deny}
"""


def test_a_file_is_read(tmp_path):
    (tmp_path / "p.yaml").write_text(GOOD)
    policy = load_policy(tmp_path / "p.yaml")
    assert policy.allow == ("Read", "Edit(src/**)")
    assert policy.ask == ("Bash(git push *)",)
    assert policy.for_actor("user:x").deny == ("Read(.env)",)
    assert policy.for_actor("agent:x").deny == ("Read(.env)", "Task")
    assert policy.for_actor("agent:reviewer").deny == ("Read(.env)", "Task", "Edit")
    assert policy.for_actor("agent:reviewer").default == "deny"
    assert policy.for_actor("agent:x").default == "ask"


BAD = """allow: [Read(, "Edit({a,b})"]
alow: []
deny:
  - 3
  - Raed(x)
default: maybe
actors:
  agent:x: [Read]
  agent:y:
    ask: ["Edit(!x)"]
    actors: {}
"""


def test_every_problem_is_named_at_once_with_its_line(tmp_path):
    (tmp_path / "p.yaml").write_text(BAD.replace("[Read(,", '["Read(",'))
    with pytest.raises(InvalidInput) as refused:
        load_policy(tmp_path / "p.yaml", known=["Read", "Edit", "Bash"])
    text = str(refused.value)
    for part in (
        "9 problems", "line 1, allow[0]", "line 1, allow[1]", "line 2, alow", "did you mean allow", "line 4, deny[0]",
        "line 5, deny[1]", "did you mean Read", "line 6, default", "line 8, actors.agent:x",
        "line 10, actors.agent:y.ask[0]",
        "line 11, actors.agent:y.actors",
    ):  # fmt: skip
        assert part in text


@pytest.mark.parametrize("text", ["", "- Read", "allow: [", "{"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path, text):
    (tmp_path / "p.yaml").write_text(text)
    with pytest.raises(InvalidInput):
        load_policy(tmp_path / "p.yaml")


def test_a_key_given_twice_is_refused_as_its_first_rules_would_be_lost(tmp_path):
    (tmp_path / "p.yaml").write_text("deny: [Edit]\ndeny: [Read]\n")
    with pytest.raises(InvalidInput, match="deny: is there twice"):
        load_policy(tmp_path / "p.yaml")


def test_a_missing_file_names_the_setting(tmp_path):
    with pytest.raises(NotConfigured, match="PIPELINE_POLICY_FILE"):
        load_policy(tmp_path / "none.yaml")


def test_what_callers_may_give():
    policy = Policy(allow=("Read",))
    assert as_policy(None) is None
    assert as_policy(policy) is policy
    assert as_policy("allow_all") is ALLOW_ALL
    assert as_policy({"deny": ["Read"], "allow": None}) == Policy(deny=("Read",))
    for wrong in ("deny_all", 3, ["Read"]):
        with pytest.raises(InvalidInput, match="allow_all"):
            as_policy(wrong)
    with pytest.raises(InvalidInput, match=r"2 problems: dney.*deny\[0\]"):
        as_policy({"deny": ["Read("], "dney": []})
    with pytest.raises(InvalidInput):
        Policy(allow=("Read(",))


def test_a_default_of_levels_keeps_the_built_in_levels_beside_allow_rules():
    rules = as_policy({"allow": ["Edit(*.py)"], "default": "levels"})
    assert decide("agent:a", Action("Read", Complexity.READ, reads=True), "x", rules).verdict == "allow"
    assert decide("agent:a", Action("Bash", Complexity.CRITICAL), "x", rules).verdict == "ask"


@pytest.mark.parametrize("name", ["reviewer", "agnt:x", "agent:", "Agent:x"])
def test_a_section_that_is_about_nobody_is_refused(name):
    with pytest.raises(InvalidInput, match="names no actor"):
        as_policy({"actors": {name: {"deny": ["Edit"]}}})


@pytest.mark.parametrize("name", ["agent:x", "*:x", "a*:x", "*", "workflow:a*", "user:*"])
def test_a_section_may_be_about_many(name):
    assert as_policy({"actors": {name: {"deny": ["Edit"]}}}) is not None
