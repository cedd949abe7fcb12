"""Rules: patterns fit what gitignore, hosts and names would, and what would quietly fit nothing is refused."""

from pathlib import Path

import pytest

from pipeline_project.errors import InvalidInput
from pipeline_project.governance.actions import Action, Complexity
from pipeline_project.governance.rules import address, parse_rule

ROOT = Path("/work space/ws")


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.env", "prod.env"), ("*.env", "a/b/.env"), (".env", "deep/er/.env"), ("src/**", "src/a"),
        ("src/**", "src/a/b.c"),
        ("src/**", "src"), ("src", "src/a/b"), ("src/", "src/a"), ("/src/*.py", "src/a.py"), ("src/*.py", "src/a.py"),
        ("**/secrets/**", "a/secrets/b"), ("**/secrets/**", "secrets"), ("a/**/b", "a/b"), ("a/**/b", "a/x/y/b"),
        ("**", "x/y"),
        ("*", "x/y"), ("?.py", "sub/a.py"), ("[ab].py", "b.py"), ("[!ab].py", "c.py"), ("./src/a", "src/a"),
        (r"a\*b", "a*b"),
        ("**/*.key", "x.key"), ("build", "x/build/y"), ("a b/c", "a b/c"), ("café/*", "café/x"), ("*.pem", "x\ny.pem"),
    ],
)  # fmt: skip
def test_path_patterns_fit(pattern, path):
    assert parse_rule(f"Read({pattern})").fits_path(ROOT / path, (ROOT,))


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.env", "env"), ("src/**", "other/src/a"), ("src/*.py", "src/deep/a.py"), ("/a", "b/a"), ("src", "srcs/a"),
        (".env", ".envx"),
        ("a.b", "aXb"), ("*.py", "x.pyc"), ("[ab].py", "c.py"), (r"a\*b", "axb"), ("cafe\u0301/*", "caf\u00e9/x"),
        ("[!/]x/y", "/x/y"),
    ],
)  # fmt: skip
def test_path_patterns_do_not_fit(pattern, path):
    assert not parse_rule(f"Read({pattern})").fits_path(ROOT / path, (ROOT,))


def test_patterns_are_relative_to_every_root_and_double_slash_is_absolute():
    other = Path("/other")
    assert parse_rule("Read(a)").fits_path(other / "a", (ROOT, other))
    assert not parse_rule("Read(a)").fits_path(Path("/third/a"), (ROOT, other))
    assert parse_rule("Read(//etc/**)").fits_path(Path("/etc/passwd"), (ROOT,))
    assert not parse_rule("Read(/etc/**)").fits_path(Path("/etc/passwd"), (ROOT,))
    assert parse_rule("Read(~/.ssh/**)").fits_path(Path("~/.ssh/x").expanduser(), (ROOT,))


@pytest.mark.parametrize(
    ("pattern", "url"),
    [
        ("domain:example.com", "https://example.com/x"), ("domain:example.com", "https://api.example.com"),
        ("domain:example.com", "http://EXAMPLE.com.:8080/"), ("domain:*.example.com", "https://a.example.com"),
        ("domain:*", "https://anything"), ("https://example.com", "https://example.com/a"),
        ("domain:münchen.de", "https://münchen.de/"),
        ("https://example.com/api", "https://example.com/api/v1"),
        ("https://example.com/api/*", "https://example.com/api/x?y"),
        ("https://example.com/api", "https://example.com:443/api"),
        ("domain:xn--mnchen-3ya.de", "https://münchen.de/"),
    ],
)  # fmt: skip
def test_url_patterns_fit(pattern, url):
    assert parse_rule(f"WebFetch({pattern})").fits_url(url)


@pytest.mark.parametrize(
    ("pattern", "url"),
    [
        ("domain:example.com", "https://example.com@evil.com/"),
        ("domain:example.com", "https://example.com.evil.com"),
        ("domain:example.com", "https://notexample.com"), ("domain:example.com", "https://evil.com/?example.com"),
        ("domain:example.com", "https://evil.com#example.com"), ("domain:*.example.com", "https://example.com"),
        ("https://example.com", "https://example.com.evil.com/"), ("https://example.com", "http://example.com/"),
        ("https://example.com/api", "https://example.com/apikeys"),
        ("https://example.com", "https://example.com:8443/"),
    ],
)  # fmt: skip
def test_url_patterns_do_not_fit(pattern, url):
    assert not parse_rule(f"WebFetch({pattern})").fits_url(url)


AMBIGUOUS = [
    "/api/%2e%2e/admin", "/api/..%2fadmin", "/api/%2E./admin", "/api/..;/admin", "/api/../admin",
    "/api/%252e%252e/admin",
    "/api/..%5cadmin",
]  # fmt: skip


@pytest.mark.parametrize("path", AMBIGUOUS)
def test_a_path_that_a_server_may_read_otherwise_is_allowed_by_no_rule_and_denied_by_one(path):
    url = f"https://example.com{path}"
    for pattern in ("https://example.com/api", "https://example.com/api/*"):
        assert not parse_rule(f"WebFetch({pattern})").fits_url(url)
    assert parse_rule("WebFetch(https://example.com/admin)").fits_url(url, restricting=True)
    assert parse_rule("WebFetch(https://example.com)").fits_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/%61dmin", "https://example.com//admin", "https://example.com/admin;x",
        "https://example.com/admin%2f", "http://example.com/admin", "https://example.com/%2561dmin",
    ],
)  # fmt: skip
def test_another_spelling_of_a_denied_address_is_denied(url):
    assert parse_rule("WebFetch(https://example.com/admin)").fits_url(url, restricting=True)
    assert not parse_rule("WebFetch(https://example.com/admin)").fits_url("https://example.com/adm", restricting=True)


@pytest.mark.parametrize(
    ("pattern", "url"),
    [
        ("https://example.com/a%20b", "https://example.com/a%20b/c"), ("https://example.com/p", "https://example.com/p/g%2Fr"),
        ("https://example.com/", "https://example.com"), ("https://example.com/a/", "https://example.com/a/"),
        ("https://example.com/*/x", "https://example.com/a%2Fb/x"),
    ],
)  # fmt: skip
def test_escapes_that_change_nothing_are_allowed(pattern, url):
    assert parse_rule(f"WebFetch({pattern})").fits_url(url)


