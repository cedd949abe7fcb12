"""Undoes the file changes of an atomic batch: what each file held is on disk before the first of them is written.

The copies lie in the data directory, readable by their owner alone, while the batch runs. A batch that was killed is
undone when the next one begins in the same workspace; what its files held by then is kept beside the journal and not
thrown away, because somebody may have changed them since. Refuses to restore through a folder that has become a link.
"""

import fcntl
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import structlog

from pipeline_project import clock, settings
from pipeline_project.errors import Conflict, StoreError
from pipeline_project.persistence import json

_LOG = structlog.get_logger(__name__)
_BEING_MADE: Final = "."


@dataclass(frozen=True)
class Kept:
    """What stood at a path: `blob` names its copy, None where there was nothing; `folders`: parents that were missing.

    `mode` and `mtime_ns` are the file's.
    """

    path: str
    blob: str | None = None
    mode: int = 0
    mtime_ns: int = 0
    folders: tuple[str, ...] = ()


class Journal:
    """The copies of one batch. `keep` before writing, then `discard`, or `restore`."""

    def __init__(self, roots: Iterable[Path]) -> None:
        self._roots = [str(root) for root in roots]
        self._folder: Path | None = None
        self._lock: int | None = None
        self._kept: dict[str, Kept] = {}

    def keep(self, paths: Iterable[Path]) -> None:
        """Copy what stands at each path; a path that is kept already stays as it was first.

        Raises StoreError where that cannot be done: nothing may be written then.
        """
        fresh = [path for path in sorted(paths) if str(path) not in self._kept]
        if not fresh:
            return
        try:
            self._keep(fresh)
        except OSError as error:
            message = f"what the files hold cannot be kept, so the batch could not be undone: {error.strerror or error}"
            remedy = "Make the files readable and the data directory writable, or run the batch without `atomic`."
            raise StoreError(message, where=str(error.filename or store()), remedy=remedy) from error

    def _keep(self, fresh: list[Path]) -> None:
        folder = self._folder or self._begin()
        entries = [_copied(path, folder / str(len(self._kept) + number)) for number, path in enumerate(fresh)]
        with (folder / "entries.jsonl").open("a", encoding="utf-8") as stream:
            stream.writelines(json.dumps(asdict(entry)) + "\n" for entry in entries)
            stream.flush()
            os.fsync(stream.fileno())
        self._kept |= {entry.path: entry for entry in entries}

    def restore(self) -> list[str]:
        """Put everything back; a sentence for each path where that did not work. The copies of those stay."""
        problems = _restore(self._kept.values(), self._folder) if self._folder else []
        if problems:
            self._let_go()
        else:
            self.discard()
        return problems

    def discard(self) -> None:
        """The changes stand: forget the copies."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._let_go()

    def _begin(self) -> Path:
        name = clock.new_id()
        folder = store() / f"{_BEING_MADE}{name}"
        folder.mkdir(parents=True, mode=0o700)
        self._lock = os.open(folder / "owner", os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        (folder / "roots.json").write_text(json.dumps(self._roots), encoding="utf-8")
        # visible to `recover` only now that the lock says that its owner lives
        self._folder = folder.rename(store() / name)
        return self._folder

    def _let_go(self) -> None:
        self._folder = None
        self._kept = {}
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def store() -> Path:
    """Where journals lie."""
    return settings.load().home / "rollback"


def recover(roots: Iterable[Path]) -> list[Path]:
    """Undo batches in these workspace folders whose process is gone; returns the paths that were put back.

    What stood there before is moved to `<data directory>/rollback-replaced/<journal>`. Raises Conflict naming the paths
    that could not be put back.
    """
    named = {str(root) for root in roots}
    restored: list[Path] = []
    for folder in _journals():
        lock = _claimed(folder)
        if lock is None:
            continue
        try:
            if named & set(json.loads((folder / "roots.json").read_bytes())):
                restored += _recovered(folder)
        finally:
            os.close(lock)
    return restored


def _recovered(folder: Path) -> list[Path]:
    entries = list(_entries(folder))
    aside = settings.load().home / "rollback-replaced" / folder.name
    changed = [Path(entry.path) for entry in entries if _differs(entry, folder)]
    for number, path in enumerate(changed):
        if path.is_file():
            aside.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.copy2(path, aside / f"{number}-{path.name}", follow_symlinks=False)
    problems = _restore(entries, folder)
    if problems:
        remedy = f"Put them back by hand from {folder}, then remove that folder."
        raise Conflict(f"a batch that was killed cannot be undone: {'; '.join(problems)}", remedy=remedy)
    shutil.rmtree(folder)
    if changed:
        _LOG.warning("undid a batch that was killed", paths=[str(path) for path in changed], replaced=str(aside))
    return changed


def _journals() -> list[Path]:
    try:
        return sorted(path for path in store().iterdir() if not path.name.startswith(_BEING_MADE))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _claimed(folder: Path) -> int | None:
    """The lock of a journal whose owner is gone; None while it lives, or when the journal is gone by now."""
    try:
        lock = os.open(folder / "owner", os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    if (folder / "owner").exists():
        return lock
    os.close(lock)  # its owner ended well between the two calls
    return None


def _entries(folder: Path) -> Iterator[Kept]:
    """The entries that were written whole: nothing was changed before they were."""
    try:
        lines = (folder / "entries.jsonl").read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return
    for line in lines:
        values: dict[str, Any] = json.loads(line)
        yield Kept(**{**values, "folders": tuple(values["folders"])})


def _copied(path: Path, blob: Path) -> Kept:
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):  # the second: a file stands where a folder is meant
        missing = [parent for parent in path.parents if not parent.exists()]
        return Kept(str(path), folders=tuple(map(str, missing)))
    if not stat.S_ISREG(found.st_mode):
        # a folder, link or device is not written by a tool that changes files: its call will fail
        return Kept(str(path), blob="", mode=0)
    shutil.copyfile(path, blob)
    with blob.open("rb") as stream:
        os.fsync(stream.fileno())
    return Kept(str(path), blob.name, stat.S_IMODE(found.st_mode), found.st_mtime_ns)


def _restore(entries: Iterable[Kept], folder: Path) -> list[str]:
    problems = []
    for entry in reversed(list(entries)):
        try:
            _put_back(entry, folder)
        except OSError as error:
            problems.append(f"{entry.path}: {error.strerror or error}")
    return problems


def _put_back(entry: Kept, folder: Path) -> None:
    path = Path(entry.path)
    if entry.blob == "" or not _differs(entry, folder):
        _remove_folders(entry)
        return
    if path.parent.resolve() != path.parent:
        raise OSError("its folder has become a link")
    if entry.blob is None:
        path.unlink(missing_ok=True)
        _remove_folders(entry)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{clock.new_id()}.restoring")
    try:
        shutil.copyfile(folder / entry.blob, beside)
        beside.chmod(entry.mode)
        os.utime(beside, ns=(entry.mtime_ns, entry.mtime_ns))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _remove_folders(entry: Kept) -> None:
    for made in entry.folders:  # the deepest first
        try:
            Path(made).rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            return  # it holds what the batch did not make


def _differs(entry: Kept, folder: Path) -> bool:
    """Whether the path holds something else than what was kept; size, mode and bytes decide."""
    if entry.blob == "":
        return False
    try:
        found = os.lstat(entry.path)
    except (FileNotFoundError, NotADirectoryError):
        return entry.blob is not None
    if entry.blob is None or not stat.S_ISREG(found.st_mode):
        return True
    blob = folder / entry.blob
    if (found.st_size, stat.S_IMODE(found.st_mode)) != (blob.stat().st_size, entry.mode):
        return True
    if found.st_mtime_ns != entry.mtime_ns:
        return True
    with blob.open("rb") as kept, Path(entry.path).open("rb") as now:
        while chunk := kept.read(1 << 20):
            if chunk != now.read(len(chunk)):
                return True
    return False
