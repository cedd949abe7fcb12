"""What api_call sends, what comes back and what it refuses, against a server on loopback."""

import asyncio
import base64
import json
from contextlib import asynccontextmanager

import pytest
import structlog
from pydantic import ValidationError

from pipeline_project import settings
from pipeline_project.errors import PermissionDenied, PipelineError
from pipeline_project.integrations.http import HttpConnection
from pipeline_project.persistence.engine import Database
from pipeline_project.workflows.steps.api_call import ApiCall
from pipeline_project.workflows.steps.base import StepContext
from pipeline_project_tests.servers.web import Answer, WebServer, page, redirect, said

SECRET = "s3cr3t-Kw4-planted"


@pytest.fixture
def web():
    with WebServer() as server:
        yield server


@pytest.fixture
def call(web, data_dir, tmp_path):
    """Makes one call at `path` and returns the result; `hosts`: open beside the server's."""
    database = Database(f"sqlite:///{tmp_path / 'pipeline.db'}")

    @asynccontextmanager
    async def effect(*, repeatable, name=""):
        yield "run/call"

    def call(path="/", *, hosts=(), **config):
        async def execute():
            async with HttpConnection((web.allowed, *hosts)).open() as client:
                context = StepContext(
                    execution_id="run",
                    workflow_id="w",
                    step_id="call",
                    attempt=1,
                    idempotency_key="run/call",
                    requested_by="user:ada",
                    log=structlog.get_logger(),
                    database=database,
                    effect=effect,
                    clients={"http": client},
                )
                url = path if "://" in path else web.base + path
                return await ApiCall().execute(ApiCall.config.model_validate({"url": url, **config}), context)

        return asyncio.run(execute()).model_dump()

    yield call
    database.dispose()


def refused(call, *where, **config):
    with pytest.raises(PipelineError) as caught:
        call(*where, **config)
    return caught.value


def test_status_headers_and_json_come_back(call, web):
    web.on(
        "/", Answer(200, b'{"price": 0.10}', {"content-type": "application/json", "X-Total": "1", "Set-Cookie": "a=b"})
    )
    result = call(query={"tag": ["a", "b"], "q": "x y&z", "flag": True, "left": None})
    assert (result["status"], result["url"].partition("?")[0]) == (200, f"{web.base}/")
    assert str(result["body"]["price"]) == "0.10", "fractions keep their digits"
    assert result["headers"]["x-total"] == "1"
    assert "set-cookie" not in result["headers"]
    (request,) = web.requests
    assert request.target == "/?tag=a&tag=b&q=x+y%26z&flag=true"
    assert request.headers["accept"] == "application/json"


def test_bodies_are_sent_as_json_form_or_as_they_are(call, web):
    web.on("/", said({}))
    call(method="POST", json={"a": [1, None, "é"]})
    call(method="POST", form={"a": "x y", "b": [1, 2], "c": None})
    call(method="PUT", body="<a/>", headers={"Content-Type": "application/xml"})
    call(method="PATCH", json=None)
    first, form, raw, null = web.requests
    assert (json.loads(first.body), first.headers["content-type"]) == ({"a": [1, None, "é"]}, "application/json")
    assert (form.body, form.headers["content-type"]) == (b"a=x+y&b=1&b=2", "application/x-www-form-urlencoded")
    assert (raw.method, raw.body, raw.headers["content-type"]) == ("PUT", b"<a/>", "application/xml")
    assert null.body == b"null"


def test_only_what_is_not_idempotent_carries_a_key(call, web):
    web.on("/", said({}))
    for config in ({"method": "PUT", "json": {}}, {}, {"method": "POST", "json": {}, "idempotent": True}):
        call(**config)
    assert not any("idempotency-key" in request.headers for request in web.requests)
    call(method="PATCH", json={})
    assert web.requests[-1].headers["idempotency-key"] == "run/call"
    call(method="POST", json={}, headers={"Idempotency-Key": "mine"})
    assert web.requests[-1].headers["idempotency-key"] == "mine"


def test_the_body_comes_as_json_text_or_bytes(call, web):
    web.on("/", Answer(body="Grüße".encode("latin-1"), headers={"content-type": "text/plain; charset=latin-1"}))
    assert call(response="text")["body"] == "Grüße"
    assert base64.b64decode(call(response="bytes")["body"]) == "Grüße".encode("latin-1")
    web.on("/none", Answer(204))
    assert call("/none")["body"] is None


