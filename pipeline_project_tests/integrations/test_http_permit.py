"""Whoever is asked before a request is asked again wherever it is led: redirects, next pages, token servers."""

import asyncio

import pytest

from pipeline_project.errors import PermissionDenied, RequestRejected
from pipeline_project.integrations.http import ClientCredentials, HttpConnection, HttpRequest, Paging, listing
from pipeline_project.integrations.http.auth import Tokens
from pipeline_project.integrations.http.client import HttpClient
from pipeline_project.security.tls import client_context
from pipeline_project.security.urls import UrlPolicy
from pipeline_project_tests.servers.web import Answer, WebServer, redirect


@pytest.fixture
def web():
    with WebServer() as server:
        yield server


class Asked:
    """Notes what it is asked and refuses the paths it is given."""

    def __init__(self, *refused):
        self.seen = []
        self._refused = refused

    async def __call__(self, method, url):
        self.seen.append((method, url.url.partition("://")[2].partition("/")[2]))
        if any(path in url.url for path in self._refused):
            raise PermissionDenied("no", where="test")


def send(web, permit, method="GET", path="/"):
    async def run():
        async with HttpConnection((web.allowed,)).open() as client:
            return await client.request(HttpRequest(method, web.base + path, content=None), permit=permit)

    return asyncio.run(run())


def test_each_redirect_is_asked_about_before_it_is_followed(web):
    web.on("/", redirect("/a"))
    web.on("/a", redirect("/b"))
    web.on("/b", Answer(200, b"there"))
    permit = Asked()
    assert send(web, permit).content == b"there"
    assert permit.seen == [("GET", "a"), ("GET", "b")]


def test_a_redirect_that_is_refused_is_not_sent(web):
    web.on("/", redirect("/private"))
    web.on("/private", Answer(200, b"there"))
    with pytest.raises(PermissionDenied):
        send(web, Asked("/private"))
    assert [request.path for request in web.requests] == ["/"]


def test_after_something_was_done_a_refusal_leaves_the_outcome_unknown(web):
    web.on("/", redirect("/private", 303))
    web.on("/private", Answer(200, b"there"))
    with pytest.raises(RequestRejected) as caught:
        send(web, Asked("/private"), "POST")
    assert caught.value.outcome_unknown
    assert [request.path for request in web.requests] == ["/"]


def test_each_further_page_is_asked_about(web):
    web.on("/list", Answer(200, b'{"items": [1], "next": "/private"}'))
    web.on("/private", Answer(200, b'{"items": [2]}'))
    paging = Paging("next_url", items="items", next="next")
    permit = Asked("/private")

    async def run():
        async with HttpConnection((web.allowed,)).open() as client:
            request = HttpRequest("GET", f"{web.base}/list")
            await listing(client, request, paging, policy=client.policy, judge=lambda _: None, permit=permit)

    with pytest.raises(PermissionDenied):
        asyncio.run(run())
    assert permit.seen == [("GET", "private")]
    assert [request.path for request in web.requests] == ["/list"]


def test_a_token_server_is_asked_about(web):
    web.on("/", Answer(200, b"there"))
    web.on("/token", Answer(200, b'{"access_token": "abc-def-ghi"}'))
    auth = ClientCredentials(f"{web.base}/token", "me", "secret-of-mine")

    async def run(permit):
        policy = UrlPolicy().allowing([web.allowed])
        async with HttpClient(policy, tls=client_context(), tokens=Tokens()) as client:
            return await client.request(HttpRequest("GET", f"{web.base}/", auth=auth), permit=permit)

    with pytest.raises(PermissionDenied):
        asyncio.run(run(Asked("/token")))
    assert not web.requests
    assert asyncio.run(run(Asked())).content == b"there"
