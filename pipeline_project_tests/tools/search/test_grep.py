"""Grep finds lines, shows pages of them in a fixed order, and tells nothing about files it may not show."""

import asyncio
import json
import os
import subprocess
from pathlib import Path

import psutil
import pytest

from pipeline_project.tools import Limits, Session, run_tool, tools
from pipeline_project.tools.search import ripgrep


def write(folder, **files):
    for age, (name, content) in enumerate(files.items()):
        put(folder / name.replace("__", "/"), content, age)


def put(path, content, age=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    os.utime(path, ns=(0, (1_000 - age) * 10**9))


def grep(workspace, pattern, *, policy="allow_all", actor="user:tester", limits=None, cwd=None, **more):
    session = Session(workspace, policy, limits, actor=actor)
    session.cwd = cwd or session.cwd
    arguments = {name.replace("_C", "-C"): value for name, value in more.items()}
    return asyncio.run(run_tool("Grep", {"pattern": pattern, **arguments}, session))


def content(workspace, pattern, **more):
    return grep(workspace, pattern, output_mode="content", **more)


@pytest.fixture
def workspace(tmp_path):
    folder = (tmp_path / "work").resolve()
    folder.mkdir()
    return folder


def test_files_are_named_the_latest_changed_first(workspace):
    write(workspace, new="needle", deep__middle="needle\nneedle", old="needle", other="hay")
    result = grep(workspace, "needle")
    assert result.text == "new\ndeep/middle\nold"
    assert result.structured == {
        "mode": "files_with_matches",
        "files": [str(workspace / name) for name in ("new", "deep/middle", "old")],
        "matches": 3, "total": 3, "truncated": False, "offset": 0,
    }  # fmt: skip


def test_content_shows_lines_with_their_numbers_by_file(workspace):
    write(workspace, b="x\nneedle 1\n", a="needle 2\r\ny\nneedle 3")
    assert content(workspace, "needle").text == "a:1:needle 2\na:3:needle 3\nb:2:needle 1"
    assert content(workspace, "needle", **{"-n": False}).text == "a:needle 2\na:needle 3\nb:needle 1"


def test_context_is_marked_and_stretches_are_parted(workspace):
    write(workspace, a="1\n2 needle\n3\n4\n5\n6\n7 needle\n8\n")
    result = content(workspace, "needle", **{"-B": 1, "-A": "1"})
    assert result.text == "a-1-1\na:2:2 needle\na-3-3\n--\na-6-6\na:7:7 needle\na-8-8"
    assert (result.structured["matches"], result.structured["total"]) == (2, 6)
    assert content(workspace, "needle", **{"-C": 1}).text == result.text
    assert content(workspace, "needle", context=1).text == result.text


def test_a_text_that_looks_like_a_divider_or_a_path_stays_a_text(workspace):
    write(workspace, a="--\nneedle:3:x\n--\n")
    assert content(workspace, "needle", _C=1).text == "a-1---\na:2:needle:3:x\na-3---"


def test_counts_are_by_file(workspace):
    write(workspace, b="needle needle\n", a="needle\nneedle")
    result = grep(workspace, "needle", output_mode="count")
    assert result.text == "a:2\nb:1\n(3 matching lines in 2 files)"
    assert (result.structured["matches"], result.structured["total"]) == (3, 2)
    assert grep(workspace, "needle", output_mode="count", **{"-o": True}).text == "a:2\nb:2\n(4 matches in 2 files)"


def test_only_the_matching_parts_and_letter_case(workspace):
    write(workspace, a="one Needle two needle\n")
    assert content(workspace, "NEEDLE", **{"-i": True, "-o": True}).text == "a:1:Needle\na:1:needle"
    assert grep(workspace, "NEEDLE").text == "No matches found"


def test_multiline_spans_lines(workspace):
    write(workspace, a="begin\nmiddle\nend\n")
    assert grep(workspace, "begin.*end").text == "No matches found"
    assert content(workspace, "begin.*end", multiline=True).text == "a:1:begin\na:2:middle\na:3:end"


def test_glob_and_type_choose_files(workspace):
    write(workspace, **{"a.py": "needle", "b.js": "needle", "c.min.js": "needle", "sub__d.ts": "needle"})
    assert grep(workspace, "needle", type="py").text == "a.py"
    assert set(grep(workspace, "needle", glob="*.{js,ts}").text.split()) == {"b.js", "c.min.js", "sub/d.ts"}
    assert grep(workspace, "needle", glob="*.js, !*.min.js").text == "b.js"


def test_ignored_files_are_left_out_hidden_ones_are_not_and_version_control_is(workspace):
    write(workspace, **{".gitignore": "ignored\n", "ignored": "needle", ".hidden": "needle", ".git__x": "needle"})
    write(workspace, sub__dot="needle")
    assert set(grep(workspace, "needle").text.splitlines()) == {".hidden", "sub/dot"}
    assert grep(workspace, "needle", glob=".git/**").text == "No matches found"
    assert grep(workspace, "needle", path="ignored").text == "ignored"


def test_a_pattern_may_begin_with_a_dash(workspace):
    write(workspace, a="x --pre=/bin/sh y\n-e\n")
    assert content(workspace, "--pre=/bin/sh").text == "a:1:x --pre=/bin/sh y"
    assert content(workspace, "-e").text == "a:2:-e"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"pattern": "("}, "unclosed group"),
        ({"pattern": "a{"}, "repetition"),
        ({"pattern": "x", "glob": "{a"}, "error parsing glob"),
        ({"pattern": "x", "type": "cobolt"}, "unrecognized file type: cobolt"),
        ({"pattern": "x", "path": "nowhere"}, "there is no such file or folder"),
        ({"pattern": "x\0"}, "NUL"),
        ({"pattern": "x", "output_mode": "lines"}, "output_mode"),
        ({"pattern": "x", "-A": -1}, "-A"),
        ({"pattern": "x", "after": 1}, "after is no field of it"),
    ],
)
def test_what_cannot_be_searched_is_an_error_with_the_cause(workspace, arguments, said):
    write(workspace, a="x")
    result = grep(workspace, **arguments)
    assert result.is_error
    assert said in result.text
    assert "No matches" not in result.text


