"""Paths: what leads out of the workspace is refused however it is spelled, and a swap in between is not followed."""

import contextlib
import os
import shutil
import stat
import threading
from pathlib import Path

import pytest

from pipeline_project.errors import InvalidInput, PermissionDenied
from pipeline_project.security import paths
from pipeline_project.security.paths import opening


@pytest.fixture
def house(tmp_path):
    """A workspace with an outside beside it."""
    base = tmp_path.resolve()
    work = base / "ws"
    (work / "src").mkdir(parents=True)
    (work / "src" / "a.py").write_bytes(b"inside")
    (base / "ws-evil").mkdir()
    (base / "ws-evil" / "x").write_bytes(b"outside")
    (base / "secret").write_bytes(b"outside")
    (work / "out").symlink_to(base)
    (work / "out_file").symlink_to(base / "secret")
    (work / "in").symlink_to(work / "src" / "a.py")
    (work / "up").symlink_to("..")
    (work / "dangling").symlink_to(base / "not-there")
    (work / "hop").symlink_to(work / "out")
    (work / "ring1").symlink_to(work / "ring2")
    (work / "ring2").symlink_to(work / "ring1")
    return work


@pytest.fixture(params=["openat2", "walk"])
def way(request, monkeypatch):
    """Both ways of opening; the walk is what kernels without openat2 get."""
    if request.param == "walk":
        monkeypatch.setattr(opening, "openat2_works", lambda: False)
    elif not opening.openat2_works():
        pytest.skip("this kernel has no openat2")
    return request.param


OUTSIDE = [
    "../secret", "../ws-evil/x", "src/../../secret", "out/secret", "out_file", "up/secret", "hop/secret", "dangling",
    "/etc/passwd", "/", "//etc/passwd", "out", "up", "src/../..", "./.././secret", "missing/../../secret",
    "/proc/self/root",
    "hop/ws-evil/x", "src/./../../ws-evil", "..", "up/ws-evil", "/proc/self/cwd/../../../../../../../../etc/passwd",
]  # fmt: skip


@pytest.mark.parametrize("text", OUTSIDE)
def test_what_leads_outside_is_refused_and_the_root_named(house, text):
    with pytest.raises(PermissionDenied, match="outside the workspace") as refused:
        paths.resolve(text, cwd=house, roots=(house,))
    assert str(house) in str(refused.value)


@pytest.mark.parametrize(
    ("text", "real"),
    [
        ("src/a.py", "src/a.py"), ("in", "src/a.py"), ("./src//a.py", "src/a.py"), ("src/../new", "new"), (".", "."),
        ("new/deep/er", "new/deep/er"), ("out/ws/src", "src"), ("up/ws/src/a.py", "src/a.py"), ("…/..", "."),
        ("a/\uff0e\uff0e/x", "a/\uff0e\uff0e/x"), ("\uff0e\uff0e/x", "\uff0e\uff0e/x"),
        ("..x", "..x"), (" ", " "), ("a\nb", "a\nb"), ("~x", "~x"),
    ],
)  # fmt: skip
def test_what_stays_inside_is_the_exact_file(house, text, real):
    assert paths.resolve(text, cwd=house, roots=(house,)) == Path(os.path.normpath(house / real))


@pytest.mark.parametrize("text", ["", "a\0b", "\ud800", "x" * 256, "d/" * 2048, "~", "~/x", "ring1"])
def test_what_can_be_no_path_is_said_to_be_none(house, text):
    with pytest.raises(InvalidInput):
        paths.resolve(text, cwd=house, roots=(house,))


def test_an_absolute_path_with_the_roots_name_as_prefix_is_outside(house):
    with pytest.raises(PermissionDenied):
        paths.resolve(f"{house}-evil/x", cwd=house, roots=(house,))


def test_names_are_bytes_and_look_alikes_are_other_files(house):
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    (house / composed).write_bytes(b"1")
    assert paths.resolve(decomposed, cwd=house, roots=(house,)).name == decomposed
    raw = os.fsdecode(b"\xff\xfe.txt")
    target = paths.resolve(raw, cwd=house, roots=(house,))
    paths.write_atomically(target, b"x", (house,))
    assert [os.fsencode(each.name) for each in house.iterdir()].count(b"\xff\xfe.txt") == 1


