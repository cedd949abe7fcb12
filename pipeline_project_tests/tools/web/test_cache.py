"""Pages are kept within a size, the least recently read going first."""

from pipeline_project.tools.web.cache import PageCache, cache_of
from pipeline_project.tools.web.page import Page


def page(name, size=10):
    return Page(f"https://a.test/{name}", 200, "text/plain", size, "x" * size)


def put(cache, *names, size=10):
    for name in names:
        cache.put(f"https://a.test/{name}", page(name, size))


def kept(cache, names):
    return [name for name in names if cache.get(f"https://a.test/{name}") is not None]


def test_the_least_recently_read_page_goes_first():
    cache = PageCache(most_bytes=30)
    put(cache, "a", "b", "c")
    assert cache.get("https://a.test/a") is not None
    put(cache, "d")
    assert kept(cache, "abcd") == ["a", "c", "d"]


def test_a_page_larger_than_the_cache_is_not_kept_and_drives_nothing_out():
    cache = PageCache(most_bytes=30)
    put(cache, "a")
    put(cache, "huge", size=31)
    assert kept(cache, ["a", "huge"]) == ["a"]


def test_a_page_that_is_put_again_replaces_the_old_one():
    cache = PageCache(most_bytes=30)
    put(cache, "a", "b")
    put(cache, "a", size=20)
    assert cache.get("https://a.test/a").size == 20
    assert kept(cache, "ab") == ["a", "b"]


def test_a_page_that_went_is_gone_under_each_of_its_addresses():
    cache = PageCache(most_bytes=10)
    cache.put("https://a.test/old", page("a"))
    assert cache.get("https://a.test/old") is cache.get("https://a.test/a")
    put(cache, "b")
    assert cache.get("https://a.test/old") is None


def test_a_session_has_one_cache():
    class Session:
        caches = {}  # noqa: RUF012 - a stand-in that lives for this test

    assert cache_of(Session) is cache_of(Session)
