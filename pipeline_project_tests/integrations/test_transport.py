import asyncio
import gzip
import json
import socket
from datetime import timedelta
from email.utils import format_datetime

import pytest

from pipeline_project import clock
from pipeline_project.clock import retry_after
from pipeline_project.errors import (
    AuthenticationFailed,
    InvalidInput,
    NotConfigured,
    RateLimited,
    RequestRejected,
    ServiceError,
    ServiceUnavailable,
)
from pipeline_project.integrations.transport import Answer, Transport
from pipeline_project.security import redaction
from pipeline_project_tests.servers.slack import TOKEN, Fault, SlackServer
from pipeline_project_tests.servers.smtp import Certificate, MailServer


@pytest.fixture
def server():
    with SlackServer() as server:
        yield server


def ask(
    base_url, method="POST", path="auth.test", *, headers=None, requests=1, timeout=5, max_bytes=1 << 20, **kwargs
) -> Answer:
    async def run():
        async with Transport(
            "vendor",
            base_url,
            headers={"authorization": f"Bearer {TOKEN}"} if headers is None else headers,
            address="VENDOR_URL",
            credential="VENDOR_TOKEN",
            timeout_seconds=timeout,
            max_bytes=max_bytes,
        ) as transport:
            for _ in range(requests - 1):
                await transport.request(method, path, **kwargs)
            return await transport.request(method, path, **kwargs)

    return asyncio.run(run())


def refusal(server, fault, method="POST", **kwargs) -> ServiceError:
    server.faults.append(fault)
    with pytest.raises(ServiceError) as caught:
        ask(server.base_url, method, **kwargs)
    return caught.value


def test_a_request_carries_credentials_body_and_query_below_the_base_path(server):
    answer = ask(server.base_url, path="auth.test", body={"amount": 1, "text": "ü"}, params={"a": "b c"})
    assert answer.status == 200
    assert answer.json()["team"] == "Acme"
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/api/auth.test?a=b+c")
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert json.loads(request.body) == {"amount": 1, "text": "ü"}


def test_a_base_url_may_lack_its_last_slash(server):
    ask(server.base_url.rstrip("/"))
    assert server.requests[0].path == "/api/auth.test"


def test_one_connection_serves_many_requests(server):
    ask(server.base_url, requests=5)
    assert len(server.requests) == 5
    assert server.connections == 1


