"""Lists what an archive would write, and refuses one whose members would go astray or have no end.

Nothing is unpacked to disk. Refuses absolute paths, `..`, drive letters, backslashes and control characters in
names, links, devices and pipes, encrypted members, two members of one name, too many members, too many bytes, too
high a ratio, and zip members that share the same bytes (a bomb without a high ratio, Fifield 2019).
"""

import re
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from stat import S_IFMT, S_ISDIR, S_ISREG
from typing import IO, Final, NoReturn

from pipeline_project.errors import InvalidDocument

_FREE: Final = 1 << 20


@dataclass(frozen=True)
class ArchiveLimits:
    """`max_bytes`: of all members unpacked; `max_ratio`: unpacked to packed, looked at beyond a megabyte."""

    max_members: int = 10_000
    max_bytes: int = 1 << 30
    max_ratio: int = 200


@dataclass(frozen=True)
class Member:
    """One file or folder; `size` unpacked, in bytes."""

    name: str
    size: int
    is_folder: bool = False


def members(path: Path, *, limits: ArchiveLimits | None = None) -> tuple[Member, ...]:
    """The members of a zip or tar (also gzip, bzip2, xz) file, each checked. Raises InvalidDocument naming the member.

    Reads only headers of a zip; a packed tar is unpacked in passing, never beyond `max_bytes`.
    """
    bounds = limits or ArchiveLimits()
    try:
        with path.open("rb") as file:
            found = _zip(file, path, bounds) if zipfile.is_zipfile(file) else _tar(file, path, bounds)
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, NotImplementedError, UnicodeError) as error:
        raise InvalidDocument(f"cannot be read as an archive: {error}", where=str(path)) from error
    _refuse_doubles(found, path)
    return tuple(found)


def check_name(name: str, *, where: str) -> None:
    """Raises InvalidDocument for a member's name that leads out of the folder it is unpacked into."""
    parts = name.split("/")
    if not name or name.startswith("/") or re.match(r"[A-Za-z]:", name):
        _refuse(name, "is an absolute path", where)
    if ".." in parts:
        _refuse(name, "leads out of the archive", where)
    if "\\" in name or any(ord(letter) < 32 or ord(letter) == 127 for letter in name):
        _refuse(name, "holds a backslash or control character", where)


def _zip(file: IO[bytes], path: Path, limits: ArchiveLimits) -> list[Member]:
    with zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
    _refuse_amount(len(infos), sum(info.file_size for info in infos), path, limits)
    if sum(info.compress_size for info in infos) > path.stat().st_size:
        _refuse(path.name, "holds members that share bytes", str(path))
    found = []
    for info in infos:
        check_name(info.orig_filename, where=str(path))
        if info.flag_bits & 0x1:
            _refuse(info.filename, "is encrypted", str(path))
        mode = S_IFMT(info.external_attr >> 16)
        if mode and not (S_ISREG(mode) or S_ISDIR(mode)):
            _refuse(info.filename, "is a link or a device", str(path))
        if info.file_size > _FREE and info.file_size > max(info.compress_size, 1) * limits.max_ratio:
            _refuse(info.filename, f"unpacks to more than {limits.max_ratio} times its size", str(path))
        found.append(Member(info.filename, info.file_size, info.is_dir()))
    return found


def _tar(file: IO[bytes], path: Path, limits: ArchiveLimits) -> list[Member]:
    found, total = [], 0
    most = min(limits.max_bytes, max(_FREE, path.stat().st_size * limits.max_ratio))
    file.seek(0)
    # iterating a packed tar unpacks all of it, so the sum is looked at before each member is skipped over
    with tarfile.open(fileobj=file, mode="r:*") as archive:
        while (info := archive.next()) is not None:
            check_name(info.name, where=str(path))
            if not (info.isreg() or info.isdir()):
                _refuse(info.name, "is a link or a device", str(path))
            total += info.size
            found.append(Member(info.name, info.size, info.isdir()))
            _refuse_amount(len(found), total, path, limits)
            if total > most:
                _refuse(path.name, f"unpacks to more than {limits.max_ratio} times its size", str(path))
    return found


def _refuse_amount(count: int, size: int, path: Path, limits: ArchiveLimits) -> None:
    if count > limits.max_members:
        _refuse(path.name, f"has more than {limits.max_members} members", str(path))
    if size > limits.max_bytes:
        _refuse(path.name, f"unpacks to more than {limits.max_bytes} bytes", str(path))


def _refuse_doubles(found: list[Member], path: Path) -> None:
    seen: set[str] = set()
    for member in found:
        folded = member.name.rstrip("/").casefold()
        if folded in seen and not member.is_folder:
            _refuse(member.name, "is there twice", str(path))
        seen.add(folded)


def _refuse(member: str, why: str, where: str) -> NoReturn:
    raise InvalidDocument(f"the member {member!r} {why}", where=where, remedy="Nothing of it was unpacked.")