def test_a_tilde_that_is_a_file_is_that_file(house):
    (house / "~").mkdir()
    assert paths.resolve("~/x", cwd=house, roots=(house,)) == house / "~" / "x"


def test_messages_cannot_be_forged_by_a_name(house):
    with pytest.raises(PermissionDenied) as refused:
        paths.resolve("../x\nallowed: yes\x1b[2J", cwd=house, roots=(house,))
    assert "\n" not in str(refused.value)
    assert "\x1b" not in str(refused.value)


def test_the_innermost_of_nested_roots_holds_a_path(house):
    assert paths.root_of(house / "src" / "a.py", (house, house / "src")) == house / "src"


def test_a_file_is_read_below_its_root(house, way):
    assert paths.read_bytes_below(house / "src" / "a.py", (house,)) == b"inside"
    assert paths.read_bytes_below(house / "src" / "a.py", (house,), limit=2) == b"in"


@pytest.mark.parametrize("name", ["out_file", "in", "out/secret", "hop/secret", "ring1", "dangling"])
def test_a_link_met_while_opening_is_refused(house, way, name):
    with pytest.raises(PermissionDenied, match="link"):
        paths.read_bytes_below(house / name, (house,))


@pytest.mark.parametrize("path", ["/etc/passwd", "{ws}/../secret", "{ws}-evil/x", "relative"])
def test_opening_outside_is_refused_whatever_was_resolved_before(house, way, path):
    with pytest.raises(PermissionDenied):
        paths.open_below(Path(path.format(ws=house)), (house,), os.O_RDONLY)


def test_devices_pipes_and_folders_are_no_files_and_never_block(house, way):
    os.mkfifo(house / "pipe")
    for name in ("pipe", "src"):
        with pytest.raises(InvalidInput, match="not a file"):
            paths.read_bytes_below(house / name, (house,))
    with pytest.raises(InvalidInput, match="not a file"):
        paths.open_regular(house / "pipe", (house,), os.O_WRONLY)
    with pytest.raises(InvalidInput, match="a device"):
        paths.read_bytes_below(Path("/dev/null"), (Path("/dev"),))


def test_what_the_system_says_names_the_whole_path(house, way):
    with pytest.raises(FileNotFoundError) as error:
        paths.read_bytes_below(house / "nowhere" / "x", (house,))
    assert error.value.filename == str(house / "nowhere" / "x")


def test_descriptors_are_closed_and_not_inherited(house, way):
    before = _open_descriptors()
    descriptor = paths.open_regular(house / "src" / "a.py", (house,))
    assert not os.get_inheritable(descriptor)
    os.close(descriptor)
    with pytest.raises(PermissionDenied):
        paths.read_bytes_below(house / "out" / "secret", (house,))
    paths.write_atomically(house / "n" / "m", b"1", (house,))
    assert _open_descriptors() == before


def test_a_write_makes_parents_and_leaves_nothing_else(house, way):
    paths.write_atomically(house / "x" / "y" / "z", b"new", (house,))
    assert (house / "x" / "y" / "z").read_bytes() == b"new"
    assert _names(house / "x" / "y") == ["z"]


def test_a_write_keeps_the_mode_of_the_old_file(house, way):
    target = house / "src" / "a.py"
    target.chmod(0o751)
    paths.write_atomically(target, b"new", (house,), mode=0o600)
    assert stat.S_IMODE(target.stat().st_mode) == 0o751


def test_a_new_file_has_the_mode_asked_for_or_what_the_umask_leaves(house, way):
    paths.write_atomically(house / "one", b"", (house,), mode=0o640)
    assert stat.S_IMODE((house / "one").stat().st_mode) == 0o640
    before = os.umask(0o027)
    try:
        paths.write_atomically(house / "two", b"", (house,))
    finally:
        os.umask(before)
    assert stat.S_IMODE((house / "two").stat().st_mode) == 0o640


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_a_write_keeps_the_owner(house, way):
    os.chown(house / "src" / "a.py", 12345, 12346)
    paths.write_atomically(house / "src" / "a.py", b"new", (house,))
    found = (house / "src" / "a.py").stat()
    assert (found.st_uid, found.st_gid) == (12345, 12346)


