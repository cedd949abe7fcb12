"""Bash, by real commands in every sandbox this machine has."""

import asyncio
import os
from pathlib import Path

import pytest

from pipeline_project import settings
from pipeline_project.errors import InvalidInput, NotConfigured
from pipeline_project.governance.actions import Complexity
from pipeline_project.security.sandbox import choose, control_groups
from pipeline_project.tools.session import Limits, Session
from pipeline_project.tools.shell.bash import Bash, BashInput


@pytest.fixture(params=["bubblewrap", "landlock", "rlimits"])
def layer(request, data_dir, monkeypatch):
    monkeypatch.setenv("PIPELINE_SANDBOX", request.param)
    monkeypatch.setenv("PIPELINE_SANDBOX_ALLOW_WEAK", "true")
    settings.load.cache_clear()
    try:
        choose(settings.load())
    except NotConfigured as error:
        pytest.skip(str(error))
    return request.param


@pytest.fixture
def strongest(data_dir, monkeypatch):
    monkeypatch.setenv("PIPELINE_SANDBOX_ALLOW_WEAK", "true")
    settings.load.cache_clear()
    return choose(settings.load())


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder.resolve()


def bash(workspace, *commands, limits=None, **options):
    """The results of commands, one after the other in one session."""

    async def run():
        async with Session(workspace, "allow_all", limits) as session:
            return [await Bash().run(BashInput(command=command, **options), session) for command in commands]

    return asyncio.run(run())