def test_no_match_is_no_error(workspace):
    result = grep(workspace, "needle")
    assert (result.is_error, result.text, result.structured["matches"]) == (False, "No matches found", 0)


@pytest.mark.parametrize("path", ["/etc", "..", "link", "link/secret", "alias"])
def test_nothing_outside_the_workspace_is_searched(workspace, tmp_path, path):
    put(tmp_path / "outside" / "secret", "needle")
    (workspace / "link").symlink_to(tmp_path / "outside")
    (workspace / "alias").symlink_to(tmp_path / "outside" / "secret")
    result = grep(workspace, "needle", path=path)
    assert (result.is_error, result.code) == (True, "permission_denied")
    assert grep(workspace, "needle").text == "No matches found"


def test_a_page_goes_on_where_the_last_one_ended(workspace):
    for number in range(40):
        put(workspace / f"f{number:02}", "needle\n" * 30)
    whole = content(workspace, "needle", head_limit=0).text.splitlines()
    pages = []
    for offset in range(0, 1_200, 250):
        page = content(workspace, "needle", offset=offset)
        assert page.structured["truncated"] is (offset < 1_000)
        pages += [line for line in page.text.splitlines() if not line.startswith("(")]
    assert len(whole) == 1_200
    assert pages == whole
    assert content(workspace, "needle", offset=1_200).text == "No more matches: there are 1200, and offset is 1200"


def test_250_are_shown_and_the_way_on_is_told(workspace):
    put(workspace / "a", "needle\n" * 300)
    result = content(workspace, "needle")
    assert len(result.text.splitlines()) == 251
    assert "go on with offset 250" in result.text
    assert result.structured["total"] is None
    assert len(content(workspace, "needle", head_limit=3).text.splitlines()) == 4


def test_far_more_lines_than_fit_are_cut_at_the_first_files_by_name(workspace):
    for number in range(60):
        put(workspace / f"f{number:02}", "needle\n" * 1_000)
    result = content(workspace, "needle", offset=999, head_limit=2)
    assert result.text.splitlines()[:2] == ["f00:1000:needle", "f01:1:needle"]


def test_unlimited_ends_where_the_output_is_full(workspace):
    put(workspace / "a", "needle\n" * 3_000)
    result = content(workspace, "needle", head_limit=0, limits=Limits(output_characters=1_000))
    assert len(result.text) < 1_200
    assert result.structured["truncated"]


def test_long_lines_are_cut_and_marked(workspace):
    put(workspace / "a", "needle" + "x" * 100_000)
    text = content(workspace, "needle").text
    assert len(text) < 2_200
    assert "omitted" in text