def test_a_head_is_answered_without_a_body_whatever_its_coding(call, web):
    web.on("/", Answer(body=b"packed", headers={"content-encoding": "br", "etag": "1"}))
    result = call(method="HEAD")
    assert (result["body"], result["headers"]["etag"]) == (None, "1")


def test_an_answer_that_is_not_json_is_no_success(call, web):
    web.on("/", Answer(body=b"oops"))
    assert "the answer is not JSON: oops" in refused(call).message


AUTHS = [
    ({"type": "bearer", "token": SECRET}, ("authorization", f"Bearer {SECRET}")),
    ({"type": "basic", "username": "ada", "password": SECRET},
     ("authorization", "Basic " + base64.b64encode(f"ada:{SECRET}".encode()).decode())),
    ({"type": "api_key", "api_key": SECRET}, ("x-api-key", SECRET)),
    ({"type": "api_key", "api_key": SECRET, "header": "Token"}, ("token", SECRET)),
]  # fmt: skip


@pytest.mark.parametrize(("auth", "sent"), AUTHS)
def test_credentials_are_sent_in_their_header(call, web, auth, sent):
    web.on("/", said({}))
    call(auth=auth)
    assert web.requests[0].headers[sent[0]] == sent[1]


def test_a_key_in_the_query_replaces_none_of_it(call, web):
    web.on("/", said({}))
    call(query={"a": "b"}, auth={"type": "api_key", "api_key": SECRET, "query": "key"})
    assert web.requests[0].query == {"a": "b", "key": SECRET}


def oauth(web, **values):
    return {
        "type": "oauth2",
        "token_url": f"{web.base}/token",
        "client_id": f"me{web.port}",
        "client_secret": SECRET,
        **values,
    }


@pytest.mark.parametrize("send", ["header", "body"])
def test_oauth_client_credentials_are_exchanged_once_for_a_token(call, web, send):
    web.on("/token", said({"access_token": "tok-1234", "token_type": "Bearer", "expires_in": 3600}))
    web.on("/", said({}))
    auth = oauth(web, scope="a b", send_credentials=send)
    call(auth=auth)
    call(auth=auth)
    token, first, second = web.requests
    assert (token.form["grant_type"], token.form["scope"]) == ("client_credentials", "a b")
    sent = (token.form.get("client_id"), token.form.get("client_secret"), token.headers.get("authorization"))
    basic = "Basic " + base64.b64encode(f"me{web.port}:{SECRET}".encode()).decode()
    assert sent == ((None, None, basic) if send == "header" else (f"me{web.port}", SECRET, None))
    assert first.headers["authorization"] == second.headers["authorization"] == "Bearer tok-1234"


def test_a_token_that_was_withdrawn_is_replaced_once(call, web):
    tokens = iter(["tok-old", "tok-new", "tok-newer"])
    web.on("/token", lambda _: said({"access_token": next(tokens), "token_type": "bearer", "expires_in": 3600}))
    web.on("/", lambda asked: said({}, 200 if asked.headers["authorization"] == "Bearer tok-new" else 401))
    assert call(auth=oauth(web))["status"] == 200
    web.on("/", said({}, 401))
    error = refused(call, auth=oauth(web))
    assert error.code == "authentication_failed"
    assert next(tokens, None) is None, "no more than one new token is asked for"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (said({"error": "invalid_client"}, 401), "gave no token: it answered 401"),
        (said({"token_type": "bearer"}), "without an access_token"),
        (said({"access_token": "x", "token_type": "mac"}), "of type 'mac', not bearer"),
        (said({"access_token": "a\r\nb"}), "without an access_token"),
    ],
)
def test_a_server_that_gives_no_token_fails_the_call_before_it_is_made(call, web, answer, problem):
    web.on("/token", answer)
    error = refused(call, auth=oauth(web))
    assert (error.code, problem in error.message) == ("authentication_failed", True)
    assert [request.path for request in web.requests] == ["/token"]


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "request_rejected"), (401, "authentication_failed"), (403, "request_rejected"), (404, "request_rejected"),
     (408, "service_unavailable"), (429, "rate_limited"), (500, "service_unavailable"), (503, "service_unavailable")],
)  # fmt: skip
def test_an_unexpected_status_fails_with_what_was_said(call, web, status, code):
    web.on("/", said({"error": "the reason"}, status))
    error = refused(call)
    assert error.code == code
    assert f"answered {status}: " in error.message
    assert "the reason" in error.message


