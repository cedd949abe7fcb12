"""Proves which URLs are refused, whatever they are spelled like, and what the canonical form of the others is."""

import ipaddress
import re
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_project.errors import InvalidInput, NotConfigured, PermissionDenied
from pipeline_project.security.urls import UrlPolicy, check, normalized_host, refusal

POLICY = UrlPolicy()
OPENED = "If it is meant to be reached, add {} to PIPELINE_ALLOWED_HOSTS."

# each leads to an internal address, or to where readers of URLs disagree
ESCAPES = """
http://127.0.0.1/
http://127.0.0.1:80/
http://127.1/
http://127.0.1/
http://2130706433/
http://0x7f000001/
http://0x7f.0.0.1/
http://0x7f.1/
http://0177.0.0.1/
http://017700000001/
http://00000177.0.0.1/
http://127.0.0.1./
http://127.000.000.001/
http://127.0.0.0x1/
http://0/
http://0.0.0.0/
http://0x0/
http://00.0.0.0/
http://1/
http://127.0.0.256/
http://127.0.0.1.1/
http://1.2.3/
http://256.256.256.256/
http://4294967296/
http://\uff11\uff12\uff17.\uff10.\uff10.\uff11/
http://①②⑦.⓪.⓪.①/
http://127。0。0。1/
http://127\uff0e0\uff0e0\uff0e1/
http://127｡0｡0｡1/
http://%31%32%37.0.0.1/
http://127.0.0%2e1/
http://localhost/
http://LOCALHOST/
http://localhost./
http://ⓛocalhost/
http://app.localhost/
http://localhost.localdomain/
http://ip6-localhost/
http://[::1]/
http://[0:0:0:0:0:0:0:1]/
http://[::]/
http://[::127.0.0.1]/
http://[::ffff:127.0.0.1]/
http://[::ffff:7f00:1]/
http://[::ffff:0:127.0.0.1]/
http://[0000:0000:0000:0000:0000:ffff:7f00:0001]/
http://[::ffff:10.0.0.1]/
http://[::ffff:169.254.169.254]/
http://[64:ff9b::7f00:1]/
http://[64:ff9b::10.0.0.1]/
http://[64:ff9b::a9fe:a9fe]/
http://[64:ff9b:1::7f00:1]/
http://[64:ff9b:1::8.8.8.8]/
http://[2002:7f00:1::]/
http://[2002:a00:1::1]/
http://[2002:c0a8:101::]/
http://[2002:a9fe:a9fe::]/
http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/
http://[2001:0:7f00:1::]/
http://[2a00:1450::5efe:10.0.0.1]/
http://[2a00:1450::200:5efe:127.0.0.1]/
http://[fe80::1]/
http://[fe80::1%25eth0]/
http://[fe80::1%eth0]/
http://[2606:4700::1111%25lo]/
http://[fc00::1]/
http://[fd00:ec2::254]/
http://[fec0::1]/
http://[ff02::1]/
http://[100::1]/
http://[2001:db8::1]/
http://[3fff::1]/
http://[2001:2::1]/
http://[5f00::1]/
http://[4000::1]/
http://[::1/
http://::1/
http://10.0.0.1/
http://10.255.255.255/
http://100.64.0.1/
http://100.100.100.200/
http://169.254.169.254/latest/meta-data/
http://169.254.1.1/
http://2852039166/
http://0xa9fea9fe/
http://0251.0376.0251.0376/
http://172.16.0.1/
http://172.31.255.255/
http://192.0.0.1/
http://192.0.0.192/
http://192.0.2.1/
http://192.88.99.1/
http://192.168.0.1/
http://198.18.0.1/
http://198.51.100.1/
http://203.0.113.1/
http://224.0.0.1/
http://239.255.255.250/
http://240.0.0.1/
http://255.255.255.255/
http://168.63.129.16/
http://metadata/
http://metadata.google.internal/computeMetadata/v1/
http://METADATA.GOOGLE.INTERNAL./
http://instance-data/
ftp://example.com/
file:///etc/passwd
gopher://example.com/
data:text/html,x
javascript:alert(1)
dict://127.0.0.1:11211/
unix:/var/run/docker.sock
//example.com/
example.com
http:/example.com/
http:example.com
http://
http:///etc
https://user@example.com/
https://user:password@example.com/
https://example.com@127.0.0.1/
https://:@example.com/
http://example.com:22/
http://example.com:8080/
http://example.com:0/
http://example.com:65536/
http://example.com:080443/
http://example.com:\uff18\uff10/
http://example.com:-1/
http://example.com:80:80/
http://a\\@127.0.0.1/
http://example.com\\.evil.test/
http://127.0.0.1\\@example.com/
http://exa mple.com/
http://example.com/a b
http://example..com/
http://.example.com/
http://-example.com/
http://example-.com/
http://exam*ple.com/
http://example.com,evil.test/
http://xn--/
http://[v1.x]/
""".strip().splitlines()