def test_a_flood_of_matches_is_stopped_and_leaves_nothing_running(workspace):
    put(workspace / "a", ("needle" + "y" * 500 + "\n") * 60_000)
    result = content(workspace, "needle", head_limit=2)
    assert result.structured["truncated"]
    assert "far too much matches" in result.text
    assert result.text.startswith("a:1:needle")
    assert not [child for child in psutil.Process().children() if child.name() == "rg"]


def test_binary_files_are_named_not_dumped(workspace):
    put(workspace / "a.bin", b"needle\0\x01\x02needle\n")
    assert content(workspace, "needle", path="a.bin").text == "a.bin: binary file matches"
    assert grep(workspace, "needle", path="a.bin").text == "a.bin"


def test_bytes_that_are_no_text_are_replaced(workspace):
    put(workspace / "a", b"needle \xff\xfe.\n")
    text = content(workspace, "needle").text
    assert text == "a:1:needle ��."
    json.dumps(text).encode()


def test_paths_are_relative_to_the_current_folder_else_absolute(workspace):
    write(workspace, sub__a="needle", b="needle")
    assert grep(workspace, "needle", cwd=workspace / "sub").text == "a"
    assert grep(workspace, "needle", cwd=workspace / "sub", path=str(workspace / "b")).text == str(workspace / "b")


def test_configuration_and_environment_do_not_reach_ripgrep(workspace, tmp_path, monkeypatch):
    put(tmp_path / "rc", "--invert-match\n")
    monkeypatch.setenv("RIPGREP_CONFIG_PATH", str(tmp_path / "rc"))
    write(workspace, a="needle", b="hay")
    assert grep(workspace, "needle").text == "a"


def test_a_denied_file_is_left_out_and_tells_nothing_by_counts(workspace):
    write(workspace, **{"open": "needle", "private__key": "needle 7"})
    policy = {"allow": ["Grep", "Read"], "deny": ["Read(private/**)"]}
    for mode in ("files_with_matches", "content", "count"):
        right = grep(workspace, "needle", output_mode=mode, policy=policy)
        assert right.is_error is False
        assert "private" not in right.text + json.dumps(right.structured)
        guess = [grep(workspace, f"needle {digit}", output_mode=mode, policy=policy) for digit in (7, 8)]
        assert guess[0].text == guess[1].text
        assert guess[0].structured == guess[1].structured
    assert grep(workspace, "needle", path="private/key", policy=policy).code == "permission_denied"


def test_a_sensitive_file_is_left_out_for_an_agent(workspace):
    write(workspace, **{".env": "TOKEN=needle", "a.py": "needle"})
    assert grep(workspace, "needle", policy=None, actor="agent:one").text == "a.py"
    named = grep(workspace, "needle", policy=None, actor="agent:one", path=".env")
    assert named.is_error
    assert "needle" not in named.text


def test_cancelling_stops_ripgrep(workspace):
    os.mkfifo(workspace / "pipe")

    async def cancelled():
        arguments = ["--regexp=x", "--", "./pipe"]
        task = asyncio.create_task(ripgrep.run(arguments, lambda _: True, folder=workspace))
        for _ in range(500):
            await asyncio.sleep(0.01)
            if children := [child for child in psutil.Process().children() if child.name() == "rg"]:
                break
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return children

    (child,) = asyncio.run(cancelled())
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_a_search_that_takes_too_long_ends_with_what_it_has(workspace):
    os.mkfifo(workspace / "pipe")

    async def search():
        return await ripgrep.run(["--regexp=x", "--", "./pipe"], lambda _: True, folder=workspace, seconds=0.2)

    assert asyncio.run(search()).stopped == "time"


def test_the_schema_names_the_flags_as_models_know_them():
    properties = tools().get("Grep").schema()["properties"]
    assert {"-A", "-B", "-C", "-n", "-i", "-o", "pattern", "head_limit", "output_mode"} <= set(properties)


def test_it_finds_what_ripgrep_finds(workspace):
    for number in range(50):
        put(workspace / f"d{number % 5}" / f"f{number}", f"line {number}\nneedle {number % 7}\n" * (number % 4))
    bare = subprocess.run(
        [ripgrep.binary(), "--no-config", "-l", "needle [246]", "."], cwd=workspace, capture_output=True, text=True
    )
    expected = {str(Path(line)) for line in bare.stdout.splitlines()}
    assert set(grep(workspace, "needle [246]").text.splitlines()) == expected