def test_expected_statuses_are_success_and_only_they(call, web):
    web.on("/", said({"gone": True}, 404))
    assert call(expect_status=[200, 404])["status"] == 404
    assert call(expect_status="4xx")["body"] == {"gone": True}
    web.on("/", said({}, 202))
    assert "name 202 in expect_status" in refused(call, expect_status=201).remedy
    web.on("/", redirect("/there"))
    assert call(expect_status="3xx")["headers"]["location"] == "/there"


def test_a_listing_is_read_by_its_link_header(call, web):
    web.on("/items", lambda asked: said([1, 2], link=f'<{web.base}/items?page=2>; rel="next"')
           if "page" not in asked.query else said([3]))  # fmt: skip
    result = call("/items", paginate={"by": "link"})
    assert (result["body"], result["pages"], result["more"]) == ([1, 2, 3], 2, False)


def test_a_listing_is_read_by_next_url_cursor_and_page(call, web):
    web.on("/a", said({"data": {"rows": [1]}, "next": "/b"}))
    web.on("/b", said({"data": {"rows": [2]}, "next": None}))
    paging = {"by": "next_url", "items": "data.rows", "next": "next"}
    assert call("/a", paginate=paging)["body"] == [1, 2]
    web.on("/c", lambda asked: said({"rows": [asked.query.get("after", "first")],
                                     "cursor": {None: "one", "one": 2}.get(asked.query.get("after"))}))  # fmt: skip
    paging = {"by": "cursor", "items": "rows", "next": "cursor", "parameter": "after"}
    assert call("/c", query={"size": 9}, paginate=paging)["body"] == ["first", "one", "2"]
    assert web.requests[-1].query == {"size": "9", "after": "2"}
    web.on("/d", lambda asked: said([int(asked.query["p"])] if int(asked.query["p"]) < 3 else []))
    assert call("/d", paginate={"by": "page", "parameter": "p", "start": 0})["body"] == [0, 1, 2]


def test_a_cursor_of_a_post_goes_into_the_body(call, web):
    web.on("/", lambda asked: said({"rows": [json.loads(asked.body)], "next": None if b"next" in asked.body else "N"}))
    paging = {"by": "cursor", "items": "rows", "next": "next", "parameter": "next"}
    result = call(method="POST", json={"q": 1}, idempotent=True, paginate=paging)
    assert result["body"] == [{"q": 1}, {"q": 1, "next": "N"}]


def test_a_listing_ends_at_its_bound_and_says_that_there_is_more(call, web):
    web.on("/", lambda asked: said([asked.query["p"]]))
    result = call(paginate={"by": "page", "parameter": "p", "max_pages": 2})
    assert (result["body"], result["pages"], result["more"]) == (["1", "2"], 2, True)


@pytest.mark.parametrize(
    ("next_url", "problem"),
    [("/", "that was read already"), ("http://localhost:1/", "on another host"), (7, "that is no URL")],
)
def test_a_listing_does_not_go_in_circles_or_elsewhere(call, web, next_url, problem):
    web.on("/", said({"rows": [], "next": next_url}))
    assert problem in refused(call, paginate={"by": "next_url", "items": "rows", "next": "next"}).message


def test_a_page_without_a_list_and_a_broken_path_are_told(call, web):
    web.on("/", said({"rows": {"a": 1}}))
    assert "has no list at 'rows'" in refused(call, paginate={"by": "link", "items": "rows"}).message
    assert "is no JMESPath" in refused(call, paginate={"by": "link", "items": "]["}).message


def test_credentials_stay_behind_when_a_redirect_leads_to_another_host(call, web):
    with WebServer(host="localhost") as other:
        other.on("/", said({"here": True}))
        web.on("/", redirect(f"{other.base}/", 307))
        headers = {"X-Custom": SECRET, "Cookie": "a=b", "Accept-Language": "de"}
        result = call(hosts=[other.allowed], headers=headers, auth={"type": "bearer", "token": SECRET})
        (asked,) = other.requests
    assert result["body"] == {"here": True}
    assert web.requests[0].headers["authorization"] == f"Bearer {SECRET}"
    assert SECRET not in str(asked)
    assert "cookie" not in asked.headers
    assert asked.headers["accept-language"] == "de"


