"""What a search backend is given and gives back, whoever it is."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pipeline_project.errors import ServiceUnavailable
from pipeline_project.tools.web.domains import admits

_LONGEST = 1_000


@dataclass(frozen=True)
class Query:
    """`allowed`, `blocked`: domains as `domains.domain` spells them, never both; `limit`: results at most."""

    text: str
    allowed: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    limit: int = 10

    def with_sites(self) -> str:
        """The query with the operators that most engines know."""
        if self.allowed:
            return f"{self.text} ({' OR '.join(f'site:{name}' for name in self.allowed)})"
        return " ".join([self.text, *(f"-site:{name}" for name in self.blocked)])

    def admitted(self, results: "list[SearchResult]") -> "list[SearchResult]":
        """Those of the domains asked for, each URL once, in order. Engines take operators as hints."""
        found = {}
        for result in results:
            if result.url and admits(result.url, allowed=self.allowed, blocked=self.blocked):
                found.setdefault(result.url, result)
        return list(found.values())[: self.limit]


@dataclass(frozen=True)
class SearchResult:
    """One hit; `snippet`: why it was found, as plain text."""

    title: str
    url: str
    snippet: str


class SearchBackend(Protocol):
    """Looks for pages."""

    name: str

    async def search(self, query: Query) -> list[SearchResult]:
        """The hits, best first. Raises AuthenticationFailed, RateLimited, ServiceUnavailable, NotConfigured."""
        ...


def results_of(entries: Any, snippet: str, *, place: str) -> list[SearchResult]:
    """Hits out of JSON, `snippet` being the name of their text. Raises ServiceUnavailable for another shape."""
    if not isinstance(entries, list):
        raise ServiceUnavailable("the answer holds no list of results", where=place)
    return [
        SearchResult(plain(entry.get("title")), str(entry.get("url") or ""), plain(entry.get(snippet)))
        for entry in entries
        if isinstance(entry, Mapping)
    ]


def plain(text: Any) -> str:
    """A title or snippet without markup, on one line, cut."""
    bare = html.unescape(re.sub(r"</?[a-zA-Z][^<>]{0,200}>", "", str(text or "")))
    return " ".join(bare.split())[:_LONGEST]