@pytest.mark.parametrize(
    ("status", "kind", "transient"),
    [
        (301, RequestRejected, False),
        (304, RequestRejected, False),
        (400, RequestRejected, False),
        (401, AuthenticationFailed, False),
        (403, RequestRejected, False),
        (404, RequestRejected, False),
        (408, ServiceUnavailable, True),
        (422, RequestRejected, False),
        (429, RateLimited, True),
        (500, ServiceUnavailable, True),
        (503, ServiceUnavailable, True),
        (529, ServiceUnavailable, True),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_status_becomes_one_error(server, status, kind, transient, method):
    fault = Fault(status, b'{"why": "because"}', {"content-type": "application/json", "retry-after": "7"})
    error = refusal(server, fault, method)
    assert type(error) is kind
    assert error.transient is transient
    assert str(status) in str(error)
    assert error.retry_after == (7.0 if transient else None)
    assert error.outcome_unknown is (kind is ServiceUnavailable and method == "POST")
    assert len(server.requests) == 1, "nothing is repeated here"


def test_the_reason_a_service_gives_is_shown_without_secrets_and_without_pages_of_html(server):
    redaction.register("marked-secret-value")
    plain = {"content-type": "text/plain"}
    error = refusal(server, Fault(400, b"bad\n  thing marked-secret-value password=x " + b"y" * 900, plain))
    assert "answered 400: bad thing *** password=*** yyy" in str(error)
    assert len(str(error)) < 300
    assert (
        str(refusal(server, Fault(502, b"<html>", {"content-type": "text/html"}))) == "vendor auth.test: answered 502"
    )


def test_refused_credentials_name_the_variable_to_replace(server):
    assert str(refusal(server, Fault(401))) == "vendor auth.test: answered 401. Replace VENDOR_TOKEN."


def test_a_redirect_is_not_followed_and_says_where_it_led(server):
    error = refusal(server, Fault(302, headers={"location": "https://elsewhere.test/?token=abc"}))
    assert "https://elsewhere.test/?token=***" in str(error)
    assert "VENDOR_URL" in str(error)
    assert len(server.requests) == 1


def test_nothing_is_unknown_when_no_byte_was_sent():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(ServiceUnavailable, match=r"cannot be reached.*VENDOR_URL") as caught:
            ask(f"http://127.0.0.1:{closed.getsockname()[1]}/")
    assert not caught.value.outcome_unknown


@pytest.mark.parametrize(
    "fault",
    [Fault(body=b'{"ok": tr', cut=True), Fault(reset=True), Fault(silent=True)],
    ids=["cut in the middle", "reset before the answer", "no answer in time"],
)
@pytest.mark.parametrize(
    ("method", "idempotent", "unknown"), [("POST", None, True), ("POST", True, False), ("GET", None, False)]
)
def test_a_lost_answer_leaves_the_outcome_unknown_unless_asking_again_is_harmless(
    server, fault, method, idempotent, unknown
):
    error = refusal(server, fault, method, idempotent=idempotent, timeout=0.5)
    assert type(error) is ServiceUnavailable
    assert error.outcome_unknown is unknown
    assert len(server.requests) == 1


def test_an_answer_that_is_not_json_is_an_outage_with_unknown_outcome(server):
    for body in (b"", b"<html>", b'{"a": NaN}', b"\xff\xfe", b"[" * 100_000):
        server.faults.append(Fault(body=body, headers={"content-type": "text/html"}))
        with pytest.raises(ServiceUnavailable, match="not JSON") as caught:
            ask(server.base_url).json()
        assert caught.value.outcome_unknown


def test_an_answer_without_end_is_refused_also_when_it_is_packed(server):
    packed = gzip.compress(bytes(4 << 20))
    error = refusal(server, Fault(body=packed, headers={"content-encoding": "gzip"}))
    assert type(error) is ServiceError
    assert "larger than 1048576 bytes" in str(error)
    assert error.outcome_unknown
    assert refusal(server, Fault(body=b"not gzip", headers={"content-encoding": "gzip"})).outcome_unknown


def test_a_certificate_nobody_vouches_for_is_permanent_and_names_the_remedy(tmp_path, monkeypatch):
    certificate = Certificate.create(tmp_path)
    with MailServer(certificate=certificate, tls=True) as server:
        url = f"https://localhost:{server.port}/"
        with pytest.raises(ServiceError, match=r"certificate is not trusted.*SSL_CERT_FILE") as caught:
            ask(url)
        assert not caught.value.transient
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
        # trusted now: what fails is that it speaks SMTP
        with pytest.raises(ServiceUnavailable, match="no whole answer"):
            ask(url)


def test_proxies_of_the_environment_are_ignored(server, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask(server.base_url).status == 200


@pytest.mark.parametrize("url", ["https://elsewhere.test/x", "http://127.0.0.1:1/"])
def test_credentials_never_go_to_another_address(server, url):
    with pytest.raises(InvalidInput, match="absolute URL"):
        ask(server.base_url, path=url)
    assert ask(server.base_url, path="//elsewhere.test/auth.test").status == 200
    assert server.requests[0].headers["host"].startswith("127.0.0.1")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "slack.com/api",
        "ftp://x.test/",
        "https://",
        "https://user:pw@x.test/",
        "http://x.test/",
        "http://[::1",
        "http://10.0.0.1/",
    ],
)
def test_a_base_url_that_cannot_be_used_names_its_variable(url):
    with pytest.raises(NotConfigured, match=r"^VENDOR_URL: "):
        ask(url)


@pytest.mark.parametrize("value", ["Bearer a\r\nX: y", "Bearer ü", "Bearer a\n", "Bearer \x7f"])
def test_a_credential_that_fits_no_header_is_named_and_not_shown(server, value):
    with pytest.raises(NotConfigured, match=r"^VENDOR_TOKEN: ") as caught:
        ask(server.base_url, headers={"authorization": value})
    assert value not in str(caught.value)


def test_retry_after_is_read_as_seconds_and_as_a_date():
    assert retry_after("30") == 30
    assert retry_after(" 1.5 ") == 1.5
    assert retry_after("0") == 0
    in_a_minute = clock.now() + timedelta(seconds=60)
    assert 58 < (retry_after(format_datetime(in_a_minute, usegmt=True)) or 0) <= 60
    assert retry_after(format_datetime(clock.now() - timedelta(days=1))) == 0
    assert 58 < (retry_after(in_a_minute.strftime("%a, %d %b %Y %H:%M:%S -0000")) or 0) <= 60
    for nonsense in (None, "", "soon", "-1", "nan", "inf", "9" * 400, "Wed, 99 Foo 2020 00:00:00 GMT", "1e3"):
        assert retry_after(nonsense) is None