def test_a_name_with_line_breaks_is_one_name(workspace):
    odd = "a\nb: binary file matches (found x)\n--\nc"
    write(workspace, **{odd: "1\nneedle\n3\n4\n5\nneedle", "c": "needle", "z": "needle"})
    shown = "a\\nb: binary file matches (found x)\\n--\\nc"
    assert content(workspace, "needle").text == f"{shown}:2:needle\n{shown}:6:needle\nc:1:needle\nz:1:needle"
    lines = content(workspace, "needle", _C=1).text.splitlines()
    assert lines == [
        f"{shown}-1-1", f"{shown}:2:needle", f"{shown}-3-3", "--", f"{shown}-5-5", f"{shown}:6:needle", "--",
        "c:1:needle", "--", "z:1:needle",
    ]  # fmt: skip
    assert grep(workspace, "needle", output_mode="count").text.splitlines()[:3] == [f"{shown}:2", "c:1", "z:1"]


@pytest.mark.parametrize("mode", ["content", "count", "files_with_matches"])
def test_a_rule_on_a_file_holds_for_a_name_with_a_line_break(workspace, mode):
    write(workspace, **{"closed\nopen": "needle secret\n" * 3, "open": "needle"})
    policy = {"allow": ["Grep"], "deny": ["Grep(closed*)"]}
    result = grep(workspace, "needle", policy=policy, output_mode=mode)
    assert "secret" not in result.text
    assert (result.structured["matches"], result.structured["files"]) == (1, [str(workspace / "open")])


@pytest.mark.parametrize("most", [1, 4, 10])
def test_gaps_between_stretches_take_no_room_on_a_page(workspace, most):
    write(workspace, a="needle\nx\ny\nz\n" * 30, b="needle\n")
    whole = [line for line in content(workspace, "needle", _C=1, head_limit=0).text.splitlines() if line != "--"]
    found = []
    while True:
        page = content(workspace, "needle", _C=1, head_limit=most, offset=len(found))
        lines = [line for line in page.text.splitlines() if line != "--" and not line.startswith("(")]
        found += lines
        if not page.structured["truncated"]:
            break
        assert len(lines) == most
    assert found == whole


def test_files_are_parted_as_stretches_are_whatever_rg_read_first(workspace):
    write(workspace, **{f"f{number:02}": "needle\nx\n" for number in range(20)})
    lines = content(workspace, "needle", **{"-A": 1}).text.splitlines()
    assert lines.count("--") == 19
    assert lines[2::3] == ["--"] * 19


def test_no_lines_after_wins_over_context(workspace):
    write(workspace, a="1\nneedle\n3\n")
    assert content(workspace, "needle", **{"-A": 0, "-C": 1}).text == "a-1-1\na:2:needle"


def test_a_file_that_turns_out_to_be_binary_says_so_behind_what_was_found(workspace):
    write(workspace, a=b"needle\n" + b"x\n" * 100_000 + b"\0\nneedle\n", b="needle")
    result = content(workspace, "needle")
    assert result.text == "a:1:needle\na: stopped searching binary file after match\nb:1:needle"
    assert result.structured["matches"] == 2


@pytest.mark.parametrize(
    ("glob", "found"),
    [
        ("./src/*.py", {"src/a.py"}),
        ("!./src/**", {"b.py", "two words/c.py"}),
        ("{workspace}/*.py", {"b.py"}),
        ("two words/*.py", {"two words/c.py"}),
        ("*.txt *.py", {"src/a.py", "b.py", "two words/c.py"}),
    ],
)
def test_globs_as_people_write_them(workspace, glob, found):
    write(workspace, **{"src/a.py": "needle", "b.py": "needle", "two words/c.py": "needle"})
    assert set(grep(workspace, "needle", glob=glob.replace("{workspace}", str(workspace))).text.splitlines()) == found


def test_an_offset_into_nothing_says_that_nothing_was_found(workspace):
    write(workspace, a="hay")
    assert content(workspace, "needle", offset=5).text == "No matches found"


def test_a_remedy_speaks_of_what_was_written(workspace):
    assert "without backreferences" in grep(workspace, r"(a)\1").text


def test_a_place_that_is_missing_names_near_ones(workspace):
    write(workspace, source__a="needle")
    assert grep(workspace, "needle", path="sources").text.endswith(f"Near names: {workspace}/source.")
