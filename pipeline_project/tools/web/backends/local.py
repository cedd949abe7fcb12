"""Searches an index of a folder's pages, kept in the data directory and refreshed whenever it is asked.

SQLite's FTS5: words are stemmed and freed of accents, a hit in the title counts five times one in the text (bm25).
Refuses nothing in a query: its words are looked for, whatever signs they come with. Symbolic links are not followed.
"""

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from pipeline_project.errors import NotConfigured, StoreError
from pipeline_project.tools.web.backends.base import Query, SearchResult, plain
from pipeline_project.tools.web.backends.documents import Document, document_of, files_below

VARIABLE = "PIPELINE_SEARCH_INDEX"
_FILE: Final = "search-index.db"
_MOST_WORDS: Final = 32
_MORE: Final = 5  # hits looked at per hit shown, because domains are held against them afterwards
_BUSY_SECONDS: Final = 30
_SCHEMA: Final = """
    CREATE TABLE IF NOT EXISTS files (path TEXT PRIMARY KEY, mtime_ns INTEGER, size INTEGER, page INTEGER);
    CREATE VIRTUAL TABLE IF NOT EXISTS pages USING fts5(
        title, body, url UNINDEXED, tokenize = "porter unicode61 remove_diacritics 2");
"""
_HITS: Final = """
    SELECT title, url, snippet(pages, 1, '', '', ' … ', 40) FROM pages
    WHERE pages MATCH ? ORDER BY bm25(pages, 5.0, 1.0), url LIMIT ?
"""


class LocalBackend:
    """The pages below `folder`; the index is a file in `home`."""

    name = "local"

    def __init__(self, folder: Path | None, home: Path) -> None:
        if folder is None:
            remedy = f"Set {VARIABLE} to a folder of HTML, Markdown or text."
            raise NotConfigured("no folder to search is named", where=VARIABLE, remedy=remedy)
        self._folder = folder.expanduser().absolute()
        self._file = home / _FILE

    async def search(self, query: Query) -> list[SearchResult]:
        """See the protocol; also StoreError when the index cannot be written."""
        return await asyncio.to_thread(self._search, query)

    def _search(self, query: Query) -> list[SearchResult]:
        if not self._folder.is_dir():
            raise NotConfigured("is no folder", where=VARIABLE, remedy=f"Correct {VARIABLE}: {self._folder}.")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._file, timeout=_BUSY_SECONDS, isolation_level=None)) as index:
                index.executescript(_SCHEMA)
                _refresh(index, self._folder)
                return query.admitted(list(_hits(index, query)))
        except (sqlite3.Error, OSError) as error:
            remedy = "Free the file, or remove it: it is built anew."
            raise StoreError(
                f"the search index cannot be used: {error}", where=str(self._file), remedy=remedy
            ) from error


def _refresh(index: sqlite3.Connection, folder: Path) -> None:
    """Read what changed since, drop what is gone, in one transaction; two at once wait for each other."""
    index.execute("BEGIN IMMEDIATE")
    try:
        rows = index.execute("SELECT path, mtime_ns, size, page FROM files")
        known = {path: (mtime, size, page) for path, mtime, size, page in rows}
        for path, status in files_below(folder):
            mtime, size, page = known.pop(str(path), (None, None, None))
            if (mtime, size) != (status.st_mtime_ns, status.st_size):
                _drop(index, str(path), page)
                _add(index, path, status.st_mtime_ns, status.st_size, document_of(path))
        for path, (_, _, page) in known.items():
            _drop(index, path, page)
    except BaseException:
        index.execute("ROLLBACK")
        raise
    index.execute("COMMIT")


def _add(index: sqlite3.Connection, path: Path, mtime_ns: int, size: int, document: Document | None) -> None:
    page = None
    if document is not None:
        values = (document.title, document.text, document.url)
        page = index.execute("INSERT INTO pages (title, body, url) VALUES (?, ?, ?)", values).lastrowid
    index.execute("INSERT INTO files VALUES (?, ?, ?, ?)", (str(path), mtime_ns, size, page))


def _drop(index: sqlite3.Connection, path: str, page: int | None) -> None:
    index.execute("DELETE FROM pages WHERE rowid = ?", (page,))
    index.execute("DELETE FROM files WHERE path = ?", (path,))


def _hits(index: sqlite3.Connection, query: Query) -> Iterator[SearchResult]:
    """Pages with all words first, then those with some."""
    words = [f'"{word}"' for word in re.findall(r"\w+", query.text)[:_MOST_WORDS]]
    if not words:
        return
    for joint in (" AND ", " OR "):
        for title, url, snippet in index.execute(_HITS, (joint.join(words), query.limit * _MORE)):
            yield SearchResult(title, url, plain(snippet))
