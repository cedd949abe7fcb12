"""What calls of one conversation share: the workspace, the folder they are in, what was read, shells, todos, limits.

Refuses to be used after it is closed; closing it stops every background shell.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from pipeline_project import clock
from pipeline_project.errors import Conflict, InvalidInput
from pipeline_project.governance.policy import Policy, as_policy
from pipeline_project.persistence.engine import Database
from pipeline_project.security.urls import UrlPolicy
from pipeline_project.tools.base import Answers, SubAgents


@dataclass(frozen=True)
class Limits:
    """What one call, or all calls of a session together, may use."""

    bash_timeout_seconds: float = 120
    bash_timeout_most_seconds: float = 600
    output_characters: int = 30_000
    """Longer output of a command is shown as head and tail, and kept whole in a file."""
    memory_bytes: int = 4 << 30
    processes: int = 256
    cpu_seconds: int = 600
    file_bytes: int = 1 << 30
    read_lines: int = 2_000
    line_characters: int = 2_000
    read_bytes: int = 256 << 10
    """A larger file needs offset or limit."""
    media_bytes: int = 32 << 20
    search_results: int = 250
    glob_results: int = 100
    web_bytes: int = 10 << 20
    web_seconds: float = 30
    parallel: int = 10
    agent_depth: int = 3
    agent_turns: int = 50


@dataclass(frozen=True)
class ReadMark:
    """A file as the session last saw it; a newer time with the same content is no change."""

    mtime_ns: int
    size: int
    digest: str
    whole: bool = True


class Session:
    """Calls share one of these; `async with` closes it.

    `workspace`: one folder or several, each must exist; the first one is where the session begins.
    `policy`: a rule set, a mapping with allow/ask/deny lists, "allow_all" for a trusted caller, or None for the
    default (complexity 3 and up is asked of agents, allowed for a person).
    `actor`: `user:<name>`, `agent:<name>` or `workflow:<id>`; by default an unnamed agent.
    Raises InvalidInput for a workspace that is no folder.
    """

    def __init__(
        self,
        workspace: Path | str | Iterable[Path | str],
        policy: Policy | dict[str, Any] | Literal["allow_all"] | None = None,
        limits: Limits | None = None,
        *,
        actor: str = "agent:unnamed",
        session_id: str | None = None,
        database: Database | None = None,
        agents: SubAgents | None = None,
        answers: Answers | None = None,
        urls: UrlPolicy | None = None,
        network: bool = False,
        granted: frozenset[str] = frozenset(),
        depth: int = 0,
    ) -> None:
        """`database`: keeps todos and permission requests; without one they live as long as the session.

        `urls`: what web tools may reach; by default what the settings allow, within `limits`.
        `network`: whether commands may reach it. `granted`: digests of requests that a person has granted.
        """
        named = [workspace] if isinstance(workspace, Path | str) else list(workspace)
        self.roots = tuple(_folder(Path(root)) for root in named)
        if not self.roots:
            raise InvalidInput("names no folder", where="workspace", remedy="Give at least one.")
        self.cwd = self.roots[0]
        self.policy = as_policy(policy)
        self.limits = limits or Limits()
        self.actor = actor
        self.id = session_id or clock.new_id()
        self.database = database
        self.agents = agents
        self.answers = answers
        self.urls = urls
        self.network = network
        self.granted = granted
        self.depth = depth
        self.reads: dict[Path, ReadMark] = {}
        self.todos: list[dict[str, Any]] = []
        self.shells: dict[str, Any] = {}
        self.caches: dict[str, Any] = {}
        """What a family of tools keeps for the session's time, under the family's name."""
        self._file_locks: dict[Path, asyncio.Lock] = {}
        self._on_close: list[Callable[[], Awaitable[None]]] = []
        self._closed = False

    def lock_of(self, path: Path) -> asyncio.Lock:
        """The lock under which a file is read, changed and written; `path` is real."""
        return self._file_locks.setdefault(path, asyncio.Lock())

    def on_close(self, action: Callable[[], Awaitable[None]]) -> None:
        """Have `action` awaited when the session is closed, the latest first."""
        self._on_close.append(action)

    def check_open(self) -> None:
        """Raises Conflict when the session is closed."""
        if self._closed:
            raise Conflict("the session is closed", where="session", remedy="Open a new one.")

    async def close(self) -> None:
        """Stop what runs; closing again does nothing."""
        self._closed = True
        while self._on_close:
            await self._on_close.pop()()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _folder(path: Path) -> Path:
    try:
        real = path.expanduser().resolve(strict=True)
    except OSError as error:
        remedy = "Name the folder the tools may work in."
        raise InvalidInput(f"cannot be used: {error.strerror}", where=str(path), remedy=remedy) from error
    if not real.is_dir():
        raise InvalidInput("is no folder", where=str(path), remedy="Name the folder the tools may work in.")
    return real
