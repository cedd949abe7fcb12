"""LS shows a folder as a tree, says what it left out, and follows no link."""

import os

from pipeline_project.tools.files import tree as module


def test_the_tree_is_indented_and_sorted(desk):
    for name in ("b.txt", "a/two.py", "a/deep/one.py", ".hidden"):
        desk.file(name, "x")
    (desk.folder / "empty").mkdir()
    result = desk.call("LS")
    assert result.text.split("\n") == [
        f"{desk.folder}/", "  .hidden", "  a/", "    deep/", "      one.py", "    two.py", "  b.txt", "  empty/",
    ]  # fmt: skip
    assert "a/deep/one.py" in result.structured["entries"]
    assert result.structured["left_out"] == 0


def test_a_folder_is_named_absolutely_or_from_the_current_one(desk):
    desk.file("a/x", "")
    assert desk.text("LS", path="a") == desk.text("LS", path=str(desk.folder / "a")) == f"{desk.folder}/a/\n  x"


def test_links_are_shown_and_not_followed(desk, tmp_path):
    (tmp_path / "secret").write_text("x", encoding="utf-8")
    (desk.folder / "out").symlink_to(tmp_path)
    (desk.folder / "circle").symlink_to(desk.folder)
    (desk.folder / "broken").symlink_to("nowhere")
    text = desk.text("LS")
    assert f"  out -> {tmp_path}" in text
    assert "  broken -> nowhere" in text
    assert text.count("  circle ->") == 1
    assert "secret" not in text
    assert desk.call("LS", path="out").code == "permission_denied"


def test_version_control_is_named_and_not_listed_but_ignored_files_are(desk):
    desk.file(".git/config", "x")
    desk.file(".gitignore", "*.log\n")
    desk.file("a.log", "x")
    text = desk.text("LS")
    assert "  .git/ (version control, not listed)" in text
    assert "config" not in text
    assert "a.log" in text


def test_what_is_ignored_is_left_out_and_counted(desk):
    for name in ("node_modules/x.js", "src/a.pyc", "src/a.py", "src/gen/b.py"):
        desk.file(name, "x")
    text = desk.text("LS", ignore=["node_modules/", "*.pyc", "src/gen/**"])
    assert text == f"{desk.folder}/\n  src/\n    a.py\n3 ignored."
    assert desk.text("LS", path="src/gen", ignore=["*"]).endswith("(nothing but what is ignored)\n1 ignored.")


def test_pipes_are_named_and_odd_names_cannot_forge_a_line(desk):
    os.mkfifo(desk.folder / "pipe")
    desk.file("a\n  b.txt", "x")
    assert desk.text("LS").split("\n")[1:] == ["  a\\n  b.txt", "  pipe (pipe)"]


def test_more_than_fits_is_counted_and_the_top_comes_first(desk, monkeypatch):
    monkeypatch.setattr(module, "MOST_BELOW", 3)
    for number in range(8):
        desk.file(f"many/{number}.txt", "")
    desk.file("top.txt", "")
    assert desk.text("LS") == (
        f"{desk.folder}/\n  many/\n    0.txt\n    1.txt\n    2.txt\n    … 5 more\n  top.txt\n"
        "Left out: 5 entries. List a folder below, or use Glob."
    )


def test_folders_beyond_the_room_are_named_as_not_listed(desk):
    for number in range(1_100):
        desk.file(f"f{number:04}", "")
    desk.file("a/inside", "")
    result = desk.call("LS")
    assert "  a/ (not listed)" in result.text
    assert "  … 101 more" in result.text
    assert "Left out: 101 entries, 1 folder not listed. List a folder below, or use Glob." in result.text
    assert len(result.structured["entries"]) == 1_000
    assert result.structured["left_out"] == 101


def test_the_text_of_an_answer_has_an_end(desk_with):
    desk = desk_with(output_characters=200)
    for number in range(50):
        desk.file(f"file-{number:02}", "")
    result = desk.call("LS")
    assert len(result.content[0]["text"]) <= 201
    assert "Left out:" in result.content[1]["text"]


def test_an_empty_folder_a_file_and_a_missing_one(desk):
    assert desk.text("LS") == f"{desk.folder}/\n  (empty)"
    desk.file("a.txt", "x")
    assert desk.refusal("LS", path="a.txt") == f"{desk.folder}/a.txt: is a file, not a folder. Use Read to see it."
    assert "Near names:" in desk.refusal("LS", path="a.tx")
    assert desk.call("LS", path="..").code == "permission_denied"


def test_what_a_killed_writer_left_is_not_shown(desk):
    desk.file(f".{'ab' * 16}.tmp", "half")
    assert desk.text("LS") == f"{desk.folder}/\n  (empty)"
