"""Background shells: what they print, how they end, and that none outlives its session."""

import asyncio
import os

import pytest

from pipeline_project import settings
from pipeline_project.errors import Conflict, InvalidInput, NotFound
from pipeline_project.tools.session import Limits, Session
from pipeline_project.tools.shell import shells
from pipeline_project.tools.shell.background import BashOutput, BashOutputInput, KillShell, KillShellInput
from pipeline_project.tools.shell.bash import Bash, BashInput

from .test_bash import alive, gone


@pytest.fixture(autouse=True)
def any_sandbox(data_dir, monkeypatch):
    monkeypatch.setenv("PIPELINE_SANDBOX_ALLOW_WEAK", "true")
    settings.load.cache_clear()


def background(tmp_path, scenario, limits=None):
    async def run():
        async with Session(tmp_path, "allow_all", limits) as session:
            return await scenario(session)

    return asyncio.run(run())


async def begin(session, command):
    result = await Bash().run(BashInput(command=command, run_in_background=True), session)
    return result.structured["shell_id"]


async def output(session, shell, **options):
    return await BashOutput().run(BashOutputInput(bash_id=shell, **options), session)


async def until(session, shell, word):
    said = ""
    while word not in said:
        said += (await output(session, shell)).text
        await asyncio.sleep(0.01)
    return said


def test_output_is_shown_once_and_the_end_with_its_code(tmp_path):
    async def scenario(session):
        shell = await begin(session, "echo one; until [ -e go ]; do sleep 0.02; done; echo two; exit 4")
        first = await until(session, shell, "one")
        (tmp_path / "go").touch()
        last = await output(session, shell, block=True)
        again = await output(session, shell)
        return first, last, again

    first, last, again = background(tmp_path, scenario)
    assert "running]" in first
    assert last.text == "two\n[bash_1: completed with exit code 4]"
    assert last.structured == {"shell_id": "bash_1", "status": "completed", "exit_code": 4}
    assert again.text.startswith("[nothing new]")


def test_an_unfinished_line_is_shown(tmp_path):
    async def scenario(session):
        return await until(session, await begin(session, "printf 'Password: '; sleep 60"), "Password")

    assert "Password" in background(tmp_path, scenario)


def test_a_filter_shows_matching_lines(tmp_path):
    async def scenario(session):
        shell = await begin(session, "seq 1 30000; echo error: seven")
        return await output(session, shell, block=True, filter="^error|^12345$")

    assert background(tmp_path, scenario).text.startswith("12345\nerror: seven\n[bash_1")


def test_a_broken_filter_and_an_unknown_shell_are_refused(tmp_path):
    async def scenario(session):
        with pytest.raises(NotFound, match="None was started"):
            await output(session, "bash_9")
        shell = await begin(session, "true")
        with pytest.raises(InvalidInput, match="no regular expression"):
            await output(session, shell, filter="(")
        with pytest.raises(NotFound, match="There are: bash_1"):
            await KillShell().run(KillShellInput(shell_id="bash_9"), session)

    background(tmp_path, scenario)


def test_a_wait_ends_after_its_time(tmp_path):
    async def scenario(session):
        return await output(session, await begin(session, "sleep 60"), block=True, timeout=50)

    assert background(tmp_path, scenario).structured["status"] == "running"


def test_killing_ends_everything_and_keeps_the_last_output(tmp_path):
    word = f"{os.getpid()}.31"

    async def scenario(session):
        shell = await begin(session, f"echo begun; setsid sleep {word} & sleep {word}")
        await until(session, shell, "begun")
        killed = await KillShell().run(KillShellInput(shell_id=shell), session)
        assert await gone(word)
        again = await KillShell().run(KillShellInput(shell_id=shell), session)
        return killed, again, await output(session, shell)

    killed, again, last = background(tmp_path, scenario)
    assert killed.structured["status"] == last.structured["status"] == "killed"
    assert "had ended already" in again.text


def test_no_shell_outlives_its_session(tmp_path):
    word = f"{os.getpid()}.32"

    async def run():
        async with Session(tmp_path, "allow_all") as session:
            for _ in range(3):
                shell = await begin(session, f"(setsid sleep {word} &); echo begun; sleep {word}")
                await until(session, shell, "begun")
            assert alive(word)
        return await gone(word)

    assert asyncio.run(run())


def test_no_shell_outlives_a_loop_that_is_cut_off(tmp_path):
    word = f"{os.getpid()}.33"

    async def run():
        session = Session(tmp_path, "allow_all")
        await until(session, await begin(session, f"echo begun; setsid sleep {word} & sleep {word}"), "begun")

    asyncio.run(run())
    assert asyncio.run(gone(word))


def test_background_shells_do_not_move_the_session(tmp_path):
    async def scenario(session):
        shell = await begin(session, "mkdir sub; cd sub; pwd")
        await output(session, shell, block=True)
        return session.cwd

    assert background(tmp_path, scenario) == tmp_path.resolve()


def test_much_output_costs_a_file_and_is_clipped(tmp_path):
    async def scenario(session):
        shell = await begin(session, "seq 1 20000")
        return await output(session, shell, block=True)

    result = background(tmp_path, scenario, Limits(output_characters=1000))
    assert "bytes left out; the whole output is in" in result.text
    assert len(result.text) < 1400


def test_too_many_shells_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(shells, "_MOST", 1)

    async def scenario(session):
        await begin(session, "sleep 60")
        with pytest.raises(Conflict, match="KillShell: bash_1"):
            await begin(session, "sleep 60")

    background(tmp_path, scenario)
