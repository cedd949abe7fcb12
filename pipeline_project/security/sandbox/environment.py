"""The environment of a command: built from nothing, so that no secret of the product's own environment is in it.

Taken over are only the search path, the language and the time zone; certificates are found where the system has them.
"""

import os
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

_SYSTEM_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_TAKEN_OVER = ("LANG", "LC_ALL", "LC_CTYPE", "TZ")


def clean(*, home: str, temporary: str, path: Iterable[str], more: Mapping[str, str] | None = None) -> dict[str, str]:
    """PATH, HOME, TMPDIR, language, a terminal without colours, and `more`."""
    variables = {name: os.environ[name] for name in _TAKEN_OVER if name in os.environ}
    variables.setdefault("LANG", "C.UTF-8")
    variables |= {
        "PATH": ":".join(path),
        "HOME": home,
        "TMPDIR": temporary,
        "TERM": "dumb",
        "SHELL": "/bin/bash",
        "USER": "sandbox",
        "LOGNAME": "sandbox",
        # programs that ask a terminal or start a pager would wait for nobody
        "PAGER": "cat",
        "GIT_PAGER": "cat",
        "GIT_TERMINAL_PROMPT": "0",
        "DEBIAN_FRONTEND": "noninteractive",
        # compiled Python files beside read-only sources cannot be written, and need no attempt
        "PYTHONUNBUFFERED": "1",
    }
    return variables | dict(more or {})


def search_path(visible: Iterable[Path]) -> list[str]:
    """The folders of this process's PATH that the command can see, then the system's own."""
    return list(_search_path(tuple(visible), os.environ.get("PATH", "")))


@lru_cache(maxsize=64)
def _search_path(visible: tuple[Path, ...], path: str) -> tuple[str, ...]:
    named = [entry for entry in path.split(":") if entry.startswith("/")]
    kept = [entry for entry in named if any(Path(entry).is_relative_to(folder) for folder in visible)]
    return tuple(dict.fromkeys([*kept, *_SYSTEM_PATH]))