def test_an_expectation_that_fails_leaves_the_old_file_and_no_other(house, way):
    def expect(found):
        assert found is not None
        assert found.st_size == len(b"inside")
        raise InvalidInput("changed meanwhile")

    with pytest.raises(InvalidInput, match="meanwhile"):
        paths.write_atomically(house / "src" / "a.py", b"new", (house,), expect=expect)
    assert (house / "src" / "a.py").read_bytes() == b"inside"
    assert _names(house / "src") == ["a.py"]


@pytest.mark.parametrize("name", ["out_file", "in", "out/new", "hop/deep/new", "dangling"])
def test_writing_at_or_through_a_link_is_refused(house, way, name):
    with pytest.raises(PermissionDenied, match="link"):
        paths.write_atomically(house / name, b"new", (house,))
    assert (house.parent / "secret").read_bytes() == b"outside"
    assert not (house.parent / "new").exists()
    assert not (house.parent / "deep").exists()


def test_a_resolved_link_inside_is_written_through_to_its_target(house, way):
    paths.write_atomically(paths.resolve("in", cwd=house, roots=(house,)), b"new", (house,))
    assert (house / "in").is_symlink()
    assert (house / "src" / "a.py").read_bytes() == b"new"


def test_a_folder_or_pipe_is_not_replaced(house, way):
    os.mkfifo(house / "pipe")
    for name in ("src", "pipe"):
        with pytest.raises(InvalidInput, match="not a file"):
            paths.write_atomically(house / name, b"new", (house,))


def test_files_and_empty_folders_are_removed_and_nothing_else(house, way):
    (house / "empty").mkdir()
    paths.remove_below(house / "src" / "a.py", (house,))
    paths.remove_below(house / "empty", (house,))
    paths.remove_below(house / "out_file", (house,))
    assert not (house / "src" / "a.py").exists()
    assert (house.parent / "secret").exists()
    with pytest.raises(PermissionDenied):
        paths.remove_below(house / "out" / "secret", (house,))
    with pytest.raises(InvalidInput, match="workspace root"):
        paths.remove_below(house, (house,))
    with pytest.raises(FileNotFoundError):
        paths.remove_below(house / "nothing", (house,))


def test_a_folder_swapped_while_it_is_written_to_gets_what_was_meant_for_it_and_the_link_nothing(house, way):
    victim = house.parent / "victim"
    victim.mkdir()
    (house / "d").mkdir()

    def swap(found):
        assert found is None
        (house / "d").rename(house / "gone")
        (house / "d").symlink_to(victim)

    paths.write_atomically(house / "d" / "f", b"ours", (house,), expect=swap)
    assert _names(victim) == []
    assert (house / "gone" / "f").read_bytes() == b"ours"


@pytest.mark.parametrize("work", ["write", "read", "remove"])
def test_a_folder_swapped_for_a_link_meanwhile_is_never_followed(house, way, work):
    victim = house.parent / "victim"
    victim.mkdir()
    (victim / "f").write_bytes(b"outside")
    done = threading.Event()

    def swap():
        while not done.is_set():
            (house / "d").mkdir(exist_ok=True)
            (house / "d" / "f").write_bytes(b"inside")
            (house / "d").rename(house / "gone")
            (house / "d").symlink_to(victim)
            (house / "d").unlink()
            for left in list((house / "gone").iterdir()):
                left.unlink()
            (house / "gone").rmdir()

    def swap_on():
        while not done.is_set():
            # what we write and remove here races with the product's own writes, which is the point
            with contextlib.suppress(OSError):
                swap()
            shutil.rmtree(house / "gone", ignore_errors=True)

    swapper = threading.Thread(target=swap_on)
    swapper.start()
    try:
        for _ in range(400):
            _race(work, house)
    finally:
        done.set()
        swapper.join()
    assert _names(victim) == ["f"]
    assert (victim / "f").read_bytes() == b"outside"


def _race(work, house):
    target = house / "d" / "f"
    with contextlib.suppress(PermissionDenied, OSError):
        if work == "write":
            paths.write_atomically(target, b"ours", (house,))
        elif work == "read":
            assert paths.read_bytes_below(target, (house,)) in (b"inside", b"")
        else:
            paths.remove_below(target, (house,))


def _names(folder):
    return sorted(each.name for each in folder.iterdir())


def _open_descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))