def test_credentials_go_along_within_the_host(call, web):
    web.on("/old", redirect("/new"))
    web.on("/new", said({}))
    call("/old", auth={"type": "bearer", "token": SECRET})
    assert web.requests[1].headers["authorization"] == f"Bearer {SECRET}"


@pytest.mark.parametrize(("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
def test_a_redirect_keeps_or_drops_the_body_by_its_status(call, web, status, method):
    web.on("/old", redirect("/new", status))
    web.on("/new", said({}))
    call("/old", method="POST", json={"a": 1})
    assert (web.requests[1].method, web.requests[1].body) == (method, b'{"a": 1}' if method == "POST" else b"")


def test_a_redirect_to_a_closed_address_is_refused(call, web):
    web.on("/", redirect("http://169.254.169.254/latest/"))
    assert "is a cloud's metadata service" in refused(call).message


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"url": "http://10.0.0.1/"}, "is private"),
        (
            {"url": "http://example.com/", "auth": {"type": "bearer", "token": "some-token"}},
            "credentials in clear text",
        ),
        ({"url": "http://example.com/", "headers": {"Authorization": "x"}}, "credentials in clear text"),
        (
            {
                "auth": {
                    "type": "oauth2",
                    "token_url": "http://example.com/token",
                    "client_id": "me",
                    "client_secret": "a-client-secret",
                }
            },
            "credentials in clear text",
        ),
        ({"headers": {"Host": "x"}}, "is set by the connection"),
        ({"headers": {"X": "a\nb"}}, "cannot be sent in a header"),
        ({"headers": {"a": "1", "A": "2"}}, "given twice"),
        (
            {"headers": {"Authorization": "x"}, "auth": {"type": "bearer", "token": "some-token"}},
            "that headers gives too",
        ),
        ({"auth": {"type": "basic", "username": "a:b", "password": "some-password"}}, "a user name with a colon"),
    ],
)
def test_what_may_not_be_sent_is_not(call, web, config, problem):
    url = config.pop("url", f"{web.base}/")
    assert problem in refused(call, url, **config).message
    assert web.requests == []


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"json": {}, "form": {}, "method": "POST"}, "one of json, form and body"),
        ({"json": {}}, "a GET has no body"),
        ({"auth": {"type": "oauth2", "client_id": "a"}}, "oauth2 needs token_url, client_secret"),
        ({"paginate": {"by": "cursor"}}, "paging by cursor needs next, parameter"),
        ({"paginate": {"by": "link"}, "response": "text"}, "paginate reads JSON"),
        ({"paginate": {"by": "link"}, "method": "POST"}, "a POST that is idempotent"),
        ({"expect_status": [20]}, "is no status"),
    ],
)
def test_a_config_that_does_not_fit_together_is_refused(call, web, config, problem):
    with pytest.raises(ValidationError, match=problem):
        call(**config)
    assert web.requests == []


def test_time_and_size_are_bounded(call, web):
    web.on("/", Answer(body=b"x" * 100, drip=0.05))
    assert "no whole answer within 0.3 s" in refused(call, timeout_seconds=0.3).message
    web.on("/", said("x" * 100))
    assert "larger than 50 bytes" in refused(call, max_bytes=50).message
    web.on("/", page("<h1>x", status=502))
    assert refused(call).message.endswith("answered 502")


def test_rules_are_asked_again_where_a_redirect_or_a_token_leads(call, web, tmp_path, monkeypatch):
    rules = tmp_path / "rules.yaml"
    rules.write_text(f"deny: ['api_call({web.base}/private)', 'api_call({web.base}/token)']\n", encoding="utf-8")
    monkeypatch.setenv("PIPELINE_POLICY_FILE", str(rules))
    settings.load.cache_clear()
    web.on("/", redirect("/private"))
    web.on("/private", page("kept apart"))
    web.on("/token", Answer(200, b'{"access_token": "t"}'))
    auth = {"type": "oauth2", "token_url": f"{web.base}/token", "client_id": "a", "client_secret": "b"}
    assert isinstance(refused(call, response="text"), PermissionDenied)
    assert isinstance(refused(call, "/open", auth=auth, response="text"), PermissionDenied)
    assert [request.path for request in web.requests] == ["/"]
