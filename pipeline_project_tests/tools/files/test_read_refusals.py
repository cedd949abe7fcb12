"""What Read cannot show it refuses in a sentence that says what to do instead, and it never blocks."""

import os
import socket
import zipfile

import pytest

from pipeline_project.tools.files.kinds import kind_of


def test_a_folder_is_for_ls(desk):
    (desk.folder / "src").mkdir()
    assert desk.refusal("Read", file_path="src") == (
        f"{desk.folder}/src: is a folder, not a file. Use LS to list it, or Glob and Grep to find files in it."
    )


def test_a_missing_file_names_those_that_are_near(desk):
    desk.file("src/Config.py", "")
    desk.file("src/config.yaml", "")
    desk.file("src/other.txt", "")
    words = desk.refusal("Read", file_path="src/config.py")
    assert words == (
        f"{desk.folder}/src/config.py: there is no such file. "
        f"Near names: {desk.folder}/src/Config.py, {desk.folder}/src/config.yaml."
    )


def test_a_missing_folder_names_the_nearest_there_is(desk):
    desk.file("src/a.py", "")
    words = desk.refusal("Read", file_path="src/deep/er/a.py")
    assert f"Its folder is missing too; the nearest that is there is {desk.folder}/src:" in words
    assert f"the nearest that is there is {desk.folder}/src:" in desk.refusal("Read", file_path="src/a.py/b")


def test_a_missing_file_without_likeness_says_where_paths_begin(desk):
    assert desk.refusal("Read", file_path="zzz") == (
        f"{desk.folder}/zzz: there is no such file. Use Glob to find it; relative paths begin at {desk.folder}."
    )


@pytest.mark.parametrize("path", ["/etc/passwd", "../secret", "link/secret", "link"])
def test_what_lies_outside_is_refused_and_not_read(desk, tmp_path, path):
    (tmp_path / "secret").write_text("hidden", encoding="utf-8")
    (desk.folder / "link").symlink_to(tmp_path)
    result = desk.call("Read", file_path=path)
    assert result.code == "permission_denied"
    assert "hidden" not in result.text


def test_a_link_inside_is_followed(desk):
    desk.file("a.txt", "x")
    (desk.folder / "link").symlink_to("a.txt")
    assert desk.text("Read", file_path="link") == "1\tx"


def test_a_pipe_does_not_block(desk):
    os.mkfifo(desk.folder / "pipe")
    for tool, more in (("Read", {}), ("Write", {"content": "x"}), ("Edit", {"old_string": "a", "new_string": "b"})):
        assert "is a pipe, not a file" in desk.refusal(tool, file_path="pipe", **more)


def test_a_socket_is_none(desk, monkeypatch):
    monkeypatch.chdir(desk.folder)  # the name of a socket may have about a hundred bytes
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("talk")
        assert "is a socket, not a file" in desk.refusal("Read", file_path="talk")
        assert "not a file" in desk.refusal("Write", file_path="talk", content="x")


def test_a_device_is_none(desk):
    try:
        os.mknod(desk.folder / "null", 0o020666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("making a device takes root")
    assert "is a device, not a file" in desk.refusal("Read", file_path="null")


def test_binary_files_are_named_for_what_they_are(desk):
    desk.file("a.bin", bytes(range(256)))
    desk.file("prog", b"\x7fELF\x02\x01\x01" + b"\0" * 50)
    desk.file("few", b"\x01\x02\x03\x04 text")
    with zipfile.ZipFile(desk.folder / "a.zip", "w") as archive:
        archive.writestr("x", "y")
    assert "is binary, not text. Use Bash with `file` or `xxd`" in desk.refusal("Read", file_path="a.bin")
    assert "is a program (ELF), not text. Use Bash with `file`" in desk.refusal("Read", file_path="prog")
    assert "is a ZIP archive or Office document, not text." in desk.refusal("Read", file_path="a.zip")
    assert "is binary" in desk.refusal("Read", file_path="few")


@pytest.mark.parametrize(
    "text",
    [b'if data.startswith(b"%PDF-"):\n', b"GIF89a is a format\n", b"\x1b[31mred\x1b[0m\n", b"\xe9\xe8\xe0\n", b""],
)
def test_text_that_speaks_of_formats_stays_text(text):
    assert kind_of(text) == "text"


@pytest.mark.parametrize("name", ["UTF-16LE", "UTF-16BE"])
def test_wide_text_without_a_mark_is_named_with_the_way_to_convert_it(desk, name):
    desk.file("a.txt", "one line\nand another\n".encode(name))
    said = desk.refusal("Read", file_path="a.txt")
    assert f"is {name} text without a byte order mark" in said
    assert f"iconv -f {name} -t UTF-8" in said


def test_pages_are_for_pdfs(desk):
    desk.file("a.txt", "x")
    assert "pages is for PDFs, and this is none. Leave it out" in desk.refusal("Read", file_path="a.txt", pages="1")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "Read: file_path is missing. Required: file_path; optional: offset, limit, pages."),
        ({"file_path": "a", "limit": 0}, "limit: Input should be greater than or equal to 1"),
        ({"file_path": "a", "offset": "x"}, "offset: Input should be a valid integer"),
        ({"file_path": "a", "path": "b"}, "path is no field of it"),
        ({"file_path": "a\0b"}, "holds a NUL"),
    ],
)
def test_input_that_does_not_fit_is_named(desk, arguments, words):
    assert words in desk.refusal("Read", **arguments)


def test_utf_16_too_large_to_hold_says_how_to_convert_it(desk_with):
    desk = desk_with(media_bytes=100, read_bytes=50)
    desk.file("a.txt", ("\ufeff" + "x" * 100).encode("utf-16-le"))
    words = desk.refusal("Read", file_path="a.txt", limit=1)
    assert "is utf-16-le text of 202 bytes. Convert it to UTF-8 with Bash (iconv) first." in words


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_said_in_the_systems_words(desk):
    desk.file("a.txt", "x").chmod(0)
    assert "Permission denied" in desk.refusal("Read", file_path="a.txt")
