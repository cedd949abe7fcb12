"""One process at a time runs an agent run. The system lets go when the holder dies, so a kill leaves nothing to break.

Holds against the other processes of this machine; runs of workflows are held by their execution's lease besides.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pipeline_project import settings
from pipeline_project.errors import Conflict, StoreError


@contextmanager
def only_runner(run_id: str) -> Iterator[None]:
    """Hold a run. Raises Conflict when another process, or another run in this one, holds it; StoreError."""
    path = _path(run_id)
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = _locked(path)
        except OSError as error:
            raise StoreError(
                f"cannot be held: {error.strerror}", where=str(path), remedy="Name a folder in PIPELINE_DATA_DIR."
            ) from error
        if file is None:
            raise Conflict(
                "is being run by another process",
                where=f"agent run {run_id}",
                remedy="Wait for it, or end it; `agent show` tells how far it is.",
            )
        with file:
            # a holder that ended in between took the file away: the lock on it would hold nothing
            if not _is_at(file, path):
                continue
            try:
                yield
            finally:
                path.unlink(missing_ok=True)
            return


def is_held(run_id: str) -> bool:
    """Whether a process runs this run, or the one it is a sub-agent of."""
    path = _path(run_id.partition("/turn/")[0])
    try:
        with path.open("r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _path(run_id: str) -> Path:
    return settings.load().home / "agents" / f"{hashlib.sha256(run_id.encode()).hexdigest()[:32]}.lock"


def _locked(path: Path) -> IO[str] | None:
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def _is_at(file: IO[str], path: Path) -> bool:
    try:
        return path.stat().st_ino == os.fstat(file.fileno()).st_ino
    except FileNotFoundError:
        return False
