"""Where long output is kept: `.pipeline-output/` below the session's first folder, which git ignores.

The folder lies where commands may write, so nothing in it is trusted: it is opened without following links, and a
file is always a new one.
"""

import os
from pathlib import Path

from pipeline_project import clock
from pipeline_project.errors import Conflict

FOLDER = ".pipeline-output"


def new_file(root: Path, name: str) -> tuple[Path, int]:
    """A new file for the output of `name`: its path and a descriptor for reading and writing. Raises Conflict."""
    try:
        return _new_file(root, f"{name}-{clock.new_id()[:12]}.txt")
    except OSError as error:
        remedy = f"Remove {root / FOLDER}, or print less."
        reason = f"long output cannot be kept: {error.strerror}"
        raise Conflict(reason, where=str(root / FOLDER), remedy=remedy) from error


def _new_file(root: Path, name: str) -> tuple[Path, int]:
    above = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            os.mkdir(FOLDER, 0o755, dir_fd=above)
        except FileExistsError:
            made = False
        else:
            made = True
        folder = os.open(FOLDER, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=above)
    finally:
        os.close(above)
    try:
        if made:
            ignoring = _create(".gitignore", folder)
            os.write(ignoring, b"*\n")
            os.close(ignoring)
        return root / FOLDER / name, _create(name, folder)
    finally:
        os.close(folder)


def _create(name: str, folder: int) -> int:
    return os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644, dir_fd=folder)
