import base64
import html
import json
import threading
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote, quote_plus, urlencode

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_project.security.redaction import Redactor

SECRET = 'p@ss "w\\rd/<&>+ü'
TEXTS = st.text(max_size=40)


@pytest.fixture
def redactor():
    redactor = Redactor()
    redactor.register(SECRET)
    return redactor


SPELLINGS = {
    "as it is": SECRET,
    "percent-encoded": quote(SECRET, safe=""),
    "percent-encoded, lower case": quote(SECRET, safe="").lower(),
    "percent-encoded in a path": quote(SECRET),
    "percent-encoded as JavaScript does": quote(SECRET, safe="!*'()"),
    "in a form": quote_plus(SECRET),
    "in a query": urlencode({"q": SECRET}),
    "in JSON": json.dumps({"a": SECRET}),
    "in JSON with its letters": json.dumps({"a": SECRET}, ensure_ascii=False),
    "in a Python literal": repr({"a": SECRET}),
    "in HTML": html.escape(SECRET),
    "in HTML text": html.escape(SECRET, quote=False),
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_a_registered_value_is_hidden_in_every_spelling(redactor, spelling):
    shown = redactor.redact(f"before {spelling} after")
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    assert "***" in shown
    assert not any(piece in shown for piece in ("p@ss", "w\\rd", "p%40ss", "w%5Crd"))


@given(
    before=st.text("xyz:", max_size=20), secret=st.binary(min_size=6, max_size=40), after=st.text("xyz", max_size=20)
)
@settings(max_examples=200, deadline=None)
def test_no_character_of_a_base64_text_that_holds_a_bit_of_the_secret_is_left(before, secret, after):
    value = secret.hex().encode()
    redactor = Redactor()
    redactor.register(value.decode())
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        text = encode(before.encode() + value + after.encode()).decode().rstrip("=")
        first, last = len(before) * 8 // 6, -(-(len(before) + len(value)) * 8 // 6)
        assert redactor.redact(f"<{text}>") == f"<{text[:first]}***{text[last:]}>"


def test_basic_credentials_keep_the_user_and_lose_the_password(redactor):
    redactor.register("correct horse battery")
    header = base64.b64encode(b"admin:correct horse battery").decode()
    assert redactor.redact(header).startswith(base64.b64encode(b"admin").decode()[:5])
    assert redactor.redact(header).count("***") == 1


@given(secret=st.text(min_size=4, max_size=20), before=TEXTS, after=TEXTS)
@settings(max_examples=200, deadline=None)
def test_no_registered_value_survives_in_any_text(secret, before, after):
    redactor = Redactor()
    redactor.register(secret)
    shown = redactor.redact(before + secret + after)
    assert secret not in shown or "*" in secret


def test_overlapping_secrets_leave_no_remainder():
    redactor = Redactor()
    for secret in ("abcdef", "defghi", "abcd"):
        redactor.register(secret)
    assert redactor.redact("<abcdefghi>") == "<***>"
    assert redactor.redact("<abcdxabcdef>") == "<***x***>"


def test_every_line_of_a_key_file_is_hidden_and_its_armour_is_not():
    redactor = Redactor()
    redactor.register(
        "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\nAgEGCCqGSM49AwEHBG0w\n-----END PRIVATE KEY-----\n"
    )
    assert redactor.redact("line MIGHAgEAMBMGByqGSM49 of it") == "line *** of it"
    assert redactor.redact("-----BEGIN PRIVATE KEY-----") == "-----BEGIN PRIVATE KEY-----"


def test_a_value_too_short_to_look_for_is_hidden_where_it_is_the_whole_string():
    redactor = Redactor()
    redactor.register("abc")
    redactor.register("")
    assert redactor.redact({"pin": "abc", "text": "abcdef", "empty": ""}) == {
        "pin": "***",
        "text": "abcdef",
        "empty": "",
    }


def test_a_number_is_hidden_only_when_it_is_the_whole_secret():
    redactor = Redactor()
    redactor.register("1234")
    value = {"a": 1234, "b": 512345, "c": Decimal("1234"), "d": Decimal("1.50"), "e": 2.5}
    assert redactor.redact(value) == {"a": "***", "b": 512345, "c": "***", "d": Decimal("1.50"), "e": 2.5}


def test_hiding_goes_through_every_container_keys_included(redactor):
    value = {"list": [f"x{SECRET}", ("y", SECRET)], SECRET: {"deep": [{"er": f"{SECRET}{SECRET}"}]}, 7: SECRET}
    assert redactor.redact(value) == {"list": ["x***", ("y", "***")], "***": {"deep": [{"er": "***"}]}, 7: "***"}


def test_an_object_is_kept_unless_what_it_shows_holds_a_secret(redactor):
    path = Path("/tmp/x")
    assert redactor.redact({"path": path})["path"] is path
    redactor.register("sekrit")
    assert redactor.redact({"error": ValueError("bad sekrit")}) == {"error": "ValueError('bad ***')"}


def test_values_below_a_sensitive_name_are_hidden_and_their_shape_kept(redactor):
    value = {
        "password": "hunter2",
        "credentials": {"user": "a", "parts": ["b", 3, True, None, ""]},
        "max_tokens": 100,
        "headers": [{"name": "Authorization", "value": "Bearer x"}, {"name": "Accept", "value": "*/*"}],
    }
    assert redactor.redact(value) == {
        "password": "***",
        "credentials": {"user": "***", "parts": ["***", "***", True, None, ""]},
        "max_tokens": 100,
        "headers": [{"name": "Authorization", "value": "***"}, {"name": "Accept", "value": "*/*"}],
    }
    assert redactor.redact({"password": "hunter2", "note": SECRET}, by_name=False) == {
        "password": "hunter2",
        "note": "***",
    }


def test_redacting_twice_changes_nothing_more(redactor):
    value = {"token": "x", "a": [SECRET, quote(SECRET)], "b": "password=y"}
    once = redactor.redact(value)
    assert redactor.redact(once) == once
    text = redactor.redact_text(f"password=y {SECRET} Authorization: Basic abc")
    assert redactor.redact_text(text) == text


def test_a_structure_without_end_is_hidden_below_200_levels(redactor):
    endless: list = []
    endless.append(endless)
    assert "***" in str(redactor.redact(endless))


def test_text_that_is_no_unicode_passes(redactor):
    redactor.register("se\udcffkrit")
    assert redactor.redact(f"\ud800 {SECRET} se\udcffkrit") == "\ud800 *** ***"


def test_many_threads_may_register_and_redact_at_once():
    redactor = Redactor()
    secrets = [f"secret-number-{number:04d}" for number in range(400)]
    failures = []

    def work(part):
        for secret in part:
            redactor.register(secret)
            if redactor.redact(secret + "!") != "***!":
                failures.append(secret)

    threads = [threading.Thread(target=work, args=(secrets[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert redactor.redact(" ".join(secrets)) == " ".join(["***"] * 400)


def test_a_logged_event_loses_secrets_from_values_exceptions_and_text(redactor):
    captured = []

    def keep(_logger, _method, event):
        captured.append(event)
        raise structlog.DropEvent

    log = structlog.wrap_logger(None, processors=[redactor.redact_event, keep])
    try:
        raise ValueError(f"cannot log in with {SECRET}")
    except ValueError as error:
        log.error("refused, password=hunter2", exc_info=True, api_key="abc", config={"token": "t"}, problem=error)
    (event,) = captured
    assert event["event"] == "refused, password=***"
    assert event["api_key"] == "***"
    assert event["config"] == {"token": "***"}
    assert "cannot log in with ***" in event["exception"]
    assert SECRET not in str(event)
    assert "exc_info" not in event


def test_the_module_s_functions_share_one_registry():
    from pipeline_project.security import redaction

    redaction.register("shared-by-the-process")
    assert redaction.redact(["shared-by-the-process"]) == ["***"]
    assert redaction.redact_text("a shared-by-the-process b") == "a *** b"
