"""What keeps a command from having a person's later `git` run something: the parts of a repository that name programs.

Hooks and configuration are mounted read-only. The files that would lead git to others (gitrepository-layout(5):
`commondir`, `config.worktree`) are not there as a rule, and nothing can be mounted over what is not there: as soon as a
command has ended they are again what they were before. Refuses to look further: another repository in the workspace,
a submodule too, is the command's to change, like every other file in it.
"""

import os
import shutil
import stat
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_FIXED: Final = ("config", "hooks")
_LEADING: Final = ("commondir", "config.worktree")
_MOST_BYTES: Final = 64 << 10

State = tuple[str, bytes] | None
"""A link and where it leads, a file and what it holds, something else; None: nothing."""


def mounts(repositories: Sequence[Path]) -> list[str]:
    """Options of bwrap: each repository at its place, so that it cannot be replaced, and its fixed parts read-only.

    Refuses to mount a link: where it leads, it was a command that may have said so.
    """
    words: list[str] = []
    for folder in repositories:
        words += ["--bind", str(folder), str(folder)]
        if not os.path.lexists(folder / "hooks"):
            # git makes an empty one itself; without it a command could make its own
            words += ["--perms", "0555", "--tmpfs", str(folder / "hooks"), "--remount-ro", str(folder / "hooks")]
        if not os.path.lexists(folder / "config"):
            (folder / "config").touch()
        for path in (folder / name for name in _FIXED):
            if path.exists() and not path.is_symlink():
                words += ["--ro-bind", str(path), str(path)]
    return words


@dataclass
class _Watched:
    """What a repository's leading files were before the first of the commands that run now; how many do."""

    before: dict[Path, State]
    running: int = 0


_LOCK: Final = threading.Lock()
_WATCHED: Final[dict[Path, _Watched]] = {}


def watch(repositories: Sequence[Path]) -> Callable[[], None]:
    """Look at the files that could lead git elsewhere; call what is returned once when the command has ended."""
    with _LOCK:
        for folder in repositories:
            known = _WATCHED.setdefault(folder, _Watched({}))
            if not known.running:
                known.before = {path: _state(path) for path in _loose(folder)}
            known.running += 1

    def settle() -> None:
        with _LOCK:
            for folder in repositories:
                known = _WATCHED[folder]
                for path, state in known.before.items():
                    if _state(path) != state:
                        _restore(path, state)
                known.running -= 1
                if not known.running:
                    del _WATCHED[folder]

    return settle


def _loose(folder: Path) -> list[Path]:
    """The leading files, and fixed parts that are links and so not mounted."""
    return [folder / name for name in _LEADING] + [each for each in map(folder.joinpath, _FIXED) if each.is_symlink()]


def _state(path: Path) -> State:
    try:
        if path.is_symlink():
            return "link", os.fsencode(path.readlink())
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError:  # a device, or gone in between: not what it was, whatever it is
        return "other", b""
    try:
        regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
        return ("file", os.read(descriptor, _MOST_BYTES)) if regular else ("other", b"")
    finally:
        os.close(descriptor)


def _restore(path: Path, state: State) -> None:
    with suppress(FileNotFoundError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    if state is None or state[0] == "other":
        return
    if state[0] == "link":
        path.symlink_to(os.fsdecode(state[1]))
        return
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644), "wb") as file:
        file.write(state[1])
