"""Decisions: deny beats ask beats allow, and what no rule covers goes by how much it can do and who asks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_project.governance.actions import Action, Complexity, Resource
from pipeline_project.governance.permissions import decide
from pipeline_project.governance.policy import as_policy

READ = Action("Read", Complexity.READ, reads=True)
GREP = Action("Grep", Complexity.READ, reads=True)
WRITE = Action("Write", Complexity.CHANGE, writes=True)
BASH = Action("Bash", Complexity.CRITICAL)
FETCH = Action("WebFetch", Complexity.READ)


@pytest.fixture
def ws(tmp_path):
    root = tmp_path.resolve() / "ws"
    (root / "secrets").mkdir(parents=True)
    (root / "src").mkdir()
    for name in ("secrets/a", ".env", "a.md", "src/x.py"):
        (root / name).write_text("x")
    return root


def on(root, text):
    return Resource("path", text, paths=(root / text,), roots=(root,))


def line(root, text):
    return Resource("command", text, paths=(root,), roots=(root,))


def verdict(action, resource, policy=None, actor="agent:x"):
    return decide(actor, action, resource, as_policy(policy)).verdict


@pytest.mark.parametrize(
    ("actor", "verdicts"),
    [
        ("user:x", "allow allow allow allow"), ("workflow:x", "allow allow allow ask"),
        ("agent:x", "allow allow ask ask"),
        ("robot:x", "deny deny deny deny"), ("agent", "deny deny deny deny"), ("agent:", "deny deny deny deny"),
        ("", "deny deny deny deny"),
    ],
)  # fmt: skip
def test_without_rules_the_kind_of_actor_and_the_complexity_decide(actor, verdicts):
    found = [decide(actor, Action("a", complexity), "x").verdict for complexity in Complexity]
    assert found == verdicts.split()


def test_an_undeclared_action_is_of_the_highest_complexity():
    assert decide("agent:x", "anything", "x").complexity == Complexity.CRITICAL
    assert decide("agent:x", "anything", "x").verdict == "ask"


def test_deny_beats_ask_beats_allow(ws):
    rules = {"allow": ["Read"], "ask": ["Read(src/**)"], "deny": ["Read(src/x.py)"]}
    assert verdict(READ, on(ws, "a.md"), rules) == "allow"
    assert verdict(READ, on(ws, "src/y"), rules) == "ask"
    assert verdict(READ, on(ws, "src/x.py"), rules) == "deny"
    assert verdict(GREP, on(ws, "src/x.py"), rules) == "deny"


def test_an_allow_rule_closes_the_list_and_the_reason_names_what_would_open_it(ws):
    found = decide("user:x", WRITE, on(ws, "b/c"), as_policy({"allow": ["Read"]}))
    assert (found.verdict, found.rule) == ("deny", "closed-list")
    assert "Edit(b/c)" in found.reason
    assert (
        "WebFetch(domain:a.b)"
        in decide("agent:x", FETCH, Resource("url", "https://a.b/c"), as_policy({"allow": ["Read"]})).reason
    )
    assert verdict(WRITE, on(ws, "b"), {"deny": ["Edit(c)"]}, "user:x") == "allow"
    assert verdict(WRITE, on(ws, "b"), {"allow": ["Read"], "default": "ask"}) == "ask"


def test_every_path_must_be_allowed_and_none_denied(ws):
    both = Resource("path", "x", paths=(ws / "a.md", ws / "src" / "x.py"), roots=(ws,))
    assert verdict(READ, both, {"allow": ["Read(src/**)"]}) == "deny"
    assert verdict(READ, both, {"allow": ["Read(src/**)", "Read(a.md)"]}) == "allow"
    assert verdict(READ, both, {"deny": ["Read(a.md)"]}) == "deny"


def test_sensitive_files_are_asked_of_all_but_people_unless_a_rule_names_them(ws):
    assert verdict(READ, on(ws, ".env")) == "ask"
    assert verdict(READ, on(ws, ".env"), actor="workflow:x") == "ask"
    assert verdict(READ, on(ws, ".env"), actor="user:x") == "allow"
    for broad in ("Read", "Read(**)", "Read(*)"):
        assert verdict(READ, on(ws, ".env"), {"allow": [broad]}) == "ask"
    for telling in ("Read(.env)", "Read(*.env)", "Read(.env*)", "*"):
        assert verdict(READ, on(ws, ".env"), {"allow": [telling]}) == "allow"
    assert verdict(READ, on(ws, ".env"), {"deny": ["Read(.env)"]}) == "deny"
    assert verdict(READ, on(ws, ".env"), "allow_all") == "allow"
    assert verdict(READ, on(ws, ".env.example")) == "allow"


def test_sections_of_actors_add_to_the_rules_of_all(ws):
    rules = {"allow": ["Read", "Edit"], "actors": {"agent:careful": {"deny": ["Edit"]}}}
    assert verdict(WRITE, on(ws, "b"), rules, "agent:careful") == "deny"
    assert verdict(WRITE, on(ws, "b"), rules, "agent:other") == "allow"


COMMANDS = {
    "allow": ["Bash(git *)", "Bash(cat *)", "Bash(cp *)", "Bash(cd *)", "Edit(src/**)"],
    "deny": ["Read(secrets/**)", "Edit(*.lock)"],
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("git status", "allow"), ("cat a.md", "allow"), ("cat secrets/a", "deny"), ("cat ./src/../secrets/a", "deny"),
        ("cat < secrets/a", "deny"), ("cat secrets/*", "deny"), ("cat *.md", "allow"), ("cat $X", "ask"),
        ("cat secr$X", "ask"),
        ("cd secrets && cat a", "deny"), ("cd $X && cat a", "ask"), ("cat .env", "ask"), ("X=.env; cat $X", "ask"),
        ("wget x", "deny"),
        ("git log > out", "deny"), ("git log > src/out", "allow"), ("git log > src/x.lock", "deny"),
        ("git log > /etc/passwd", "deny"),
        ("git log 2> /dev/null", "allow"), ("cp a.md x.lock", "deny"), ("git diff --no-index a.md secrets/a", "deny"),
        ("git log > $X", "ask"), ("cat 'secrets/a", "ask"), ("bash -c 'cat secrets/a'", "deny"),
        ("cat /no/such/file", "allow"),
        ("git commit -m secrets/none", "allow"), ("echo $HOME", "allow"),
    ],
)  # fmt: skip
def test_rules_on_files_hold_for_commands_too(ws, text, expected):
    found = decide("agent:x", BASH, line(ws, text), as_policy(COMMANDS))
    assert found.verdict == expected, found


def test_a_link_to_a_denied_file_is_the_denied_file(ws):
    (ws / "innocent").symlink_to(ws / "secrets" / "a")
    assert verdict(BASH, line(ws, "cat innocent"), COMMANDS) == "deny"


def test_commands_without_rules_go_by_their_declared_complexity(ws):
    reading = Action("Bash", Complexity.READ)
    assert verdict(reading, line(ws, "git status")) == "allow"
    assert verdict(BASH, line(ws, "make")) == "ask"
    assert verdict(BASH, line(ws, "make"), actor="user:x") == "allow"
    assert verdict(reading, line(ws, "cat .env")) == "ask"
    assert verdict(BASH, line(ws, "curl $X"), {"allow": ["Bash"]}) == "allow"
    assert verdict(BASH, line(ws, "curl x > /etc/passwd"), {"allow": ["Bash"]}) == "allow"
    assert verdict(BASH, line(ws, "echo x > secrets/a"), {"allow": ["Bash"], "deny": ["Edit(secrets/**)"]}) == "deny"


def test_hosts_and_addresses_that_cannot_be_read():
    rules = {"allow": ["WebFetch(domain:example.com)"], "deny": ["WebFetch(domain:bad.example.com)"]}
    for url, expected in [
        ("https://www.example.com/x", "allow"), ("https://bad.example.com", "deny"), ("https://evil.com", "deny"),
        ("https://evil.com\\@example.com", "ask"), ("not a url", "ask"), ("http://bad.example.com", "deny"),
    ]:  # fmt: skip
        assert verdict(FETCH, Resource("url", url), rules) == expected, url


@given(st.sampled_from(["path", "command", "url", "name"]), st.text(max_size=30), st.text(max_size=10))
def test_nothing_makes_it_raise(kind, value, actor):
    policy = as_policy({"allow": ["Bash(x *)", "Read(a/**)"], "deny": ["Bash(y *)", "Edit(b)", "Read(c)"]})
    for action in (BASH, READ, "x"):
        assert decide(actor, action, Resource(kind, value), policy).verdict in ("allow", "ask", "deny")


@pytest.mark.parametrize(
    "text",
    [
        "git status; wget x | head",
        "wget 'a b' $X",
        "git log | xargs rm -rf",
        "X=1 make -j4",
        "nice sudo ls",
        "/usr/bin/wget x",
    ],
)
def test_the_rules_that_are_said_to_allow_a_command_do(ws, text):
    refused = decide("agent:x", BASH, line(ws, text), as_policy({"allow": ["Bash(git *)"]}))
    assert refused.verdict == "deny"
    suggested = refused.reason.rpartition("; ")[2].removesuffix(" would allow it").split(", ")
    assert verdict(BASH, line(ws, text), {"allow": ["Bash(git *)", *suggested]}) == "allow"


def test_a_rule_may_quote_as_a_shell_does(ws):
    assert verdict(BASH, line(ws, "git commit -m 'x y'"), {"allow": ['Bash(git commit -m "x y")']}) == "allow"
    assert verdict(BASH, line(ws, "git commit -m x\\ y"), {"deny": ["Bash(git commit -m 'x y')"]}) == "deny"
    assert verdict(BASH, line(ws, "echo it\\'s"), {"allow": ["Bash(echo it's)"]}) == "allow"
