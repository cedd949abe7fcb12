"""A command cannot have the git of whoever comes after it run something, by real git and real sandboxes."""

import subprocess

import pytest

from pipeline_project.security.sandbox import repositories
from pipeline_project_tests.security.test_sandbox import Place

HOOK = "printf '#!/bin/sh\\ntouch ran\\n' > .git/hooks/post-checkout && chmod +x .git/hooks/post-checkout"
# a second repository whose configuration runs a program, and a file that makes it the first one's
LEAD = (
    "mkdir -p evil && cp -r .git/objects .git/refs .git/HEAD .git/config evil/; "
    "git config -f evil/config core.fsmonitor 'touch ran; false'; echo ../evil > .git/commondir"
)


@pytest.fixture
def place(tmp_path):
    found = Place("bubblewrap", tmp_path)
    git(found, "init", "-q", ".")
    git(found, "commit", "-q", "--allow-empty", "-m", "one")
    return found


def git(place, *words):
    settings = ["-c", "user.name=a", "-c", "user.email=a@b"]
    return subprocess.run(["git", *settings, *words], cwd=place.workspace, capture_output=True, text=True, timeout=30)


def repository(place):
    return place.workspace / ".git"


def test_hooks_that_were_not_there_cannot_be_made(place):
    for path in (repository(place) / "hooks").iterdir():
        path.unlink()
    (repository(place) / "hooks").rmdir()
    ended = place.run(f"mkdir -p .git/hooks; {HOOK}", protected=[repository(place)])
    assert "Read-only" in ended.stdout
    git(place, "checkout", "-q", "-b", "other")
    assert not (place.workspace / "ran").exists()


def test_git_is_not_led_to_another_configuration(place):
    assert place.run(LEAD, protected=[repository(place)]).returncode == 0
    assert git(place, "status").returncode == 0
    assert not (place.workspace / "ran").exists()
    assert not (repository(place) / "commondir").exists()


def test_what_was_there_before_is_there_again(place):
    leading = repository(place) / "config.worktree"
    leading.write_text("[user]\n\tname = me\n")
    place.run("echo '[core] fsmonitor = ./x' > .git/config.worktree", protected=[repository(place)])
    assert leading.read_text() == "[user]\n\tname = me\n"
    place.run("rm .git/config.worktree; mkdir .git/config.worktree", protected=[repository(place)])
    assert leading.read_text() == "[user]\n\tname = me\n"


def test_a_link_in_place_of_hooks_stops_no_later_command(place):
    hooks = repository(place) / "hooks"
    hooks.rename(place.workspace / "shared")
    hooks.symlink_to("../shared")
    place.run("rm .git/hooks; ln -s /etc .git/hooks", protected=[repository(place)])
    assert str(hooks.readlink()) == "../shared"
    hooks.unlink()
    hooks.symlink_to("/etc")
    assert place.run("echo fine", protected=[repository(place)]).stdout == "fine\n"


def test_of_commands_side_by_side_the_last_one_restores_what_was_before_the_first(tmp_path):
    folder = tmp_path / ".git"
    folder.mkdir()
    first = repositories.watch([folder])
    (folder / "commondir").write_text("../evil")
    second = repositories.watch([folder])
    first()
    assert not (folder / "commondir").exists()
    (folder / "commondir").write_text("../evil")
    second()
    assert not (folder / "commondir").exists()


def test_ordinary_work_in_a_protected_repository_goes_on(place):
    work = (
        "touch a && git add a && git -c user.name=a -c user.email=b commit -qm two && git checkout -q -b b && git gc -q"
    )
    ended = place.run(f"{work} && git log --format=%s", protected=[repository(place)])
    assert (ended.returncode, ended.stdout) == (0, "two\none\n")
