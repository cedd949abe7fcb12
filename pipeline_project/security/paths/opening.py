"""Files opened below a root without following a link.

A path that `resolve` gave is real, so a link met on the way was put there since: the system is told to stop at it
(openat2 with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS), or each component is opened with O_NOFOLLOW where the kernel has
no openat2. Refuses links, also ones that stay inside: a rule was judged on the path, not on where it leads now.
"""

import ctypes
import errno
import os
import platform
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final, NoReturn

from pipeline_project.errors import InvalidInput, PermissionDenied
from pipeline_project.security.paths.containment import root_of, shown

_OPENAT2: Final = 437  # the same number on every architecture (include/uapi/asm-generic/unistd.h)
_NO_MAGICLINKS, _NO_SYMLINKS, _BENEATH = 0x02, 0x04, 0x08  # include/uapi/linux/openat2.h
FOLDER: Final = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_KINDS: Final = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class _How(ctypes.Structure):
    """struct open_how (man 2 openat2)."""

    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


def open_below(path: Path, roots: tuple[Path, ...], flags: int, mode: int = 0o666) -> int:
    """A file descriptor of `path`, which is real, opened below its root; it is not inherited by children.

    Raises PermissionDenied for a path outside or for a link on the way, OSError for what the system says. May block on
    a pipe unless `flags` has O_NONBLOCK: `open_regular` does not.
    """
    root = root_of(path, roots)
    relative = path.relative_to(root)
    flags |= os.O_CLOEXEC | os.O_NOFOLLOW
    mode = mode if flags & os.O_CREAT else 0
    with _folder(root) as folder:
        try:
            if openat2_works():
                return _openat2(folder, os.fsencode(relative), flags, mode)
            return _walk(folder, relative, flags, mode)
        except OSError as error:
            refuse(error, path)


def open_regular(path: Path, roots: tuple[Path, ...], flags: int = os.O_RDONLY, mode: int = 0o666) -> int:
    """Like `open_below`, never blocking: raises InvalidInput for a folder, pipe, socket or device."""
    try:
        descriptor = open_below(path, roots, flags | os.O_NONBLOCK, mode)
    except OSError as error:
        # what a pipe without a reader, a socket and a folder opened for writing answer
        if error.errno in (errno.ENXIO, errno.EISDIR, errno.ENODEV):
            raise _no_file(path, "a folder" if error.errno == errno.EISDIR else "no regular file") from error
        raise
    try:
        kind = stat.S_IFMT(os.fstat(descriptor).st_mode)
        if kind != stat.S_IFREG:
            raise _no_file(path, _KINDS.get(kind, "no regular file"))
        os.set_blocking(descriptor, True)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read_bytes_below(path: Path, roots: tuple[Path, ...], *, limit: int | None = None) -> bytes:
    """The bytes of a regular file below a root, at most `limit` of them. Raises as `open_regular` does."""
    with os.fdopen(open_regular(path, roots), "rb") as file:
        return file.read() if limit is None else file.read(limit)


@contextmanager
def folder_below(path: Path, roots: tuple[Path, ...]) -> Iterator[int]:
    """A descriptor of the folder `path`, open while the block runs. Raises as `open_below` does."""
    descriptor = open_below(path, roots, FOLDER)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _folder(root: Path) -> Iterator[int]:
    descriptor = os.open(root, FOLDER)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@cache
def openat2_works() -> bool:
    """Whether this kernel has openat2 (Linux 5.6) and lets us call it (a container's seccomp filter may not)."""
    if platform.system() != "Linux" or ctypes.sizeof(ctypes.c_void_p) != 8:
        return False
    with _folder(Path("/")) as folder:
        try:
            os.close(_openat2(folder, b".", FOLDER, 0))
        except OSError:
            return False
    return True


@cache
def _system() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _openat2(folder: int, relative: bytes, flags: int, mode: int) -> int:
    how = _How(flags, mode, _BENEATH | _NO_SYMLINKS | _NO_MAGICLINKS)
    size = ctypes.c_size_t(ctypes.sizeof(how))
    while True:
        arguments = (ctypes.c_long(folder), ctypes.c_char_p(relative), ctypes.byref(how), size)
        descriptor = _system().syscall(ctypes.c_long(_OPENAT2), *arguments)
        if descriptor >= 0:
            return descriptor
        number = ctypes.get_errno()
        # EAGAIN: a rename somewhere raced with the walk; the manual page says to try again
        if number not in (errno.EINTR, errno.EAGAIN):
            raise OSError(number, os.strerror(number))


def _walk(folder: int, relative: Path, flags: int, mode: int) -> int:
    """What openat2 does, one component at a time."""
    names = relative.parts or (".",)
    current = os.dup(folder)
    try:
        for name in names[:-1]:
            deeper = os.open(name, FOLDER, dir_fd=current)
            os.close(current)
            current = deeper
        return os.open(names[-1], flags, mode, dir_fd=current)
    finally:
        os.close(current)


def refuse(error: OSError, path: Path) -> NoReturn:
    """Raise what became of `path`: PermissionDenied for a link, else the system's own words about the whole path."""
    # O_DIRECTORY with O_NOFOLLOW answers ENOTDIR to a link where openat2 answers ELOOP
    linked = error.errno == errno.ENOTDIR and any(each.is_symlink() for each in (path, *path.parents))
    if error.errno in (errno.ELOOP, errno.EXDEV) or linked:
        raise PermissionDenied(
            "a link has taken the place of a file or folder in this path",
            where=shown(str(path)),
            remedy="Look at the path again; nothing was opened.",
        ) from error
    raise OSError(error.errno, error.strerror, str(path)) from error


def _no_file(path: Path, kind: str) -> InvalidInput:
    return InvalidInput(f"is {kind}, not a file", where=shown(str(path)), remedy="Name a regular file.")
