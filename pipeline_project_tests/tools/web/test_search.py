"""WebSearch through each backend's real wire: hits in order, domains held to, and trouble told with a remedy."""

import asyncio
import json
import re

import pytest

from pipeline_project import settings
from pipeline_project.security.urls import UrlPolicy
from pipeline_project.tools.run import run_tool
from pipeline_project.tools.session import Session
from pipeline_project_tests.servers.search import KEY, SearchServer
from pipeline_project_tests.servers.web import Answer, said

VENDORS = ("searxng", "brave", "tavily")
PATHS = {"searxng": "/search", "brave": "/res/v1/web/search", "tavily": "/search"}


@pytest.fixture
def server():
    with SearchServer() as server:
        yield server


@pytest.fixture
def configure(data_dir, monkeypatch):
    def configure(**values):
        for name, value in values.items():
            monkeypatch.setenv(f"PIPELINE_{name.upper()}", value)
        settings.load.cache_clear()

    return configure


@pytest.fixture
def search(tmp_path, configure):
    def search(query="bolts", **arguments):
        session = Session(tmp_path, urls=UrlPolicy())
        return asyncio.run(run_tool("WebSearch", {"query": query, **arguments}, session))

    return search


@pytest.fixture
def ready(configure, server):
    def ready(vendor):
        configure(
            search_backend=vendor, searxng_url=server.base, brave_base_url=server.base, tavily_base_url=server.base,
            secret_brave_api_key=KEY, secret_tavily_api_key=KEY,
        )  # fmt: skip

    return ready


@pytest.mark.parametrize("vendor", VENDORS)
def test_hits_come_once_each_in_order_without_markup_and_marked(search, ready, vendor):
    ready(vendor)
    result = search()
    assert not result.is_error, result.text
    assert result.structured["backend"] == vendor
    assert result.structured["results"] == [
        {"title": "Bolts & nuts", "url": "https://shop.example.com/bolts", "snippet": "All bolts in stock"},
        {"title": "Bolts", "url": "https://badexample.com/bolts", "snippet": "Not of example.com"},
        {"title": "Screws", "url": "https://example.com/screws", "snippet": "Screws are not bolts"},
        {"title": "Wiki", "url": "https://en.wiki.test/Bolt", "snippet": "A bolt is a fastener"},
    ]
    assert result.untrusted
    assert re.match(rf'<untrusted-content id="\w+" source="search:{vendor}">', result.text)
    assert "1. Bolts & nuts\n   https://shop.example.com/bolts\n   All bolts in stock\n\n2. Bolts" in result.text


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(
    ("domains", "found"),
    [
        ({"allowed_domains": ["example.com"]}, ["shop.example.com", "example.com"]),
        ({"allowed_domains": ["*.Example.COM."]}, ["shop.example.com", "example.com"]),
        ({"allowed_domains": ["shop.example.com", "wiki.test"]}, ["shop.example.com", "en.wiki.test"]),
        ({"blocked_domains": ["example.com"]}, ["badexample.com", "en.wiki.test"]),
        ({"blocked_domains": ["test", "badexample.com"]}, ["shop.example.com", "example.com"]),
        ({"limit": 1}, ["shop.example.com"]),
    ],
)
def test_domains_cover_what_is_below_them_whatever_the_engine_makes_of_them(search, ready, vendor, domains, found):
    ready(vendor)
    hits = search(**domains).structured["results"]
    assert [hit["url"].split("/")[2] for hit in hits] == found


def test_each_service_is_asked_in_its_own_way(search, ready, server):
    for vendor in VENDORS:
        ready(vendor)
        search("  two   words ", allowed_domains=["a.test", "b.test"], limit=3)
        search("bolts", blocked_domains=["a.test"], limit=20)
    searxng, _, brave, many, tavily, blocked = server.requests
    assert searxng.query == {"q": "two words (site:a.test OR site:b.test)", "format": "json"}
    assert (brave.query["q"], brave.query["count"]) == ("two words (site:a.test OR site:b.test)", "6")
    assert (many.query["q"], many.query["count"]) == ("bolts -site:a.test", "20")
    asked = json.loads(tavily.body)
    assert (asked["query"], asked["include_domains"], asked["max_results"]) == ("two words", ["a.test", "b.test"], 3)
    assert json.loads(blocked.body)["exclude_domains"] == ["a.test"]


