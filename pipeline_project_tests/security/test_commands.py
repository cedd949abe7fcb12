"""Command lines: nothing that would run is hidden from the rules."""

import os
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_project.security import commands
from pipeline_project_tests.security.command_lines import RUNS, UNCLEAR

ALLOW = ["Bash(git *)", "Bash(make)", "Bash(make *)", "Bash(pytest *)", "Bash(ls *)", "Bash(cat *)",
         "Bash(npm run test:*)", "Bash(find *)", "Bash(bash *)", "Bash(uv run *)", "Bash(python *)", "Bash(sort *)",
         "Bash(awk *)"]  # fmt: skip
ASK = ["Bash(git push *)"]
DENY = ["Bash(curl *)", "Bash(rm *)"]


def judged(line, **rules):
    return commands.judge(line, **({"allow": ALLOW, "ask": ASK, "deny": DENY} | rules))


@pytest.mark.parametrize(("line", "runs"), RUNS)
def test_every_simple_command_is_seen(line, runs):
    assert [str(command) for command in commands.parse(line).commands] == runs


@pytest.mark.parametrize("line", [line for line, runs in RUNS if any(run.startswith("curl ") for run in runs)])
def test_a_denied_command_is_denied_wherever_it_stands(line):
    assert judged(line).verdict == "deny"
    assert judged(line).rule == "Bash(curl *)"
    assert judged(line, allow=["Bash"]).verdict == "deny"


@pytest.mark.parametrize("line", UNCLEAR)
def test_what_cannot_be_seen_through_is_never_allowed_beside_a_deny_rule(line):
    assert commands.parse(line).unclear
    assert judged(line).verdict != "allow"
    assert judged(line, allow=["Bash(*)"]).verdict != "allow"
    assert not commands.is_read_only(commands.parse(line))


@pytest.mark.parametrize(
    "line",
    [
        "git status", "make", "make -j4 all", "pytest", "pytest -x tests/test_a.py::test_b", "echo $HOME",
        "ls -la | sort",
        "cd src && git log --oneline | cat", "npm run test", "npm run test:unit", "npm run test -- -v",
        "/usr/bin/git status",
        "git -C sub status", "git --no-pager log", "X=1 pytest -q", "for f in a b; do cat $f; done",
        "git log $BRANCH --stat",
        "timeout 60 pytest -q", "env CI=1 pytest", "nice make", "bash -c 'git status; ls'", "time make", "true", "x=1",
        "f() { git status; }; f", "git commit -m 'say $(curl x); done'", "uv run pytest -q",
        "find . -name '*.py' | sort",
        "git diff 2>/dev/null", "cat <<'E'\ncurl x\nE", "ls # curl x", "awk '{print $1}' a",
        "git commit -m \"$(cat a)\"",
    ],
)  # fmt: skip
def test_ordinary_work_passes_under_sensible_rules(line):
    assert judged(line).verdict == "allow", judged(line).reason


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("git push origin", "Bash(git push *)"), ("git -C sub push", "Bash(git push *)"),
        ("git push", "Bash(git push *)"),
        ("git --no-pager -c user.name=x push", "Bash(git push *)"), ("ls; git push", "Bash(git push *)"),
        ("LD_PRELOAD=./x.so git status", "unclear-command"), ("PATH=. git status", "unclear-command"),
        ("export PATH=.; git status", "unclear-command"), ("env PATH=. git status", "unclear-command"),
        ("read PATH <<< .; git status", "unclear-command"), ("git $SUB", "unclear-command"),
        ("cat < /dev/tcp/example.com/80", "unclear-command"),
        ("./git status", None), ("/tmp/git status", None), ("wget x", None), ("git status; wget x", None),
        ("find . -exec wget {} +", None), ("bash -c 'wget x'", None), ("sudo git status", None), ("gitx", None),
        ("(f() { :; }); f", None), ("npm run testing", None), ("bash script.sh | wget x", None),
    ],
)  # fmt: skip
def test_what_is_asked(line, rule):
    found = judged(line)
    assert (found.verdict, found.rule) == ("ask", rule), found.reason