CONTROLS = ["http://example.com/\n", "http://exam\tple.com/", "http://example.com/\r\nx", "http://example.com/\x00",
            "http://exa\u00admple.com\u2028/", "\u00a0http://example.com/", "http://example.com/\x7f"]  # fmt: skip


@pytest.mark.parametrize("url", ESCAPES + CONTROLS)
def test_what_leads_inside_or_is_read_in_two_ways_is_refused(url):
    with pytest.raises((InvalidInput, PermissionDenied)):
        check(url, POLICY)


def test_the_corpus_is_as_large_as_it_should_be():
    assert len(set(ESCAPES)) >= 120


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://example.com", "https://example.com/"),
        ("  https://Example.COM./a?b=c#d  ", "https://example.com/a?b=c"),
        ("http://example.com:80/", "http://example.com/"),
        ("http://example.com:443/", "http://example.com:443/"),
        ("https://münchen.de/ä?q=ü", "https://xn--mnchen-3ya.de/%C3%A4?q=%C3%BC"),
        ("https://ⓔxample.com/", "https://example.com/"),
        ("http://example.com/a/..?b", "http://example.com/?b"),
        ("https://g\u043e\u043egle.com/", "https://xn--ggle-55da.com/"),
        ("https://xn--mnchen-3ya.de/", "https://xn--mnchen-3ya.de/"),
        ("http://1.1.1.1/", "http://1.1.1.1/"),
        ("http://[2606:4700:4700:0::1111]/", "http://[2606:4700:4700::1111]/"),
        ("http://[64:ff9b::8.8.8.8]/", "http://[64:ff9b::808:808]/"),
        ("http://[::ffff:8.8.8.8]/", "http://8.8.8.8/"),
        ("http://[2002:808:808::1]/", "http://[2002:808:808::1]/"),
        ("https://a_b.example.com/", "https://a_b.example.com/"),
        ("https://example.com/a/../b%2e%2e/?x=%00", "https://example.com/b%2e%2e/?x=%00"),
        ("HTTPS://example.com/@user", "https://example.com/@user"),
        ("https://intranet/", "https://intranet/"),
        ("https://metadata.example.com/", "https://metadata.example.com/"),
    ],
)
def test_a_public_url_has_one_canonical_form(url, canonical):
    assert check(url, POLICY).url == canonical
    assert check(canonical, POLICY).url == canonical


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1/", f"127.0.0.1: is loopback. {OPENED.format('127.0.0.1')}"),
        (
            "http://2130706433/",
            "2130706433: is a misleading spelling of an address. Write 127.0.0.1, if that is meant.",
        ),
        ("http://[::1]/", f"[::1]: is loopback. {OPENED.format('[::1]')}"),
        (
            "http://build:8080/",
            f"build: has port 8080 closed, only 80 and 443 are open. {OPENED.format('build:8080')}",
        ),
        ("ftp://x/", "ftp://x/: the scheme 'ftp' is refused. Use http:// or https://."),
    ],
)
def test_a_refusal_names_the_host_and_the_remedy(url, said):
    with pytest.raises((InvalidInput, PermissionDenied)) as caught:
        check(url, POLICY)
    assert str(caught.value) == said


