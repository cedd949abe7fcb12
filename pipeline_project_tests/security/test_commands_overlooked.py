"""Lines in which bash runs something that its grammar takes for plain text, or leaves out: all are noticed."""

import pytest

from pipeline_project.security import commands

HIDDEN = [
    "echo ${x:=`curl x`}", "echo ${x#$(curl x)}", "echo ${x^^$(curl x)}", "x=b; echo ${x%`curl x`}",
    'cat <<< "${x:-`curl x`}"', "echo \"${x:-'$(curl x)'}\"", "echo `echo \\`curl x\\``",
    'echo "`echo \\"\\`curl x\\`\\"`"',
    # arithmetic runs what it finds in an index, wherever the text came from
    "read -r x <<< 'a[$(curl x)0]'; echo $((x))", "read -r x <<< 'a[$(curl x)0]'; (( x > 0 ))",
    "printf -v x '%s' 'a[$(curl x)0]'; echo $((x))", "for x in 'a[$(curl x)0]'; do echo $((x)); done",
    "f() { echo $(($1)); }; f 'a[$(curl x)0]'", "f() { local -i y=$1; }; f 'a[$(curl x)0]'",
    "f() { [[ $1 -gt 0 ]]; }; f 'a[$(curl x)0]'", "f() { test -v \"$1\"; }; f 'a[$(curl x)0]'",
    "mapfile -t a <<< 'b[$(curl x)0]'; echo $((a))", "set -- 'a[`curl x`0]'; echo ${z:$1:1}",
    # what is read as commands, or as a program
    "source /dev/stdin <<< 'curl x'", ". /dev/stdin <<A\ncurl x\nA", "bash /dev/stdin <<A\ncurl x\nA",
    "env - A=1 curl x", "python3 -W ignore -c 'import os; os.system(\"curl x\")'",
    "python3 -X utf8 -c 'import os; os.system(\"curl x\")'", "perl -I . -e 'system(\"curl x\")'",
    "python - a <<A\nimport os; os.system('curl x')\nA", "ed <<< '!curl x'", "printf '!curl x\\nq\\n' | ed",
    "make -f - <<A\na:\n\tcurl x\nA", "cd x && make -f - <<A\na:\n\tcurl x\nA", "make -f <(printf 'a:;curl x')",
    "sed p -e '1e curl x' f", "python3 -m timeit 'import os; os.system(\"curl x\")'", ". /dev/fd/3 3<<A\ncurl x\nA",
    "tar cf a --checkpoint=1 --checkpoint-action 'exec=curl x' b",
    "setarch -R curl x", "linux64 curl x", "prlimit --nofile=100 curl x", "fakeroot curl x", "choom -n 0 -- curl x",
    "/usr/bin/cur[l] x", "cur[l] x", 'cur["l"] x',
]  # fmt: skip


@pytest.mark.parametrize("line", HIDDEN)
def test_what_bash_would_run_is_never_allowed_beside_a_rule_that_denies_it(line):
    assert commands.judge(line, allow=["Bash"], deny=["Bash(curl *)"]).verdict != "allow"
    assert not commands.is_read_only(commands.parse(line))


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("cat secret[s]/a", "secret\0/a"), ('cat secr[e"t"]s', "secr\0s"), ("cat [[:alpha:]]x", "\0x"),
        ("cat []a]x", "\0x"), ("cat [!a]*", "\0\0"),
    ],
)  # fmt: skip
def test_a_bracket_is_a_pattern_also_where_it_holds_quotes_or_classes(line, word):
    (command,) = commands.parse(line).commands
    assert (command.arguments[0].text, command.arguments[0].glob) == (word, True)


ORDINARY = [
    "while IFS= read -r line; do echo \"${line%%:*}\"; done < f", "declare -A m=([a]=1 [b]=2); echo \"${!m[@]}\"",
    "echo ${!BASH*}", "git -c core.pager=cat log", "ls | less -S", "vim a.txt", "cat - <<A | sort\nb\nA",
    'docker run --rm -it -v "$(pwd)":/app -w /app node:20 npm test', "docker compose up -d",
    "x=$(( $(date +%s) - 3600 )); echo $x", "[[ $x =~ ^v[0-9]+\\.[0-9]+$ ]] && echo ok",
    "echo ${x%.*} ${x##*/} ${x/a/b}",
    'git commit -m "$(cat <<\'E\'\nAdd `code` and $(this)\nE\n)"', "grep -n 'a[$(]' f", "sed 's/`//g; s/\\$(//g' f",
    "echo 'regex: [a-z]`$(x)`'", "a=1; ((a++)); echo $((a * 2))", 'cp -r a{,.bak}', 'echo "${PATH//:/ }"',
    "for ((i=0; i<10; i++)); do echo $i; done", "diff <(sort a) <(sort b)", "make -f build.mk all",
    "find . -name '*.pyc' -print0 | xargs -0 rm -f", "find . -type f -print0 | xargs -0 sed -i 's/a/b/'",
    "ps aux | awk '{print $2, $11}' | sort -k2 | uniq -c",
    "jq '.a[0].b | select(.c == \"d\")' x.json", "if [ -f .env ]; then source .env; fi",
]  # fmt: skip


@pytest.mark.parametrize("line", ORDINARY)
def test_ordinary_lines_are_not_called_unclear(line):
    found = commands.judge(line, allow=["Bash"], deny=["Bash(curl *)"])
    assert found.verdict == "allow", found.reason


@pytest.mark.parametrize(
    "line",
    ["ls " + "[" * 90_000, "ls " + "[a" * 40_000 + "]", "ls [" + "[:a" * 30_000 + ":]]", "sed " + "-n x " * 10_000,
     "rm " + "-v " * 30_000, "echo " + "$(a) " * 1_900],
    ids=["brackets", "bracket", "classes", "options", "letters", "substitutions"],
)  # fmt: skip
@pytest.mark.timeout(20)
def test_a_hostile_line_takes_no_longer_than_its_length_allows(line):
    commands.judge(line, allow=["Bash"], deny=["Bash(rm -rf *)", "Bash(sed -i *)"])
    commands.is_read_only(commands.parse(line))
