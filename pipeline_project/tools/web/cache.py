"""Pages of one session for a quarter of an hour, bounded in size; the least recently read goes first."""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final

from pipeline_project import clock
from pipeline_project.tools.session import Session
from pipeline_project.tools.web.page import Page

LIFETIME: Final = timedelta(minutes=15)
MOST_BYTES: Final = 32 << 20
_KEY: Final = "web"


class PageCache:
    """Pages by the URL that was asked for and by the one that answered."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._pages: OrderedDict[str, tuple[datetime, Page]] = OrderedDict()
        self._final: dict[str, str] = {}

    def get(self, url: str) -> Page | None:
        """The page, if it was read in the last quarter of an hour."""
        final = self._final.get(url, url)
        read, page = self._pages.get(final, (None, None))
        if read is None or page is None:
            return None
        if clock.now() - read >= LIFETIME:
            self._forget(final)
            return None
        self._pages.move_to_end(final)
        return page

    def put(self, url: str, page: Page) -> None:
        """Keep the page that `url` led to, unless it alone is larger than the cache."""
        if page.weight > self._most_bytes:
            return
        self._forget(page.final_url)
        self._pages[page.final_url] = (clock.now(), page)
        self._final[url] = page.final_url
        while sum(kept.weight for _, kept in self._pages.values()) > self._most_bytes:
            self._forget(next(iter(self._pages)))

    def _forget(self, final: str) -> None:
        self._pages.pop(final, None)
        self._final = {asked: target for asked, target in self._final.items() if target != final}


def cache_of(session: Session) -> PageCache:
    """The session's cache."""
    return session.caches.setdefault(_KEY, PageCache())
