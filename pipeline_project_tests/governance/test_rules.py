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
