"""Files written whole or not at all, below a root.

The new content is complete on disk beside the old before it takes its name, all through the descriptor of the one
folder that was opened: nobody reads half a file, and a folder swapped for a link is not written into. Refuses to
replace anything but a regular file.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline_project import clock
from pipeline_project.errors import InvalidInput
from pipeline_project.security.paths.containment import root_of, shown
from pipeline_project.security.paths.opening import FOLDER, folder_below, refuse

Expectation = Callable[[os.stat_result | None], None]


def write_atomically(
    path: Path,
    content: bytes,
    roots: tuple[Path, ...],
    *,
    mode: int | None = None,
    expect: Expectation | None = None,
) -> None:
    """Give the file at `path`, which is real, this content; missing parents are made.

    The old file's mode is kept, and its owner where the system allows; a new file has `mode`, or what the umask leaves.
    `expect` is called with what stands there (None: nothing) just before the new content takes the name; what it raises
    stops the write. Raises PermissionDenied outside or at a link, InvalidInput for a folder or device, OSError.
    """
    root_of(path, roots)
    with _parent(path, roots) as folder:
        old = _standing(folder, path)
        temporary = f".{clock.new_id()}.tmp"
        try:
            _fill(folder, temporary, content, old=old, mode=mode)
            if expect is not None:
                expect(_standing(folder, path))
            os.rename(temporary, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError as error:
            _discard(folder, temporary)
            refuse(error, path)
        except BaseException:
            _discard(folder, temporary)
            raise
        _settle(folder)


def remove_below(path: Path, roots: tuple[Path, ...]) -> None:
    """Remove a file, or a folder that is empty; a link that has taken its place goes itself, not what it points to.

    Raises PermissionDenied outside the roots or for a root itself, OSError for what the system says.
    """
    if path == root_of(path, roots):
        raise InvalidInput("is a workspace root", where=shown(str(path)), remedy="Name something inside it.")
    with folder_below(path.parent, roots) as folder:
        try:
            if stat.S_ISDIR(os.lstat(path.name, dir_fd=folder).st_mode):
                os.rmdir(path.name, dir_fd=folder)
            else:
                os.unlink(path.name, dir_fd=folder)
        except OSError as error:
            refuse(error, path)


@contextmanager
def _parent(path: Path, roots: tuple[Path, ...]) -> Iterator[int]:
    """The folder of `path`, made with its parents where it is missing."""
    try:
        opened = folder_below(path.parent, roots)
        folder = opened.__enter__()
    except FileNotFoundError:
        _make(path.parent, roots)
        opened = folder_below(path.parent, roots)
        folder = opened.__enter__()
    try:
        yield folder
    finally:
        opened.__exit__(None, None, None)


def _make(folder: Path, roots: tuple[Path, ...]) -> None:
    """Make a folder and its parents, each in the one before: opening each from the root takes time with its square."""
    root = root_of(folder, roots)
    with folder_below(root, roots) as top:
        current = os.dup(top)
        try:
            for name in folder.relative_to(root).parts:
                with suppress(FileExistsError):
                    os.mkdir(name, dir_fd=current)
                deeper = os.open(name, FOLDER, dir_fd=current)
                os.close(current)
                current = deeper
        except OSError as error:
            refuse(error, folder)
        finally:
            os.close(current)


def _standing(folder: int, path: Path) -> os.stat_result | None:
    """What stands at `path` now. Raises for what may not be replaced."""
    try:
        found = os.lstat(path.name, dir_fd=folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        refuse(error, path)
    if stat.S_ISREG(found.st_mode):
        return found
    if stat.S_ISLNK(found.st_mode):
        refuse(OSError(errno.ELOOP, os.strerror(errno.ELOOP)), path)
    kind = "a folder" if stat.S_ISDIR(found.st_mode) else "a device, pipe or socket"
    raise InvalidInput(f"is {kind}, not a file", where=shown(str(path)), remedy="Name a regular file.")


def _fill(folder: int, name: str, content: bytes, *, old: os.stat_result | None, mode: int | None) -> None:
    """Write the temporary file, on disk and with its mode, before anybody can find it under its name."""
    wanted = stat.S_IMODE(old.st_mode) if old is not None else mode
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    # never readable to more people than the finished file, not even for a moment
    descriptor = os.open(name, flags, 0o666 if wanted is None else wanted & 0o600, dir_fd=folder)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        if old is not None and (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
            with suppress(PermissionError):
                os.fchown(descriptor, old.st_uid, old.st_gid)
        if wanted is not None:
            os.fchmod(descriptor, wanted)  # after fchown, which clears the set-id bits
        os.fsync(descriptor)


def _discard(folder: int, name: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)


def _settle(folder: int) -> None:
    """Have the new name survive a power cut; a folder that cannot be opened for it keeps its writes all the same."""
    with suppress(OSError):
        descriptor = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
