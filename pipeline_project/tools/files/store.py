"""One file at a time, held while it is read, changed and replaced.

Calls of a session wait for each other at the session's lock; sessions of other processes at a lock on the file itself
(flock), which needs no lock file; whoever locks nothing is noticed just before the new content takes the name.
Refuses to wait longer than LOCK_SECONDS, and to write over what changed in the meantime.
"""

import asyncio
import errno
import fcntl
import os
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline_project import clock
from pipeline_project.errors import Conflict, InvalidInput, PermissionDenied
from pipeline_project.security.paths import open_regular, write_atomically
from pipeline_project.tools.files import marks
from pipeline_project.tools.session import Session

MOST_BYTES: Final = 64 << 20
"""The largest file that is held whole to be changed."""
LOCK_SECONDS: Final = 10
_POLL_SECONDS: Final = 0.005
# what `write_atomically` calls a file that has not got its name yet
LEFTOVER: Final = re.compile(r"\.[0-9a-f]{32}\.tmp")
_LEFTOVER_SECONDS: Final = 3600
_MOST_NAMES: Final = 2_000
_NO_LOCKS: Final = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)


@dataclass(frozen=True)
class Present:
    """What stands at a path. `content`: None when it is larger than MOST_BYTES."""

    status: os.stat_result
    content: bytes | None


@asynccontextmanager
async def held(path: Path, session: Session) -> AsyncIterator[Present | None]:
    """What stands at the real path `path`, None for nothing, held against other sessions while the block runs.

    Raises Conflict when another process keeps it locked, InvalidInput for what is no regular file, PermissionDenied.
    """
    async with session.lock_of(path):
        descriptor = await _locked(path, session)
        try:
            yield None if descriptor is None else await asyncio.to_thread(_present, descriptor)
        finally:
            if descriptor is not None:
                os.close(descriptor)


async def replace(path: Path, content: bytes, session: Session, *, before: Present | None) -> None:
    """Give the held file new content and remember it as seen.

    Raises Conflict when it is not what `before` says any more, InvalidInput for more than the session's `file_bytes`,
    PermissionDenied for a file that is write-protected.
    """
    await asyncio.to_thread(_replace, path, content, session, before)


def _replace(path: Path, content: bytes, session: Session, before: Present | None) -> None:
    if len(content) > session.limits.file_bytes:
        raise InvalidInput(f"{len(content):,} bytes are more than a file may have ({session.limits.file_bytes:,})",
                           where=str(path), remedy="Write less.")  # fmt: skip
    if before is not None and not before.status.st_mode & 0o222:
        remedy = "Make it writable first if that is meant (Bash: chmod u+w)."
        raise PermissionDenied("the file is write-protected", where=str(path), remedy=remedy)

    def unchanged(found: os.stat_result | None) -> None:
        if marks.identity(found) != marks.identity(before.status if before else None):
            remedy = "Read it again before changing it; nothing was written."
            raise Conflict("somebody else wrote the file at the same moment", where=str(path), remedy=remedy)

    write_atomically(path, content, session.roots, expect=unchanged)
    session.reads[path] = marks.mark_of(path.stat(), content, whole=True)
    _sweep(path.parent)


async def _locked(path: Path, session: Session) -> int | None:
    """A locked descriptor of the file that has the name `path`; None when there is none."""
    until = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            descriptor = open_regular(path, session.roots)
        except FileNotFoundError:
            return None
        try:
            # whoever held the lock may have replaced the file: then the lock is on one that has no name any more
            if _lock(descriptor) and _is_named(descriptor, path):
                held, descriptor = descriptor, -1
                return held
        finally:
            if descriptor >= 0:
                os.close(descriptor)
        if time.monotonic() > until:
            remedy = "Try again when it is done; nothing was written."
            raise Conflict("another process keeps the file locked", where=str(path), remedy=remedy)
        # no event tells that a lock of another process is free
        await asyncio.sleep(_POLL_SECONDS)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        # a file system without locks (some network mounts): the check before the rename still holds
        if error.errno not in _NO_LOCKS:
            raise
    return True


def _is_named(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False


def _present(descriptor: int) -> Present:
    status = os.fstat(descriptor)
    if status.st_size > MOST_BYTES:
        return Present(status, None)
    with os.fdopen(os.dup(descriptor), "rb") as file:
        return Present(status, file.read())


def _sweep(folder: Path) -> None:
    """Remove what writers that were killed an hour ago or earlier left behind in a folder that was just written."""
    oldest = clock.now().timestamp() - _LEFTOVER_SECONDS
    try:
        with os.scandir(folder) as entries:
            for entry, _ in zip(entries, range(_MOST_NAMES), strict=False):
                if _is_leftover(entry, oldest):
                    Path(entry.path).unlink(missing_ok=True)
    except (PermissionError, FileNotFoundError):
        return  # a folder that may be written and not listed keeps them, and LS does not show them; or it is gone


def _is_leftover(entry: "os.DirEntry[str]", oldest: float) -> bool:
    if not LEFTOVER.fullmatch(entry.name) or not entry.is_file(follow_symlinks=False):
        return False
    try:
        return entry.stat(follow_symlinks=False).st_mtime < oldest
    except FileNotFoundError:
        return False  # another writer has just given it its name