@pytest.mark.parametrize("sign", ["\u00e9", "\u5bae", "\U0001f189", "\U0010ffff", "\ud800"])
def test_signs_beyond_ascii_are_part_of_words_and_crash_nothing(sign):
    script = commands.parse(f"ls '{sign}' x{sign}; curl {sign}{{")
    assert [command.name for command in script.commands] == ["ls", "curl"]
    assert script.commands[0].arguments[1].text == f"x{sign}" or sign == "\ud800"
    assert judged(f"ls {sign}").verdict == ("ask" if sign == "\ud800" else "allow")


@pytest.mark.parametrize(
    "line",
    [
        "cat 'c'\\ d",
        'ls $"d"',
        "bash {v}>o -c 'curl x'",
        "exec 3<> rw",
        "ls <>b",
        "cat <<E\n $(curl x)\nE",
        "sh -c 'ls &> o curl x'",
        "zsh -c ls",
        "ls ${x:-<(curl x)}",
    ],
)
def test_where_the_grammar_divides_otherwise_than_bash_it_is_unclear(line):
    assert commands.parse(line).unclear


def test_a_deny_rule_that_only_may_fit_makes_it_asked():
    assert judged("git p$X", deny=["Bash(git push *)"], ask=[]).verdict == "ask"
    assert judged("git commit -m $X", deny=["Bash(git push *)"], ask=[]).verdict == "allow"
    assert judged("ls *.py", deny=["Bash(ls secret.py)"], ask=[]).verdict == "ask"


def test_a_bare_rule_covers_everything_and_no_rule_nothing():
    assert commands.judge("anything $X", allow=["Bash"]).verdict == "allow"
    assert commands.judge("ls", deny=["Bash"]).verdict == "deny"
    assert commands.judge("ls").rule is None
    assert commands.judge("ls", allow=["Read(x)"]).rule is None
    assert commands.judge("ls", allow=["Shell(ls)"], tool="Shell").verdict == "allow"


def test_code_in_another_language_passes_only_where_a_rule_names_its_program():
    allow = ["Bash", "Bash(python -c *)"]
    assert commands.judge("python -c 'print(1)'", allow=["Bash"], deny=DENY).verdict == "ask"
    assert commands.judge("python -c 'print(1)'", allow=allow, deny=DENY).verdict == "allow"
    assert commands.judge("python -c 'os.system(\"curl x\")'", allow=allow, deny=DENY).verdict == "ask"


@pytest.mark.parametrize(
    "line",
    [
        "git status", "git log -p | head -5", "git diff HEAD~1 -- src", "git -C sub show", "git branch -a",
        "git stash list",
        "git config --get user.name", "ls -la", "cat a b", "grep -rn x . | wc -l", "rg x",
        "find . -name '*.py' -type f",
        "echo hi", "echo hi > /dev/null", "printf '%s' x 2>&1", "head -n 5 a", "sort a | uniq -c", "pwd", "cd a && ls",
        "sed -n 1,5p a", "sed 's/a/b/g' a", "awk '{print $1}' a", "x=1; echo $x", "[ -f a ] && cat a", "test -d b",
        "for f in *.py; do wc -l $f; done", "timeout 5 ls", "bash -c 'ls | wc -l'", "python --version", "date +%F",
        "du -sh .", "uniq -c a", "xxd a", "date -u +%FT%TZ", "date -d yesterday +%F", "date --date='1 day ago'",
        "sed p -n -E f", "sed -e p -e d f", "git stash show -p", "git config --list --show-origin", "git reflog show",
        "git config --get user.name --local", "awk -F: -v x=1 '{print $1}' f", "time -p ls", "command time -v ls",
    ],
)  # fmt: skip
def test_commands_that_only_read_are_known(line):
    assert commands.is_read_only(commands.parse(line))