def alive(word):
    """Processes with this word in their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if word.encode() in words:
                found.append(entry.name)
    return found


async def gone(word):
    """Whether none is left; the kernel may take a moment to take the last one away."""
    for _ in range(100):
        if not alive(word):
            return True
        await asyncio.sleep(0.02)
    return False


def test_a_command_prints_and_says_what_held_it(layer, workspace):
    (result,) = bash(workspace, "echo hello")
    assert (result.text, result.is_error) == ("hello", False)
    assert result.structured == {"exit_code": 0, "timed_out": False, "cwd": str(workspace)}
    assert result.sandbox is not None
    assert "rlimits" in result.sandbox
    if layer != "rlimits":
        assert result.sandbox.startswith(layer)


def test_output_and_errors_come_in_order(strongest, workspace):
    (result,) = bash(workspace, "for i in 1 2 3; do echo out$i; echo err$i >&2; done; echo x > /dev/stderr; ls nothing")
    assert result.text.splitlines()[:7] == ["out1", "err1", "out2", "err2", "out3", "err3", "x"]
    assert "No such file" in result.text


def test_a_command_that_prints_nothing_says_so(strongest, workspace):
    assert bash(workspace, "true")[0].text == "[it printed nothing]"


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("echo out; exit 7", 7, "out\n[exit code 7]"),
        ("kill -9 $$", 137, "[exit code 137: ended by SIGKILL]"),
        ("kill -TERM $$", 143, "[exit code 143: ended by SIGTERM]"),
        ("bash -c 'kill -SEGV $$'; exit $?", 139, "ended by SIGSEGV]"),
        ("exit 255", 255, "[exit code 255]"),
    ],
)
def test_a_failure_is_an_error_with_its_code(layer, workspace, command, code, said):
    (result,) = bash(workspace, command)
    assert result.is_error
    assert result.structured["exit_code"] == code
    assert result.text.endswith(said)


def test_a_syntax_error_names_the_line_of_the_command(strongest, workspace):
    (result,) = bash(workspace, "echo one\necho two\nif")
    assert "line 4" in result.text
    assert result.is_error


def test_the_folder_is_kept_and_variables_are_not(layer, workspace):
    results = bash(workspace, "mkdir -p a/b; cd a/b; X=1; export X", "pwd; echo [$X]", "cd ..; exit 3", "pwd")
    assert results[1].text == f"{workspace}/a/b\n[]"
    assert results[2].structured["cwd"] == f"{workspace}/a"
    assert results[3].text == f"{workspace}/a"


def test_leaving_the_workspace_is_undone_and_said(layer, workspace):
    (workspace / "link").symlink_to("/usr")
    results = bash(workspace, "cd /usr", "pwd", "cd link", "pwd", "cd ..", "pwd")
    for left, after in zip(results[::2], results[1::2], strict=True):
        assert "outside the workspace" in left.text or "not there any more" in left.text or "cd:" in left.text
        assert after.text == str(workspace)


def test_a_removed_folder_is_left_for_the_workspace(layer, workspace):
    results = bash(workspace, "mkdir sub; cd sub", "rmdir ../sub", "pwd")
    assert results[2].text.splitlines()[0] == str(workspace)
    assert "not there any more" in results[1].text + results[2].text


def test_a_folder_replaced_by_a_link_out_of_the_workspace_is_left(strongest, workspace):
    results = bash(workspace, "mkdir sub; cd sub", "cd ..; rmdir sub; ln -s /usr sub; cd /", "cd sub || true", "pwd")
    assert results[3].text.splitlines()[0] == str(workspace)


def test_standard_input_is_empty(layer, workspace):
    assert bash(workspace, "cat; read x || echo nobody")[0].text == "nobody"


def test_secrets_of_this_process_are_not_in_the_environment(layer, workspace, monkeypatch):
    monkeypatch.setenv("PIPELINE_SECRET_PLANTED", "planted-secret")
    assert "planted" not in bash(workspace, "env; cat /proc/self/environ")[0].text


def test_control_bytes_colours_and_broken_text_do_not_reach_the_model(strongest, workspace):
    command = r"printf '\033[31mred\033[0m\a\n10%%\r100%%\nbroken \377\376 end\000\n'"
    assert bash(workspace, command)[0].text == "red\n100%\nbroken \ufffd\ufffd end"


def test_long_output_is_shown_as_head_and_tail_and_kept_whole(layer, workspace):
    (result,) = bash(workspace, "seq 1 20000")
    kept = Path(result.structured["stdout_file"])
    assert kept.read_text() == "".join(f"{number}\n" for number in range(1, 20001))
    assert kept.is_relative_to(workspace / ".pipeline-output")
    assert (kept.parent / ".gitignore").read_text() == "*\n"
    assert result.text.startswith("1\n2\n")
    assert result.text.endswith("\n20000")
    assert str(kept) in result.text
    assert 29_000 < len(result.text) < 31_000
    assert result.written == (kept,)


def test_output_longer_than_a_file_may_be_is_counted_and_dropped(strongest, workspace):
    (result,) = bash(workspace, "head -c 5000000 /dev/zero | tr '\\0' x; echo", limits=Limits(file_bytes=1 << 20))
    assert Path(result.structured["stdout_file"]).stat().st_size == 1 << 20
    assert "bytes were not kept" in result.text


def test_a_link_in_the_place_of_the_output_folder_is_not_followed(strongest, workspace, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (workspace / ".pipeline-output").symlink_to(tmp_path / "elsewhere")

    async def run():
        async with Session(workspace, "allow_all") as session:
            return await Bash().run(BashInput(command="seq 1 20000"), session)

    result = asyncio.run(run())
    assert "cannot be kept" in result.text
    assert result.text.startswith("1\n2\n")
    assert "bytes were not kept" in result.text
    assert list((tmp_path / "elsewhere").iterdir()) == []


ESCAPES = [
    "sleep {0} & sleep {0}",
    "setsid sleep {0} & sleep {0}",
    "(setsid sh -c '(sleep {0} &)' &); sleep {0}",
    "nohup sleep {0} > /dev/null 2>&1 & sleep {0}",
    "trap '' TERM HUP INT; sh -c \"trap '' TERM; sleep {0}; sleep {0}\"",
    "(setsid env -i sh -c '(sleep {0} > /dev/null 2>&1 &)' > /dev/null 2>&1 &); sleep {0}",
]


@pytest.mark.parametrize("counted", [True, False], ids=["counted", "watched"])
@pytest.mark.parametrize("escape", ESCAPES)
def test_nothing_survives_a_timeout(layer, workspace, escape, counted, monkeypatch):
    if not counted:
        monkeypatch.setattr(control_groups, "make", lambda _: None)
    word = f"{os.getpid()}.{ESCAPES.index(escape) + 1}"

    async def run():
        async with Session(workspace, "allow_all") as session:
            result = await Bash().run(BashInput(command="echo before; " + escape.format(word), timeout=500), session)
            return result, await gone(word)

    result, nothing_left = asyncio.run(run())
    assert nothing_left
    assert result.is_error
    assert result.structured["timed_out"]
    assert result.structured["exit_code"] is None
    assert result.text.startswith("before\n[timed out after 0.5 s")


@pytest.mark.parametrize("counted", [True, False], ids=["counted", "watched"])
@pytest.mark.parametrize("escape", [each for each in ESCAPES if each.endswith((" & sleep {0}", "; sleep {0}"))])
def test_nothing_survives_a_command_that_ends(layer, workspace, escape, counted, monkeypatch):
    if not counted:
        monkeypatch.setattr(control_groups, "make", lambda _: None)
    word = f"{os.getpid()}.{ESCAPES.index(escape) + 11}"
    # everything but the last part, for which the command would wait
    left = escape.removesuffix(" sleep {0}")

    async def run():
        async with Session(workspace, "allow_all") as session:
            result = await Bash().run(BashInput(command=f"{left.format(word)}\necho ended"), session)
            return result, await gone(word)

    result, nothing_left = asyncio.run(run())
    assert nothing_left
    assert result.text.endswith("ended")


def test_a_cancelled_call_leaves_nothing(layer, workspace):
    word = f"{os.getpid()}.21"

    async def run():
        async with Session(workspace, "allow_all") as session:
            command = f"touch began; setsid sleep {word} & sleep {word}"
            call = asyncio.create_task(Bash().run(BashInput(command=command), session))
            while not (workspace / "began").exists():  # noqa: ASYNC110 - a file of another process
                await asyncio.sleep(0.01)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            return await gone(word)

    assert asyncio.run(run())


def test_a_command_with_too_many_processes_is_ended_where_nothing_counts_them(layer, workspace, monkeypatch):
    monkeypatch.setattr(control_groups, "make", lambda _: None)
    if os.geteuid() != 0:
        pytest.skip("the kernel counts them for everybody but the superuser")
    (result,) = bash(workspace, "for i in {1..60}; do sleep 5 & done; wait", limits=Limits(processes=25))
    assert "more than 25 processes" in result.text
    assert result.is_error


def test_commands_run_off_the_main_thread(strongest, workspace):
    async def run():
        return await asyncio.to_thread(bash, workspace, "echo in a thread")

    assert asyncio.run(run())[0].text == "in a thread"


def test_commands_run_side_by_side(strongest, workspace):
    async def run():
        async with Session(workspace, "allow_all") as session:
            # each waits for the other: one after the other they would never end
            meet = "touch {0}; until [ -e {1} ]; do sleep 0.02; done; echo met"
            commands = [meet.format("a", "b"), meet.format("b", "a")]
            calls = (Bash().run(BashInput(command=each, timeout=20_000), session) for each in commands)
            return await asyncio.gather(*calls)

    assert [result.text for result in asyncio.run(run())] == ["met", "met"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"command": "  "}, "is empty"),
        ({"command": "echo \0"}, "NUL"),
        ({"command": "echo \ud800"}, "surrogate"),
        ({"command": "echo " + "x" * 130_000}, "script in the workspace"),
        ({"command": "true", "timeout": 600_001}, "at most 600000 milliseconds"),
    ],
)
def test_what_no_shell_can_be_handed_is_refused(strongest, workspace, options, said):
    async def run():
        async with Session(workspace, "allow_all") as session:
            await Bash().run(BashInput(**options), session)

    with pytest.raises(InvalidInput, match=said):
        asyncio.run(run())


def test_a_command_that_only_reads_is_reading_and_any_other_is_critical(workspace, data_dir):
    async def run():
        async with Session(workspace, "allow_all") as session:
            tool = Bash()
            reading, removing = BashInput(command="git status"), BashInput(command="rm -rf x")
            assert tool.action(reading, session).complexity is Complexity.READ
            assert tool.action(removing, session).complexity is Complexity.CRITICAL
            assert tool.footprint(BashInput(command="ls"), session).reads == {workspace}
            assert tool.footprint(removing, session).everything
            assert tool.footprint(BashInput(command="cd sub"), session).everything
            resource = tool.resource(reading, session)
            assert (resource.kind, resource.value, resource.paths) == ("command", "git status", (workspace,))

    asyncio.run(run())


def test_descriptors_are_given_back(strongest, workspace):
    bash(workspace, "true")
    before = len(list(Path("/proc/self/fd").iterdir()))
    bash(workspace, *["seq 1 20000"] * 5)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


@pytest.mark.parametrize("command", [")", "fi\nulimit -f", "echo 'x", 'echo "a" )', "if true; then"])
def test_a_line_that_cannot_be_parsed_is_complained_about_in_its_own_words(strongest, workspace, command):
    (result,) = bash(workspace, command)
    assert result.is_error
    assert "line " in result.text
    assert "ulimit -c" not in result.text
    assert "trap" not in result.text
    assert "exit code 2" in result.text


def test_lines_are_counted_from_the_first_one_of_the_command(strongest, workspace):
    (result,) = bash(workspace, "nosuch-a\necho $LINENO $# $0\nnosuch-b")
    assert "line 1: nosuch-a" in result.text
    assert "2 0 /bin/bash" in result.text
    assert "line 3: nosuch-b" in result.text


def test_a_command_with_a_trap_of_its_own_still_says_where_it_ended_up(strongest, workspace):
    commands = ["mkdir sub; trap 'echo bye' EXIT; cd sub", "pwd", "set -e; cd ..; false", "pwd"]
    first, second, _, last = bash(workspace, *commands)
    assert first.text == "bye"
    assert second.text == str(workspace / "sub")
    assert last.text == str(workspace)


@pytest.mark.parametrize("option", ["-x", "-v"])
def test_a_traced_command_shows_nothing_that_is_not_its_own(strongest, workspace, option):
    (result,) = bash(workspace, f"set {option}; echo a")
    assert result.text.splitlines() in (["++ echo a", "a"], ["a"])
