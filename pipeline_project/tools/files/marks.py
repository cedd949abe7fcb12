"""What the session saw of a file, and whether it is still so.

A file read whole is known by its content, so that touching it is no change. Of a large file only a range is read, and
it is known by its inode, time and size. Refuses a change of what was never read or is not as it was read.
"""

import hashlib
import os
from pathlib import Path

from pipeline_project.errors import Conflict
from pipeline_project.tools.session import ReadMark, Session


def mark_of(status: os.stat_result, content: bytes | None, *, whole: bool) -> ReadMark:
    """The mark of a file as it was read; `content`: all of it, None when only a range was read."""
    digest = f"inode:{status.st_dev}:{status.st_ino}" if content is None else digest_of(content)
    return ReadMark(status.st_mtime_ns, status.st_size, digest, whole)


def digest_of(content: bytes) -> str:
    """SHA-256 of bytes, as `sha256:<hex>`."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def check_seen(path: Path, session: Session, status: os.stat_result, content: bytes | None) -> None:
    """Raises Conflict unless the session has read the file at `path` and it is still as it was then.

    `content`: all of the file now, None for a file too large to hold.
    """
    mark = session.reads.get(path)
    if mark is None:
        remedy = "Read it first, then try again."
        raise Conflict("the file exists and was not read in this session", where=str(path), remedy=remedy)
    now = mark_of(status, content if mark.digest.startswith("sha256:") else None, whole=mark.whole)
    same = mark.digest == now.digest and mark.size == now.size
    if not same or (not mark.digest.startswith("sha256:") and mark.mtime_ns != now.mtime_ns):
        remedy = "Read it again before changing it; nothing was written."
        raise Conflict("the file has changed since it was read", where=str(path), remedy=remedy)


def identity(status: os.stat_result | None) -> tuple[int, int, int, int] | None:
    """What differs once somebody has written or replaced a file."""
    return None if status is None else (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size)
