"""What is decided about: an action with its declared complexity, and the resource it touches.

Complexity is declared by the tool or step type itself, never guessed from a name; what nobody declared is 4.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any, Literal


class Complexity(IntEnum):
    """How much an action can do: read, analyze, change, destroy or spend."""

    READ = 1
    """read, search, summarize"""
    ANALYZE = 2
    """analyze, draft, recommend, stream"""
    CHANGE = 3
    """create, update, send, post, schedule, submit"""
    CRITICAL = 4
    """delete, execute, deploy, transfer, pay, approve; also everything undeclared"""


@dataclass(frozen=True)
class Action:
    """`name`: a tool's or step type's, exactly. `reads`, `writes`: whether it reads or writes files (rules on Read and
    Edit cover every tool that does)."""

    name: str
    complexity: Complexity = Complexity.CRITICAL
    reads: bool = False
    writes: bool = False


@dataclass(frozen=True)
class Resource:
    """What an action touches.

    `kind` says how a rule's pattern is matched: a `path` as a gitignore-like glob below `roots`, a `command` by every
    simple command in it, a `url` by host (`domain:example.com`) or prefix, a `name` literally with `*`.
    `shown`: what a person who is asked sees, secrets hidden.
    """

    kind: Literal["path", "command", "url", "name"]
    value: str
    paths: tuple[Path, ...] = ()
    """Absolute real paths the action touches, where they are known."""
    roots: tuple[Path, ...] = ()
    shown: dict[str, Any] = field(default_factory=dict)