def test_a_refusal_hides_the_credentials_it_refuses():
    with pytest.raises(InvalidInput) as caught:
        check("https://ada:hunter2secret@example.com/", POLICY)
    assert "hunter2secret" not in str(caught.value)


def test_the_allow_list_opens_a_host_by_the_name_in_the_url_alone():
    policy = POLICY.allowing(["intranet.example", "build:8080", "[::1]:9000", "10.0.0.7"])
    assert check("http://intranet.example/", policy).opened
    assert check("http://INTRANET.example./", policy).opened
    assert check("http://build:8080/", policy).opened
    assert check("http://[::1]:9000/", policy).opened
    assert check("http://10.0.0.7/", policy).opened
    assert not check("http://build/", policy).opened
    for url in ("http://build:9000/", "http://intranet.example:8080/", "http://[::1]/", "http://10.0.0.8/"):
        with pytest.raises(PermissionDenied):
            check(url, policy)
    assert not check("http://a.intranet.example/", policy).opened


def test_further_ports_are_open_to_every_public_host():
    policy = UrlPolicy(allowed_ports=frozenset({80, 443, 8443}))
    assert check("https://example.com:8443/", policy).port == 8443
    with pytest.raises(PermissionDenied, match=r"only 80, 443 and 8443|only 80 and 443 and 8443"):
        check("https://example.com:8444/", policy)


@pytest.mark.parametrize("entry", ["", "a b", "http://x/", "x:0", "x:99999", "x:y", "*.example.com", "0x7f.1", "[::1"])
def test_an_entry_of_the_allow_list_that_is_no_host_names_its_variable(entry):
    with pytest.raises(NotConfigured, match="PIPELINE_ALLOWED_HOSTS"):
        UrlPolicy.from_settings(SimpleNamespace(allowed_hosts=(entry,)))  # pyright: ignore[reportArgumentType]


def test_the_policy_of_the_settings_opens_their_hosts():
    settings = SimpleNamespace(allowed_hosts=("build:8080",))
    assert UrlPolicy.from_settings(settings).opens("build", 8080)  # pyright: ignore[reportArgumentType]


@given(st.integers(0, 2**32 - 1).map(ipaddress.IPv4Address))
def test_every_address_that_python_calls_private_is_refused_in_every_wrapping(address):
    inside = int(address)
    wrapped = [
        ipaddress.IPv6Address((0xFFFF << 32) + inside),
        ipaddress.IPv6Address((0x64FF9B << 96) + inside),
        ipaddress.IPv6Address((0x2002 << 112) + (inside << 80)),
        ipaddress.IPv6Address((0x2A001450 << 96) + (0x5EFE << 32) + inside),
    ]
    if not address.is_global or address.is_multicast:
        assert refusal(address) is not None
        assert all(refusal(each) is not None for each in wrapped)
    elif refusal(address) is None:
        assert all(refusal(each) is None for each in wrapped)


@given(st.integers(0, 2**128 - 1).map(ipaddress.IPv6Address))
def test_every_ipv6_address_that_python_does_not_call_global_is_refused(address):
    if not address.is_global and address.ipv4_mapped is None:
        assert refusal(address) is not None


@given(st.integers(0, 2**32 - 1))
def test_no_number_is_taken_for_a_name(number):
    dotted = str(ipaddress.IPv4Address(number))
    parts = dotted.split(".")
    octal = ".".join(f"0{int(part):o}" for part in parts)
    for spelling in (str(number), hex(number), octal, ".".join(map(hex, map(int, parts)))):
        if spelling == dotted:
            assert normalized_host(spelling) == dotted
        else:
            with pytest.raises(InvalidInput, match=re.escape(dotted)):
                normalized_host(spelling)


@given(st.text(max_size=40))
def test_any_text_is_a_canonical_url_or_a_clear_refusal(text):
    for url in (text, f"http://{text}/", f"http://example.com/{text}"):
        said = ""
        try:
            checked = check(url, POLICY)
        except (InvalidInput, PermissionDenied) as error:
            said = str(error)
        else:
            assert check(checked.url, POLICY) == checked
        assert "\n" not in said
