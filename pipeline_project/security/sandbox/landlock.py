"""Landlock rule sets (landlock(7), linux/landlock.h), through the three system calls every architecture numbers alike.

A rule set names what is handled; of that, everything is refused but what a rule allows. It can only be narrowed, and
holds for the thread that took it on and all it starts. Refuses to half-work: a rule that cannot be added raises.
"""

import os
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipeline_project.security.sandbox import confinement

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_ASK_VERSION = 1
_RULE_PATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_FOLDER = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REFER, _TRUNCATE, _DEVICE_CONTROL = 1 << 13, 1 << 14, 1 << 15
_OF_FIRST_VERSION = (1 << 13) - 1
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _DEVICE_CONTROL
_TCP = 0b11
_SCOPES = 0b11
"""Abstract sockets and signals reach only what is in the same sandbox (version 6)."""
_READING = _EXECUTE | _READ_FILE | _READ_FOLDER

HIDES_TRUNCATION = 3
HOLDS_TCP = 4
HOLDS_SIGNALS = 6


@cache
def version() -> int:
    """The version of Landlock this kernel speaks; 0 where there is none or it is switched off."""
    try:
        return confinement.system_call(_CREATE, None, 0, _ASK_VERSION, doing="Landlock's version")
    except OSError:  # ENOSYS, EOPNOTSUPP, or a filter around a container: there is none
        return 0


@dataclass(frozen=True)
class Rules:
    """What stays allowed. `readable` may also be run; `writable` may be changed and read; the rest is refused."""

    readable: tuple[Path, ...]
    writable: tuple[Path, ...]
    devices: tuple[Path, ...]
    network: bool


def restrict(rules: Rules) -> None:
    """Take the rules on, for this thread and what it starts. Raises OSError."""
    handled = _handled_files()
    speaks = version()
    tcp = _TCP if speaks >= HOLDS_TCP and not rules.network else 0
    attributes = struct.pack("=QQQ", handled, tcp, _SCOPES if speaks >= HOLDS_SIGNALS else 0)
    size = 8 if speaks < HOLDS_TCP else 16 if speaks < HOLDS_SIGNALS else 24
    ruleset = confinement.system_call(_CREATE, attributes, size, 0, doing="Landlock rules")
    try:
        _allow(ruleset, rules.readable, _READING)
        _allow(ruleset, rules.writable, handled & ~_DEVICE_CONTROL)
        _allow(ruleset, rules.devices, (_READ_FILE | _WRITE_FILE | _TRUNCATE | _DEVICE_CONTROL) & handled)
        confinement.system_call(_RESTRICT, ruleset, 0, doing="Landlock")
    finally:
        os.close(ruleset)


def _handled_files() -> int:
    speaks = version()
    newer = (_REFER if speaks >= 2 else 0) | (_TRUNCATE if speaks >= HIDES_TRUNCATION else 0)
    return _OF_FIRST_VERSION | newer | (_DEVICE_CONTROL if speaks >= 5 else 0)


def _allow(ruleset: int, paths: Sequence[Path], access: int) -> None:
    for path in paths:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            granted = access if path.is_dir() else access & _OF_FILES
            rule = struct.pack("=Qi", granted, place)
            confinement.system_call(_ADD_RULE, ruleset, _RULE_PATH, rule, 0, doing=f"Landlock rule on {path}")
        finally:
            os.close(place)


def without(folders: Iterable[Path], hidden: Sequence[Path]) -> list[Path]:
    """`folders`, opened up where one contains something hidden: its other entries instead of it.

    Rules cannot take away, so what lies beside something hidden is named one by one.
    """
    kept: list[Path] = []
    for folder in folders:
        if any(folder.is_relative_to(path) for path in hidden):
            continue
        if not any(path.is_relative_to(folder) for path in hidden):
            kept.append(folder)
            continue
        kept += without((entry for entry in folder.iterdir() if not entry.is_symlink()), hidden)
    return kept