@pytest.mark.parametrize("vendor", VENDORS)
def test_nothing_found_is_said_and_is_no_error(search, ready, server, vendor):
    ready(vendor)
    server.hits = ()
    result = search()
    assert (result.is_error, result.text) == (False, "Nothing was found for 'bolts'.")


@pytest.mark.parametrize(("vendor", "variable"), [("brave", "BRAVE"), ("tavily", "TAVILY")])
def test_a_missing_or_refused_key_names_its_variable(search, ready, configure, monkeypatch, vendor, variable):
    ready(vendor)
    configure(**{f"secret_{vendor}_api_key": "wrong"})
    refused = search()
    assert (refused.code, f"PIPELINE_SECRET_{variable}_API_KEY" in refused.text) == ("authentication_failed", True)
    assert "wrong" not in refused.text
    monkeypatch.delenv(f"PIPELINE_SECRET_{variable}_API_KEY")
    missing = search()
    assert (missing.code, f"PIPELINE_SECRET_{variable}_API_KEY" in missing.text) == ("not_configured", True)


def test_without_a_backend_the_error_says_how_each_is_set_up(search):
    result = search()
    assert (result.is_error, result.code) == (True, "not_configured")
    for name in ("PIPELINE_SEARCH_BACKEND", "PIPELINE_SEARXNG_URL", "PIPELINE_SECRET_BRAVE_API_KEY",
                 "PIPELINE_SECRET_TAVILY_API_KEY", "PIPELINE_SEARCH_INDEX"):  # fmt: skip
        assert name in result.text


@pytest.mark.parametrize("url", ["", "searx", "ftp://searx/", "http://user:word@searx/", "searx:8080"])
def test_a_searxng_server_that_is_none_is_told(search, configure, url):
    configure(search_backend="searxng", searxng_url=url)
    result = search()
    assert (result.code, "PIPELINE_SEARXNG_URL" in result.text) == ("not_configured", True)


def test_a_searxng_server_without_json_says_what_to_switch_on(search, ready, server):
    ready("searxng")
    server.json_answers = False
    result = search()
    assert result.code == "not_configured"
    assert "Add json to search.formats" in result.text


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (said({}, 429), "rate_limited"),
        (said({}, 503), "service_unavailable"),
        (Answer(body=b"<html>", headers={"content-type": "text/html"}), "service_unavailable"),
        (said([1]), "service_unavailable"),
        (said({"results": 5, "web": 5}), "service_unavailable"),
        (Answer(reset=True), "service_unavailable"),
    ],
)
def test_trouble_is_an_error_and_never_no_hits(search, ready, server, vendor, answer, code):
    ready(vendor)
    server.on(PATHS[vendor], answer)
    result = search()
    assert (result.is_error, result.code) == (True, code), result.text


def test_a_used_up_plan_is_told(search, ready, server):
    ready("tavily")
    server.on("/search", said({"detail": {"error": "This request exceeds your plan's set usage limit."}}, 432))
    result = search()
    assert (result.code, "Raise the plan's limit" in result.text) == ("rate_limited", True)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"allowed_domains": ["a.test"], "blocked_domains": ["b.test"]}, "not both"),
        ({"allowed_domains": ["https://a.test/"]}, "is no domain"),
        ({"blocked_domains": [""]}, "is no domain"),
        ({"query": "x"}, "query"),
        ({"limit": 21}, "limit"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anybody_is_asked(search, ready, server, arguments, problem):
    ready("searxng")
    result = search(**{"query": "bolts", **arguments})
    assert (result.is_error, problem in result.text) == (True, True), result.text
    assert server.requests == []