@pytest.mark.parametrize(
    "url", ["https://evil.com\\@example.com/", "https://a b/", "https://a\n/", "https://", "x", "http://a:99999/"]
)
def test_addresses_that_readers_understand_differently_are_refused(url):
    with pytest.raises(InvalidInput):
        address(url)


def test_names_are_literal_but_for_the_star():
    assert parse_rule("mcp__git__*").covers(Action("mcp__git__push"))
    assert not parse_rule("mcp__git__*").covers(Action("mcp__gitx"))
    assert parse_rule("Task(rev*)").fits_name("reviewer")
    assert not parse_rule("Task(r.v)").fits_name("rev")


def test_read_and_edit_cover_what_reads_and_writes_and_others_only_themselves():
    grep, write = Action("Grep", Complexity.READ, reads=True), Action("MultiEdit", Complexity.CHANGE, writes=True)
    assert parse_rule("Read").covers(grep)
    assert parse_rule("Edit(x)").covers(write)
    assert not parse_rule("Edit").covers(grep)
    assert not parse_rule("Write").covers(write)
    assert parse_rule("*").covers(write)


@pytest.mark.parametrize(
    "text",
    ["", "Read(", "Read)", "(x)", "Read()", "Read(x) y", "Re ad", "Read(!x)", "Read(*.{a,b})", "Edit(../x)", "1x"],
)
def test_what_would_fit_nothing_is_refused_with_a_remedy(text):
    with pytest.raises(InvalidInput):
        parse_rule(text)


@pytest.mark.parametrize(
    "text",
    [
        "WebFetch(example.com)", "WebFetch(https://)", "WebFetch(domain:)", "WebFetch(domain:https://x.com)",
        "WebFetch(*.example.com)", "api_call(example.com/*)", "WebFetch(domain:example.com/path)",
        "WebFetch(domain:*.com:8080)", "WebFetch(https://*.example.com/*)", "WebFetch(ftp://x)",
        "WebFetch(https://example.com*)", "Bash(curl * | sh)", "Bash(cd x && rm *)", "Bash(echo * > *)",
        "Bash(cd x; rm *)",
    ],
)  # fmt: skip
def test_an_address_or_a_command_that_cannot_be_is_refused_too(text):
    with pytest.raises(InvalidInput, match=r"fits no (address|command).*Write"):
        parse_rule(text)


@pytest.mark.parametrize(
    "text",
    [
        "WebFetch(domain:example.com)", "WebFetch(domain:*)", "WebFetch(domain:*.example.com)",
        "WebFetch(domain:[::1])",
        "WebFetch(https://example.com:8443/a/*)", "api_call(http://127.0.0.1:80/x*)", "WebFetch(*)",
        "Bash(find * -exec rm {} ;)",
        "Bash(echo a|b)", "Bash(git commit -m \"x y\")", "Task(a | b)",
    ],
)  # fmt: skip
def test_one_that_can_be_is_taken(text):
    assert parse_rule(text).source == text
