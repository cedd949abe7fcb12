"""Credentials that name their issuer are hidden in any text; what only looks like them is not."""

import pytest

from pipeline_project.security.redaction import redact_text

BODY = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"


@pytest.mark.parametrize(
    ("beginning", "rest"),
    [
        ("ghp_", BODY),
        ("ghs_", BODY),
        ("github_pat_", f"11ABCDEFG0_{BODY}"),
        ("glpat-", BODY[:20]),
        ("xoxb-", f"123456789012-123456789012-{BODY[:24]}"),
        ("sk-ant-", f"api03-{BODY}-{BODY}"),
        ("sk-proj-", BODY),
        ("sk-or-", f"v1-{BODY}"),
        ("sk-", BODY),
        ("sk_live_", BODY[:24]),
        ("AIza", BODY[:35]),
        ("npm_", BODY),
        ("hf_", BODY[:34]),
        ("hooks.slack.com/services/", f"T00000000/B00000000/{BODY[:24]}"),
        ("eyJ", "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLW9m"),
    ],
)
@pytest.mark.parametrize("around", ["{}", "found {} here", '"{}",', "url?t={}&x=1", "a\n{}\nb", "({})"])
def test_an_issued_credential_is_cut_to_its_beginning(beginning, rest, around):
    shown = redact_text(around.format(beginning + rest))
    assert rest not in shown
    assert "***" in shown


@pytest.mark.parametrize(
    "text",
    [
        "task-management-and-scheduling-of-everything",
        "risk-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789",
        "sk-learn, sk-image and sk-proj-x",
        "ghp_short",
        "npm_config_registry and hf_hub_download",
        "the prefix AIza begins Google's keys",
        "eyJ is how a JSON object begins in base64",
        "https://hooks.slack.com/services/ is where webhooks are",
        "xoxo-xoxo",
    ],
)
def test_what_only_begins_alike_is_left(text):
    assert redact_text(text) == text
