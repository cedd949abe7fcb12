"""The HTTP client: what follows a redirect, what is known after trouble, how long a token is kept, what is opened."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_project import clock
from pipeline_project.errors import InvalidInput, NotConfigured, RequestRejected, ServiceError, ServiceUnavailable
from pipeline_project.integrations.http import ClientCredentials, HttpClient, HttpConnection, HttpRequest, Reply
from pipeline_project.integrations.http import auth as auths
from pipeline_project.integrations.http.auth import Tokens
from pipeline_project.integrations.http.redirects import Hop, location, next_hop
from pipeline_project.integrations.http.request import checked_headers, form_body, with_query
from pipeline_project.integrations.resources import HttpResource
from pipeline_project.security.redaction import redact_text
from pipeline_project.security.tls import client_context
from pipeline_project.security.urls import UrlPolicy, check
from pipeline_project.settings import Settings
from pipeline_project_tests.servers.web import Answer, WebServer, redirect, said

POLICY = UrlPolicy().allowing(["intranet.test"])
HEADERS = {"accept": "a", "content-type": "b", "authorization": "c", "cookie": "d", "x-mine": "e"}


@pytest.fixture
def web():
    with WebServer() as server:
        yield server


def ask(web, method="GET", path="/", *, hosts=(), **values):
    async def run():
        async with HttpConnection((web.allowed, *hosts)).open() as client:
            return await client.request(HttpRequest(method, web.base + path, **values), idempotency_key="k")

    return asyncio.run(run())


def hop(url, **values):
    return Hop(values.pop("method", "POST"), check(url, POLICY), headers=HEADERS, content=b"body", **values)


def after(url, target, status=307, *, repeatable=True, **values):
    here = hop(url, **values)
    reply = Reply(here.method, here.url, status, httpx.Headers({"location": target}), b"", repeatable)
    found = location(reply)
    assert found is not None
    return next_hop(here, reply, found, POLICY)


@pytest.mark.parametrize(
    ("here", "there", "trusted"),
    [
        ("https://a.test/x", "/y", True),
        ("https://a.test/x", "https://a.test:443/y", True),
        ("http://a.test/x", "https://a.test/x", True),
        ("https://a.test/", "https://b.test/", False),
        ("https://a.test/", "https://www.a.test/", False),
        ("http://intranet.test/", "https://a.test/", False),
        ("http://a.test/", "http://intranet.test/", False),
    ],
)
def test_credentials_and_headers_stay_with_the_service_they_were_given_for(here, there, trusted):
    following = after(here, there)
    assert following.trusted is trusted
    assert set(following.headers) == (set(HEADERS) if trusted else {"accept", "content-type"})


def test_what_was_left_behind_is_not_taken_up_on_the_way_back():
    away = after("https://a.test/", "https://b.test/")
    reply = Reply("POST", away.url, 307, httpx.Headers(), b"")
    back = next_hop(away, reply, "https://a.test/", POLICY)
    assert not back.trusted
    assert "authorization" not in back.headers


@pytest.mark.parametrize(
    ("status", "method", "kept"),
    [(301, "GET", False), (302, "GET", False), (303, "GET", False), (307, "POST", True), (308, "POST", True)],
)
def test_the_status_decides_whether_the_body_goes_along(status, method, kept):
    following = after("https://a.test/", "/y", status)
    assert (following.method, following.content is not None, "content-type" in following.headers) == (
        method, kept, kept)  # fmt: skip
    assert after("https://a.test/", "/y", status, method="HEAD").method == "HEAD"


@pytest.mark.parametrize("target", ["http://a.test/", "http://127.0.0.1/", "file:///x", "https://u:p@a.test/"])
def test_a_redirect_that_is_refused_after_something_was_done_leaves_the_outcome_unknown(target):
    for status, repeatable, unknown in ((303, False, True), (303, True, False), (307, False, False)):
        with pytest.raises(RequestRejected, match="refused") as caught:
            after("https://a.test/", target, status, repeatable=repeatable)
        assert caught.value.outcome_unknown is unknown


def test_other_answers_are_no_redirect():
    here = hop("https://a.test/").url
    for status, headers in ((200, {"location": "/"}), (304, {"location": "/"}), (300, {"location": "/"}), (302, {})):
        assert location(Reply("GET", here, status, httpx.Headers(headers), b"")) is None
    with pytest.raises(RequestRejected, match="names no URL"):
        location(Reply("GET", here, 302, httpx.Headers({"location": "http://a:b/"}), b""))


@pytest.mark.parametrize("target", ["javascript:alert(1)", "mailto:a@b.test", "http://[::1", "http://xn--/", "data:,x"])
@pytest.mark.parametrize(("method", "unknown"), [("GET", False), ("POST", True)])
def test_a_redirect_to_what_is_no_address_is_refused_in_a_sentence(web, target, method, unknown):
    web.on("/", redirect(target))
    with pytest.raises(RequestRejected, match="redirects to") as refused:
        ask(web, method)
    assert refused.value.outcome_unknown is unknown


def test_redirects_have_an_end_and_need_not_be_followed(web):
    web.on("/", redirect("/"))
    with pytest.raises(RequestRejected, match="more than 10 times"):
        ask(web)
    assert len(web.requests) == 11
    assert ask(web, follow=False).status == 302


def test_a_failure_after_a_redirect_that_was_done_leaves_the_outcome_unknown(web):
    web.on("/", redirect("/next", 303))
    web.on("/next", Answer(reset=True))
    with pytest.raises(ServiceUnavailable) as caught:
        ask(web, "POST", content=b"x")
    assert caught.value.outcome_unknown
    with pytest.raises(ServiceUnavailable) as caught:
        ask(web, "POST", content=b"x", idempotent=True)
    assert not caught.value.outcome_unknown


def test_what_cannot_be_reached_after_a_redirect_that_was_done_leaves_the_outcome_unknown(web):
    for status, unknown in ((303, True), (307, False)):
        web.on("/", redirect("http://127.0.0.1:9/", status))
        with pytest.raises(ServiceUnavailable, match="cannot be reached") as caught:
            ask(web, "POST", content=b"x", hosts=["127.0.0.1:9"])
        assert caught.value.outcome_unknown is unknown


def test_a_name_that_leads_inside_after_a_redirect_is_refused(web):
    web.on("/", redirect("http://inner.test/"))

    async def names(host, port):
        return ["127.0.0.1"] if host == "127.0.0.1" else ["10.0.0.1"]

    async def run():
        policy = UrlPolicy(resolver=names).allowing([web.allowed])
        async with HttpClient(policy, tls=client_context()) as client:
            await client.request(HttpRequest("POST", f"{web.base}/", content=b"x"))

    with pytest.raises(RequestRejected, match=r"it leads to 10\.0\.0\.1, which is private") as caught:
        asyncio.run(run())
    assert caught.value.outcome_unknown, "the first server may have done what it was asked"


def test_a_token_is_kept_until_shortly_before_it_expires(monkeypatch):
    tokens, auth = Tokens(), ClientCredentials("https://a.test/token", "me", "secret-word")
    now = clock.now()
    monkeypatch.setattr(auths.clock, "now", lambda: now)
    tokens.put(auth, "one", 100)
    for seconds, kept in ((0, "one"), (69, "one"), (70, None)):
        monkeypatch.setattr(auths.clock, "now", lambda seconds=seconds: now + timedelta(seconds=seconds))
        assert tokens.get(auth) == kept
    monkeypatch.setattr(auths.clock, "now", lambda: now)
    tokens.put(auth, "short", 10)
    assert tokens.get(auth) == "short"
    tokens.drop(auth, "another")
    assert tokens.get(auth) == "short"
    tokens.drop(auth, "short")
    assert tokens.get(auth) is None
    tokens.put(auth, "none", 0)
    assert tokens.get(auth) is None


def test_tokens_are_kept_apart_by_everything_that_made_them():
    tokens, auth = Tokens(), ClientCredentials("https://a.test/token", "me", "secret-word", scope="read")
    tokens.put(auth, "read-token", 100)
    for other in ({"scope": "write"}, {"client_secret": "other-word"}, {"audience": "x"}, {"client_id": "you"}):
        values = {"token_url": auth.token_url, "client_id": "me", "client_secret": "secret-word", "scope": "read"}
        assert tokens.get(ClientCredentials(**{**values, **other})) is None


def test_secrets_are_in_no_representation_and_are_hidden_once_sent(web):
    web.on("/", said({}))
    auth = auths.Bearer("a-very-secret-token")
    request = HttpRequest("GET", web.base, headers={"x-key": "hidden-key"}, query={"key": "hidden"}, auth=auth)
    assert not any(text in repr((auth, request)) for text in ("very-secret", "hidden"))
    ask(web, auth=auth)
    assert "very-secret" not in redact_text("it said a-very-secret-token")


def test_an_answer_is_cut_and_redacted_where_it_is_quoted(web):
    web.on("/", lambda asked: Answer(400, f"no: {asked.headers['authorization']} {'x' * 500}".encode()))
    reply = ask(web, auth=auths.Bearer("another-secret-token"))
    assert "another-secret" not in reply.excerpt()
    assert len(reply.excerpt()) <= 200


@pytest.mark.parametrize("name", ["", "a b", "a:b", "é", "a\n", "Content-Length", "transfer-encoding", "HOST"])
def test_headers_that_frame_the_message_or_are_none_are_refused(name):
    with pytest.raises(InvalidInput):
        checked_headers({name: "x"}, where="here")


@given(st.text(max_size=20))
def test_a_header_s_value_goes_as_it_is_or_not_at_all(value):
    try:
        clean = checked_headers({"X-A": value}, where="here")
    except InvalidInput:
        return
    assert httpx.Headers(clean)["x-a"] == value
    assert not set(value) & set("\r\n\0")


@given(
    st.dictionaries(st.text(min_size=1, max_size=8), st.lists(st.text(max_size=8), min_size=1, max_size=3), max_size=4)
)
def test_a_query_says_what_it_was_given_and_keeps_what_was_there(query):
    url = httpx.URL(with_query("https://a.test/p?kept=1#part", query))
    given_pairs = [(name, value) for name, values in query.items() for value in values]
    assert url.params.multi_items() == [("kept", "1"), *given_pairs]
    assert form_body(query).decode("ascii") == with_query("", query).removeprefix("?")


def test_an_entry_that_names_no_host_is_told_when_the_client_is_opened():
    async def run():
        async with HttpConnection(("http://x/",)).open():
            pass

    with pytest.raises(NotConfigured, match="PIPELINE_ALLOWED_HOSTS"):
        asyncio.run(run())


def test_the_resource_opens_what_the_settings_allow(tmp_path, web):
    web.on("/", said({"ok": True}))
    resource = HttpResource.from_settings(Settings(data_dir=tmp_path, allowed_hosts=(web.allowed,)))

    async def run():
        async with resource.open() as client:
            return await client.request(HttpRequest("GET", web.base))

    assert asyncio.run(run()).json() == {"ok": True}
    assert asyncio.run(resource.test_connection()).endswith(f"internal hosts that are open: {web.allowed}")


def test_large_answers_of_what_was_done_leave_the_outcome_unknown(web):
    web.on("/", Answer(body=b"x" * 2000))

    async def run(method):
        async with HttpConnection((web.allowed,)).open() as client:
            await client.request(HttpRequest(method, web.base), policy=UrlPolicy(max_bytes=1000))

    for method, unknown in (("POST", True), ("PUT", False), ("GET", False)):
        with pytest.raises(ServiceError, match="larger than 1000 bytes") as caught:
            asyncio.run(run(method))
        assert caught.value.outcome_unknown is unknown
