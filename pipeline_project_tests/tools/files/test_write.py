"""Write puts exactly what it is given where it is told, whole or not at all, and never over what was not seen."""

import os
import stat

import pytest

from pipeline_project.security.paths import writing
from pipeline_project.tools.files import store


def test_a_new_file_gets_its_folders_and_exactly_its_content(desk):
    content = "a\r\nb\n\ttab $1 \\n é 漢\u2028end"
    result = desk.call("Write", file_path="deep/er/a.txt", content=content)
    path = desk.folder / "deep/er/a.txt"
    assert path.read_bytes() == content.encode()
    assert result.text == f"Created {path} ({len(content.encode())} bytes)."
    assert result.written == (path,)
    assert result.structured["type"] == "create"
    assert result.structured["patch"][0]["newLines"] == 3


def test_an_existing_file_must_have_been_read(desk):
    path = desk.file("a.txt", "old")
    assert desk.refusal("Write", file_path="a.txt", content="new") == (
        f"{path}: the file exists and was not read in this session. Read it first, then try again."
    )
    assert path.read_text(encoding="utf-8") == "old"


def test_what_was_read_may_be_replaced_and_the_patch_says_how(desk):
    path = desk.read_file("a.txt", "one\ntwo\n")
    result = desk.call("Write", file_path="a.txt", content="one\n2\n")
    assert path.read_text(encoding="utf-8") == "one\n2\n"
    assert result.structured == {
        "path": str(path), "type": "update", "added": 1, "removed": 1,
        "patch": [{"oldStart": 1, "oldLines": 2, "newStart": 1, "newLines": 2, "lines": [" one", "-two", "+2"]}],
    }  # fmt: skip


def test_what_was_written_counts_as_seen(desk):
    desk.text("Write", file_path="a.txt", content="1")
    desk.text("Write", file_path="a.txt", content="2")
    desk.text("Edit", file_path="a.txt", old_string="2", new_string="3")
    desk.text("Write", file_path="a.txt", content="4")
    assert (desk.folder / "a.txt").read_text(encoding="utf-8") == "4"


def test_a_file_changed_since_it_was_read_is_left_alone(desk):
    path = desk.read_file("a.txt", "old")
    path.write_text("own", encoding="utf-8")
    for tool, more in (("Write", {"content": "new"}), ("Edit", {"old_string": "own", "new_string": "x"})):
        assert desk.refusal(tool, file_path="a.txt", **more) == (
            f"{path}: the file has changed since it was read. Read it again before changing it; nothing was written."
        )
    assert path.read_text(encoding="utf-8") == "own"
    desk.text("Read", file_path="a.txt")
    desk.text("Write", file_path="a.txt", content="new")