@pytest.mark.parametrize(
    "line",
    [
        "rm a", "touch a", "echo a > b", "echo a >> b", "ls > out", "cat a | tee b", "find . -delete",
        "find . -exec ls {} +",
        "find . -fprint x", "sort -o a a", "sort -uo a a", "sort --output=a a", "sort --outp=a a", "uniq a b",
        "sed -i s/a/b/ a",
        "sed -n -i s/a/b/ a", "sed --in-place s/a/b/ a", "sed 'w x' a", "sed 's/a/b/w x' a", "sed 's/a/b/e' a",
        "awk '{print > \"x\"}' a",
        "awk 'BEGIN{system(\"ls\")}'", "git commit -m x", "git branch x", "git branch -D x", "git tag v1", "git stash",
        "git config a b", "git checkout .", "git diff --output=x", "git diff --ext-diff", "git log --outpu=x",
        "git grep -Oless x",
        "git -c core.pager=x log", "git $X", "rg --pre x y", "PATH=. ls", "LD_PRELOAD=x ls", "./ls", "/tmp/ls",
        "make", "pytest",
        "python a.py", "python -c 'x'", "ls $(rm x)", "ls; f() { rm x; }; f", "env ls=1 rm x", "sudo ls",
        "cat < /dev/tcp/a/80",
        "xargs rm", "date -s x", "hostname x", "tree -o x", "xxd -r a b", "echo $(curl x)", "exec > x", "find $X",
        "sort $X", "",
        "uniq - out", "uniq -- -in out", "xxd - out", "date -us2020-01-01", "date -u -s x", "sed p --i f",
        "sed p -e 'w out' f", "sed p -f script f", "sed p -E -i f", "git stash show --output=f",
        "git stash list --output=f", "git reflog show -p --ext-diff", "git config --list --edit",
        "git config --get a --unset b",
        "awk -F : -v OFS=, '{print > \"out\"}' f", "awk -v a=1 -v b=2 '{print >> \"out\"}' f", "awk -f x f",
        "command time -o out ls", "/usr/bin/time --output=out ls", "valgrind --log-file=x ls", "fakeroot -s x ls",
        "while read a; do rm $a; done", "curl x", "export PATH=x", "coproc rm x", "trap 'rm x' EXIT", "cat a >| b",
        "cat a <> b",
    ],
)  # fmt: skip
def test_whatever_else_does_not_count_as_reading(line):
    assert not commands.is_read_only(commands.parse(line))


@pytest.mark.parametrize(
    ("line", "read", "written"),
    [
        ("cat .env", {".env"}, set()), ("grep x .env", {".env"}, set()), ("grep -e x .env", {"x", ".env"}, set()),
        ("cat < a > b", {"a"}, {"b"}), ("echo a >> b 2>> c", set(), {"b", "c"}), ("ls &> o", set(), {"o"}),
        ("ls 2>&1 >&2 > /dev/null", set(), set()), ("tee a b", {"a", "b"}, {"a", "b"}),
        ("cp a b", {"a", "b"}, {"a", "b"}),
        ("rm -rf x -- -y", set(), {"x", "-y"}), ("dd if=a of=b", set(), {"b"}), ("sed -i s/a/b/ f", {"f"}, {"f"}),
        ("bash -c 'echo x > y'", set(), {"y"}), ("{ echo x; } > y", set(), {"y"}),
        ("while read l; do :; done < in", {"in"}, set()),
        ("sort -o o i", {"o", "i"}, {"o"}), ("cat \"a b\" 'c d'", {"a b", "c d"}, set()), ("cat $X", set(), set()),
        ("env A=1 cat .env", {".env"}, set()), ("> empty", set(), {"empty"}),
    ],
)  # fmt: skip
def test_the_files_a_line_names(line, read, written):
    script = commands.parse(line)
    assert set(commands.read_paths(script)) == read
    assert set(commands.written_paths(script)) == written


