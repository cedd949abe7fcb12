"""Proves that a connection goes to a checked address of the name or nowhere, and that answers keep to their caps."""

import asyncio
import gzip
import socket
import zlib

import httpcore
import httpx
import pytest

from pipeline_project.errors import InvalidInput, PermissionDenied, ServiceError, ServiceUnavailable
from pipeline_project.integrations.http import exchange
from pipeline_project.integrations.http.exchange import within
from pipeline_project.security.tls import client_context
from pipeline_project.security.urls import UrlPolicy, addresses_of, check, open_client
from pipeline_project_tests.servers.smtp import Certificate
from pipeline_project_tests.servers.web import Answer, WebServer, page

PUBLIC = "93.184.216.34"


class Names:
    """A resolver that gives its answers one after the other, the last one for ever."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    async def __call__(self, host, port):
        self.asked.append((host, port))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Detour(httpcore.AsyncNetworkBackend):
    """Opens every connection to the stand-in, and notes the address it was asked for."""

    def __init__(self, port, refuse=()):
        self.port, self.refuse, self.connected = port, refuse, []

    async def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):  # noqa: ASYNC109 - httpcore's interface
        self.connected.append((host, port))
        if host in self.refuse:
            raise httpcore.ConnectError("refused")
        return await httpcore.AnyIOBackend().connect_tcp("127.0.0.1", self.port, timeout)


@pytest.fixture
def web():
    with WebServer() as server:
        server.on("/", page("<p>hello"))
        yield server


def ask(url, policy, *, backend=None, **kwargs):
    async def run():
        async with within(policy, place="test"), open_client(policy, tls=client_context(), backend=backend) as client:
            return await exchange(client, "GET", check(url, policy), policy=policy, **kwargs)

    return asyncio.run(run())


def allowing(web, **values):
    return UrlPolicy(**values).allowing([web.allowed])


def test_a_loopback_server_answers_when_its_name_is_allowed(web):
    assert ask(f"{web.base}/", allowing(web)).content == b"<p>hello"
    with pytest.raises(PermissionDenied, match="is loopback"):
        ask(f"{web.base}/", UrlPolicy(allowed_ports=frozenset({web.port})))


def test_a_public_name_is_connected_to_by_the_address_that_was_checked_and_keeps_its_name(web):
    names, detour = Names([PUBLIC], ["127.0.0.1"]), Detour(web.port)
    assert ask("http://rebind.test/", UrlPolicy(resolver=names), backend=detour).status == 200
    assert names.asked == [("rebind.test", 80)], "the name is resolved once, so a second answer cannot matter"
    assert detour.connected == [(PUBLIC, 80)]
    assert web.requests[0].headers["host"] == "rebind.test"


def test_a_name_that_moves_inside_between_two_connections_is_refused_the_second_time(web):
    web.on("/", Answer(body=b"x", headers={"connection": "close"}))
    names, detour = Names([PUBLIC], ["10.0.0.1"]), Detour(web.port)
    policy = UrlPolicy(resolver=names)

    async def run():
        async with open_client(policy, tls=client_context(), backend=detour) as client:
            url = check("http://rebind.test/", policy)
            assert (await exchange(client, "GET", url, policy=policy)).status == 200
            with pytest.raises(PermissionDenied, match=r"rebind\.test: it leads to 10\.0\.0\.1, which is private"):
                await exchange(client, "GET", url, policy=policy)

    asyncio.run(run())
    assert detour.connected == [(PUBLIC, 80)]


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        [PUBLIC, "127.0.0.1"],
        [PUBLIC, "::1"],
        ["::ffff:10.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["169.254.169.254"],
        ["0.0.0.0"],
        ["fe80::1%eth0"],
    ],
)
def test_one_internal_address_among_a_name_s_refuses_it_before_anything_is_opened(web, addresses):
    detour = Detour(web.port)
    with pytest.raises(PermissionDenied, match="PIPELINE_ALLOWED_HOSTS"):
        ask("http://mixed.test/", UrlPolicy(resolver=Names(addresses)), backend=detour)
    assert detour.connected == []
    assert web.requests == []


def test_an_allowed_name_may_lead_inside_but_not_to_a_cloud_s_credentials(web):
    policy = UrlPolicy(resolver=Names(["10.1.2.3"])).allowing(["app.test"])
    assert ask("http://app.test/", policy, backend=Detour(web.port)).status == 200
    for address in ("169.254.169.254", "::ffff:169.254.169.254", "0.0.0.0", "224.0.0.1"):
        closed = UrlPolicy(resolver=Names([address])).allowing(["app.test"])
        with pytest.raises(PermissionDenied, match="it leads to"):
            ask("http://app.test/", closed, backend=Detour(web.port))


def test_the_next_address_is_tried_when_one_does_not_answer(web):
    detour = Detour(web.port, refuse=[PUBLIC])
    policy = UrlPolicy(resolver=Names([PUBLIC, "1.1.1.1"]))
    assert ask("http://two.test/", policy, backend=detour).status == 200
    assert detour.connected == [(PUBLIC, 80), ("1.1.1.1", 80)]
    with pytest.raises(ServiceUnavailable, match="cannot be reached"):
        ask("http://two.test/", policy, backend=Detour(web.port, refuse=[PUBLIC, "1.1.1.1"]))


@pytest.mark.parametrize("answer", [socket.gaierror(-2, "Name or service not known"), [], ["nonsense"]])
def test_a_name_without_an_address_says_so(answer):
    with pytest.raises(ServiceUnavailable, match=r"gone\.test: the name"):
        asyncio.run(addresses_of("gone.test", 80, UrlPolicy(resolver=Names(answer))))


def test_the_client_checks_urls_that_nobody_checked_before():
    async def run(url):
        policy = UrlPolicy(resolver=Names([PUBLIC]))
        async with open_client(policy, tls=client_context(), backend=Detour(1)) as client:
            await client.get(url)

    for url in ("http://127.0.0.1/", "http://x.test:22/", "http://localhost/", "https://u:p@x.test/"):
        with pytest.raises((PermissionDenied, InvalidInput, httpx.ConnectError)) as caught:
            asyncio.run(run(url))
        assert not isinstance(caught.value, httpx.ConnectError) or "u:p" in url


def test_a_redirect_is_the_caller_s_to_follow(web):
    web.on("/", Answer(302, headers={"location": "http://127.0.0.1:1/"}))
    assert ask(f"{web.base}/", allowing(web)).status == 302


def test_proxies_of_the_environment_are_ignored(web, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask(f"{web.base}/", allowing(web)).status == 200


def test_a_certificate_is_verified_for_the_name_and_not_for_the_address(tmp_path, monkeypatch):
    certificate = Certificate.create(tmp_path)  # for localhost
    with WebServer(certificate=certificate, host="localhost") as web:
        web.on("/", page("<p>safe"))
        policy = UrlPolicy(resolver=Names(["127.0.0.1"])).allowing([web.allowed, f"other.test:{web.port}"])
        with pytest.raises(ServiceError, match=r"certificate is not trusted.*SSL_CERT_FILE") as caught:
            ask(f"{web.base}/", policy)
        assert not caught.value.transient
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
        assert ask(f"{web.base}/", policy).content == b"<p>safe"
        with pytest.raises(ServiceError, match="certificate is not trusted"):
            ask(f"https://other.test:{web.port}/", policy)


def test_an_answer_larger_than_the_cap_is_refused_announced_or_not(web):
    policy = allowing(web, max_bytes=1000)
    web.on("/", Answer(body=b"x" * 1000))
    assert len(ask(f"{web.base}/", policy).content) == 1000
    for answer in (
        Answer(body=b"x" * 1001),
        Answer(body=b"x" * 1001, announced=False),
        Answer(body=b"x", endless=True),
    ):
        web.on("/", answer)
        with pytest.raises(ServiceError, match="larger than 1000 bytes"):
            ask(f"{web.base}/", policy)


def bomb(coding):
    data = bytes(64 << 20)
    if coding == "raw":
        packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        return packer.compress(data) + packer.flush()
    return gzip.compress(data, mtime=0) if coding == "gzip" else zlib.compress(data)


@pytest.mark.parametrize(
    ("coding", "header"), [("gzip", "gzip"), ("gzip", "X-GZIP"), ("zlib", "deflate"), ("raw", "deflate")]
)
def test_a_decompression_bomb_stops_at_the_ratio_or_at_the_cap(web, coding, header):
    web.on("/", Answer(body=bomb(coding), headers={"content-encoding": header}))
    with pytest.raises(ServiceError, match="decompression bomb"):
        ask(f"{web.base}/", allowing(web, max_bytes=1 << 30))
    with pytest.raises(ServiceError, match="larger than 100000 bytes"):
        ask(f"{web.base}/", allowing(web, max_bytes=100_000))


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "deflate, gzip", "compress", "aes128gcm"])
def test_a_coding_nobody_asked_for_is_refused(web, coding):
    web.on("/", Answer(body=gzip.compress(b"x"), headers={"content-encoding": coding}))
    with pytest.raises(ServiceError, match="which was not asked for"):
        ask(f"{web.base}/", allowing(web))
    assert web.requests[0].headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize(
    ("body", "header"),
    [
        (gzip.compress(b"hello"), "gzip"),
        (gzip.compress(b"hel") + gzip.compress(b"lo"), "gzip"),
        (gzip.compress(b"hello") + bytes(8), "gzip"),
        (zlib.compress(b"hello"), "deflate"),
        (zlib.compress(b"hello")[2:-4], "deflate"),
        (b"hello", "identity"),
    ],
    ids=["gzip", "two-members", "padded", "zlib", "raw-deflate", "identity"],
)
def test_what_is_packed_honestly_is_unpacked(web, body, header):
    web.on("/", Answer(body=body, headers={"content-encoding": header}))
    assert ask(f"{web.base}/", allowing(web)).content == b"hello"


@pytest.mark.parametrize("body", [b"no gzip at all", gzip.compress(b"hello" * 99)[:-9]], ids=["plain", "cut"])
def test_what_cannot_be_unpacked_is_no_answer(web, body):
    web.on("/", Answer(body=body, headers={"content-encoding": "gzip"}))
    with pytest.raises(ServiceError, match="cannot be unpacked"):
        ask(f"{web.base}/", allowing(web))


def test_a_server_that_drips_ends_at_the_total_time(web):
    web.on("/", Answer(body=b"x" * 10_000, drip=0.05))
    with pytest.raises(ServiceUnavailable, match=r"no whole answer within 0\.4 s"):
        ask(f"{web.base}/", allowing(web, max_seconds=0.4))


def test_a_resolver_that_hangs_ends_at_the_total_time():
    async def silence(host, port):
        await asyncio.Event().wait()

    with pytest.raises(ServiceUnavailable, match=r"within 0\.2 s"):
        ask("http://slow.test/", UrlPolicy(resolver=silence, max_seconds=0.2))


def test_a_lost_answer_leaves_the_outcome_unknown_unless_asking_again_is_harmless(web):
    for answer in (Answer(reset=True), Answer(body=b"x", cut=True), Answer(body=b"x" * 2000)):
        web.on("/", answer)
        for repeatable in (True, False):
            with pytest.raises(ServiceError) as caught:
                ask(f"{web.base}/", allowing(web, max_bytes=1000), repeatable=repeatable)
            assert caught.value.outcome_unknown is not repeatable


def test_nothing_is_unknown_when_nothing_was_sent():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with pytest.raises(ServiceUnavailable, match="cannot be reached") as caught:
            ask(f"http://127.0.0.1:{port}/", UrlPolicy().allowing([f"127.0.0.1:{port}"]), repeatable=False)
    assert not caught.value.outcome_unknown