def test_a_change_that_keeps_size_and_time_is_noticed(desk):
    path = desk.read_file("a.txt", "old")
    before = path.stat()
    path.write_text("own", encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert "has changed since it was read" in desk.refusal("Write", file_path="a.txt", content="new")


def test_a_touched_file_with_the_same_content_is_not_changed(desk):
    path = desk.read_file("a.txt", "old")
    os.utime(path, ns=(1, 1))
    desk.text("Write", file_path="a.txt", content="new")


def test_a_large_file_read_in_part_is_known_by_its_time(desk_with):
    desk = desk_with(read_bytes=10)
    path = desk.file("a.txt", "line\n" * 10)
    desk.text("Read", file_path="a.txt", offset=-1)
    os.utime(path, ns=(1, 1))
    assert "has changed since it was read" in desk.refusal("Edit", file_path="a.txt", old_string="l", new_string="x")
    desk.text("Read", file_path="a.txt", offset=-1)
    desk.text("Edit", file_path="a.txt", old_string="line", new_string="x", replace_all=True)
    assert path.read_text(encoding="utf-8") == "x\n" * 10


def test_a_file_that_was_replaced_by_another_of_the_same_size_is_noticed(desk_with):
    desk = desk_with(read_bytes=10)
    path = desk.file("a.txt", "line\n" * 10)
    desk.text("Read", file_path="a.txt", offset=1)
    other = desk.file("b.txt", "liNe\n" * 10)
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.rename(path)
    assert "has changed since it was read" in desk.refusal("Write", file_path="a.txt", content="x")


def test_a_file_that_is_gone_may_be_written_anew(desk):
    path = desk.read_file("a.txt", "old")
    path.unlink()
    assert desk.text("Write", file_path="a.txt", content="new").startswith("Created")


@pytest.mark.parametrize("mode", [0o600, 0o755, 0o664])
def test_the_mode_is_kept(desk, mode):
    path = desk.read_file("a.sh", "old")
    path.chmod(mode)
    desk.text("Write", file_path="a.sh", content="new")
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_write_protected_file_is_not_replaced_behind_its_back(desk):
    path = desk.read_file("a.txt", "old")
    path.chmod(0o444)
    words = desk.refusal("Write", file_path="a.txt", content="new")
    assert words == f"{path}: the file is write-protected. Make it writable first if that is meant (Bash: chmod u+w)."
    assert path.read_text(encoding="utf-8") == "old"


def test_a_link_inside_leads_to_its_target_and_stays_a_link(desk):
    target = desk.read_file("real.txt", "old")
    (desk.folder / "link.txt").symlink_to("real.txt")
    desk.text("Write", file_path="link.txt", content="new")
    assert (desk.folder / "link.txt").is_symlink()
    assert target.read_text(encoding="utf-8") == "new"


def test_a_link_out_of_the_workspace_is_refused(desk, tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_text("mine", encoding="utf-8")
    (desk.folder / "link.txt").symlink_to(outside)
    (desk.folder / "folder").symlink_to(tmp_path)
    for path in ("link.txt", "folder/outside.txt", "folder/new.txt", "../new.txt", str(outside)):
        assert desk.call("Write", file_path=path, content="x").code == "permission_denied"
    assert outside.read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "new.txt").exists()


def test_a_folder_is_no_file(desk):
    (desk.folder / "src").mkdir()
    for name in ("src", "src/new/"):
        said = desk.refusal("Write", file_path=name, content="x")
        assert "is a folder, not a file. Name a file in it; folders that are missing are made for it." in said
    assert list((desk.folder / "src").iterdir()) == []


def test_more_than_a_file_may_have_is_refused(desk_with):
    desk = desk_with(file_bytes=10)
    words = desk.refusal("Write", file_path="a.txt", content="x" * 11)
    assert "11 bytes are more than a file may have (10)" in words
    assert not (desk.folder / "a.txt").exists()


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_what_a_byte_order_mark_declares_is_kept(desk, name):
    path = desk.read_file("a.txt", "\ufeffold\r\n".encode(name))
    desk.text("Write", file_path="a.txt", content="né\r\n")
    assert path.read_bytes() == "\ufeffné\r\n".encode(name)


def test_the_mark_of_utf_8_is_kept(desk):
    path = desk.read_file("a.txt", b"\xef\xbb\xbfold")
    desk.text("Write", file_path="a.txt", content="new")
    assert path.read_bytes() == b"\xef\xbb\xbfnew"


def test_line_breaks_are_written_as_given_and_a_lost_crlf_is_said(desk):
    path = desk.read_file("a.txt", b"one\r\ntwo\r\n")
    words = desk.text("Write", file_path="a.txt", content="one\n2\n")
    assert path.read_bytes() == b"one\n2\n"
    assert "Note: its lines ended with CRLF and now end with LF, as given." in words


def test_a_code_page_given_up_is_said(desk):
    path = desk.read_file("a.txt", "café\n".encode("latin-1"))
    assert "Note: it was not UTF-8 and now is." in desk.text("Write", file_path="a.txt", content="thé\n")
    assert path.read_bytes() == "thé\n".encode()


def test_the_same_content_again_is_said_to_be_so(desk):
    path = desk.read_file("a.txt", "same")
    result = desk.call("Write", file_path="a.txt", content="same")
    assert result.text == f"{path} already had exactly this content."
    assert result.structured["patch"] == []


def test_what_a_killed_writer_left_is_swept_an_hour_later(desk):
    left = desk.file(f".{'0a' * 16}.tmp", "half")
    fresh = desk.file(f".{'1b' * 16}.tmp", "half")
    mine = desk.file(".notes.tmp", "mine")
    for path in (left, mine):
        os.utime(path, (0, 0))
    desk.text("Write", file_path="a.txt", content="x")
    assert not left.exists()
    assert fresh.exists()
    assert mine.exists()
    assert ".tmp" not in desk.text("LS").replace(".notes.tmp", "")


def test_a_file_that_somebody_writes_between_the_check_and_the_rename_is_not_lost(desk, monkeypatch):
    path = desk.read_file("a.txt", "old")
    real = store.write_atomically

    def late(*arguments, **options):
        path.write_text("theirs", encoding="utf-8")
        real(*arguments, **options)

    monkeypatch.setattr(store, "write_atomically", late)
    words = desk.refusal("Write", file_path="a.txt", content="mine")
    assert words.startswith(f"{path}: somebody else wrote the file at the same moment. Read it again")
    assert path.read_text(encoding="utf-8") == "theirs"
    assert [each.name for each in desk.folder.iterdir()] == ["a.txt"]


def test_a_file_that_appears_in_that_moment_is_not_lost_either(desk, monkeypatch):
    path = desk.folder / "a.txt"
    real = store.write_atomically

    def late(*arguments, **options):
        path.write_text("theirs", encoding="utf-8")
        real(*arguments, **options)

    monkeypatch.setattr(store, "write_atomically", late)
    assert "at the same moment" in desk.refusal("Write", file_path="a.txt", content="mine")
    assert path.read_text(encoding="utf-8") == "theirs"


def test_a_mark_that_is_given_too_is_not_written_twice(desk):
    path = desk.read_file("a.txt", b"\xef\xbb\xbfold\n")
    desk.text("Write", file_path="a.txt", content="\ufeffnew\n")
    assert path.read_bytes() == b"\xef\xbb\xbfnew\n"


def test_what_the_caller_wrote_is_counted_and_not_repeated(desk):
    path = desk.read_file("a.txt", "a\nb\nc\n")
    result = desk.text("Write", file_path="a.txt", content="a\nx\ny\nc\n")
    assert result == f"Replaced the content of {path} (8 bytes, +2 -1 lines)."


def test_a_deep_folder_is_made_in_steps_from_one_folder_to_the_next(desk, monkeypatch):
    opened = []
    below = writing.folder_below
    monkeypatch.setattr(writing, "folder_below", lambda path, roots: opened.append(path) or below(path, roots))
    name = "/".join(["d"] * 300) + "/f"
    desk.text("Write", file_path=name, content="x")
    assert (desk.folder / name).read_bytes() == b"x"
    assert len(opened) < 5