WRAPPERS = [
    "{}", "env X=1 {}", "nohup {}", "timeout 5 {}", "nice -n 3 {}", "command {}", "stdbuf -oL {}", "sudo -u root {}",
    "time {}",
    "setsid {}", "exec {}", "xargs {}", "find . -exec {} ';'",
]  # fmt: skip
CODE = [
    "bash -c {q}", "sh -ec {q}", "eval {q}", "env -S {q}", "echo $({c})", "echo \"$({c})\"", "x=$({c})", "({c})",
    "{{ {c}; }}",
    "if true; then {c}; fi", "while {c}; do ls; done", "for i in a; do {c}; done", "case a in a) {c};; esac",
    "ls | {c}", "{c} | ls",
    "ls && {c}", "ls; {c}", "ls & {c}", "! {c}", "f() {{ {c}; }}; f", "cat <({c})", "cat <<< \"$({c})\"",
    "[[ -n $({c}) ]]",
    "trap {q} EXIT", "{c} > out", "ls\n{c}\n", "git submodule foreach {q}", "ssh host {q}", "awk 'BEGIN{{}}' a; {c}",
    "sudo bash -c {q}", "timeout 5 bash -c {q}", "xargs sh -c {q}",
]  # fmt: skip


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(WRAPPERS), max_size=3), st.lists(st.sampled_from(CODE), max_size=5))
def test_no_nesting_hides_a_forbidden_command(wrappers, code):
    line = "curl http://example.com"
    for wrapper in wrappers:
        line = wrapper.format(line)
    for each in code:
        line = each.format(c=line, q=quoted(line))
    assert commands.judge(line, allow=["Bash"], deny=["Bash(curl *)"]).verdict != "allow"
    assert commands.judge(line, allow=ALLOW, deny=["Bash(curl *)"]).verdict != "allow"
    assert not commands.is_read_only(commands.parse(line))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_no_text_makes_it_fail(text):
    script = commands.parse(text)
    commands.is_read_only(script)
    commands.touched(script)
    commands.judge_script(script, allow=ALLOW, ask=ASK, deny=DENY)


FRAGMENTS = [
    "m0", "m1", "m2", " ", " ", ";", "\n", "|", "&&", "||", "(", ")", "{ ", "; }", "$(", "`", '"', "'", "\\", "\\\n",
    "<<E\n", "\nE\n",
    "<<'E'\n", "<<-E\n", "\tE\n", "$'", "#", "if ", "; then ", "; fi", "x=", "[[ ", " ]]", "((", "))", "! ", "time ",
    "<(", "<<<",
    "eval ", "command ", "exec ", "2>&1 ", ">o ", "echo ", "env ", "bash -c ", "a=b ", "$x", "${x:-", "}",
    "case x in x) ", ";; esac",
    "for i in a; do ", "; done", "{m0,m1}", "*", "nice ", "\t", "&>o ", "<<E", "E",
]  # fmt: skip


@pytest.mark.skipif(shutil.which("bash") is None, reason="compares with bash itself")
def test_bash_runs_nothing_that_was_not_seen(tmp_path):
    """What bash really starts, for lines that are put together at random, was in the list or the line was unclear."""
    tools = tmp_path / "bin"
    tools.mkdir()
    log = tmp_path / "log"
    for name in ("m0", "m1", "m2"):
        (tools / name).write_text(f"#!/bin/sh\necho {name} >> {log}\n")
        (tools / name).chmod(0o755)
    for name in ("env", "bash", "nice"):
        (tools / name).symlink_to(shutil.which(name) or name)
    seen_running = 0

    @settings(max_examples=250, deadline=None, database=None)
    @given(st.lists(st.sampled_from(FRAGMENTS), min_size=2, max_size=14).map("".join))
    def compare(line):
        nonlocal seen_running
        script = commands.parse(line)
        # no functions: one that calls itself twice would not end
        if script.unclear or "m" not in line or "()" in line.replace(" ", ""):
            return
        log.write_text("")
        _run(line, tmp_path, tools)
        ran = set(log.read_text().split())
        seen_running += bool(ran)
        assert ran <= {command.name for command in script.commands}, line

    compare()
    assert seen_running, "no line ran anything: the test would prove nothing"


def _run(line, folder, tools):
    arguments = ["bash", "--norc", "-c", line]
    environment = {"PATH": str(tools)}
    process = subprocess.Popen(
        arguments, executable=shutil.which("bash"), cwd=folder, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        process.wait(timeout=20)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, 9)
            process.wait()
