"""Where a path really leads, and whether that is in the workspace.

Containment is decided on real paths, component by component, never on prefixes of text, and names are compared as the
exact bytes they are: what only looks alike is another file. Refuses what leads outside; it is not brought back inside.
"""

import os
from pathlib import Path
from typing import Final

from pipeline_project.errors import InvalidInput, PermissionDenied

_LONGEST_PATH: Final = 4095  # PATH_MAX of Linux without its NUL (include/uapi/linux/limits.h)
_LONGEST_NAME: Final = 255  # NAME_MAX


def resolve(path: str | Path, *, cwd: Path, roots: tuple[Path, ...]) -> Path:
    """The absolute real path that `path` names, which lies in one of `roots`.

    A relative path begins at `cwd`. Links are followed as the system would, also in `a/..`; what does not exist yet
    keeps its name below its nearest existing parent. `roots` are real paths. Raises PermissionDenied, naming the
    roots, for what leads outside, InvalidInput for what can be no path: empty, a NUL, not encodable, too long, a loop
    of links, or `~`, which a shell would expand and a file system does not.
    """
    text = _checked(os.fspath(path), cwd)
    real = Path(os.path.realpath(cwd / text))
    if real.is_symlink():
        raise InvalidInput("its links lead in a circle", where=shown(text), remedy="Name the file itself.")
    root_of(real, roots, named=text)
    return real


def root_of(path: Path, roots: tuple[Path, ...], *, named: str | None = None) -> Path:
    """The root that holds `path`, the innermost where several do; `path` is absolute and holds no `..`.

    `named`: how the caller spelled it, for the message. Raises PermissionDenied when there is none.
    """
    holding = [root for root in roots if path.is_relative_to(root)]
    if not path.is_absolute() or ".." in path.parts or not holding:
        text = shown(named if named is not None else str(path))
        led = "" if text == shown(str(path)) else f" (it leads to {shown(str(path))})"
        raise PermissionDenied(
            f"is outside the workspace{led}",
            where=text,
            remedy=f"Use a path below {' or '.join(shown(str(root)) for root in roots)}.",
        )
    return max(holding, key=lambda root: len(root.parts))


def shown(text: str) -> str:
    """A path for a message: what cannot be printed is escaped, so that it cannot forge a line."""
    printable = text.encode("utf-8", "backslashreplace").decode()
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in printable)


def _checked(text: str, cwd: Path) -> str:
    """`text`, which can be a path."""
    if not text:
        raise InvalidInput("is empty", where="path", remedy="Name a file or folder.")
    if "\0" in text:
        raise InvalidInput("holds a NUL, which no file name can", where=shown(text))
    try:
        encoded = os.fsencode(text)
    except UnicodeEncodeError as error:
        raise InvalidInput("cannot be written as a file name", where=shown(text)) from error
    if len(encoded) > _LONGEST_PATH or any(len(name) > _LONGEST_NAME for name in encoded.split(b"/")):
        limits = f"a path may have {_LONGEST_PATH} bytes and each name in it {_LONGEST_NAME}"
        raise InvalidInput(f"is too long: {limits}", where=f"{shown(text[:80])}…", remedy="Choose a shorter name.")
    first = text.partition("/")[0]
    if first == "~" and not os.path.lexists(cwd / first):
        raise InvalidInput("~ stands for no folder here", where=shown(text), remedy="Write the path in full.")
    return text
