import pytest

from pipeline_project.security.sensitive import hide_named, is_sensitive

SENSITIVE = """
password db_password Password smtp-password passwords passwd passphrase secret client_secret clientSecret secrets
apiKey API_KEY api_keys x-api-key X-Goog-Api-Key apikey dbpassword Authorization Proxy-Authorization Set-Cookie cookie
token access_token accessToken accesstoken authToken bot_token SLACK_BOT_TOKEN refresh_token id_token csrf_token
auth_tokens private_key privateKey signing_key aws_secret_access_key AWSAccessKeyId SMTP_PASS credentials jwt bearer
token_value password_hash PIPELINE_SECRET_FOO subscription_key
"""
HARMLESS = """
max_tokens maxTokens tokens tokens_in tokens_out token_count total_tokens input_tokens cache_read_input_tokens
max_completion_tokens tokens_used token_limit token_type token_url token_budget next_page_token nextPageToken pageToken
continuation_token eos_token stop_token sub_token password_required password_policy password_expires_at secret_name
cookie_name authorization_url key keys idempotency_key public_key primary_key partition_key monkey keyboard author
authored tokenizer passed first_pass passenger compass secretary name id
"""


@pytest.mark.parametrize("name", SENSITIVE.split())
def test_a_name_that_holds_a_secret_is_sensitive(name):
    assert is_sensitive(name)


@pytest.mark.parametrize("name", HARMLESS.split())
def test_a_name_that_only_looks_like_one_is_not(name):
    assert not is_sensitive(name)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("login?password=hunter2&x=1", "login?password=***&x=1"),
        ("curl --api-key=abc https://h/x", "curl --api-key=*** https://h/x"),
        ("PASSWORD='two words' X=1", "PASSWORD='***' X=1"),
        ('{"password": "a\\"b", "max_tokens": 5}', '{"password": "***", "max_tokens": 5}'),
        ("{'token': 'abc', 'n': 1}", "{'token': '***', 'n': 1}"),
        ('"{\\"secret\\": \\"x\\"}"', '"{\\"secret\\": \\"***\\"}"'),
        ("Authorization: Bearer abc.def\r\nAccept: */*", "Authorization: ***\r\nAccept: */*"),
        ("Cookie: a=b; c=d", "Cookie: ***"),
        ("x-api-key: abc", "x-api-key: ***"),
        ("smtp:\n  password: hunter2\n  port: 25", "smtp:\n  password: ***\n  port: 25"),
        ("- token: 'a b'", "- token: '***'"),
        ("postgresql://me:p@ss@db.test/x", "postgresql://me:***@db.test/x"),
        ("redis://:pw@127.0.0.1:1", "redis://:***@127.0.0.1:1"),
    ],
)
def test_a_value_is_hidden_where_the_text_spells_out_its_name(text, shown):
    assert hide_named(text) == shown
    assert hide_named(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "PIPELINE_SECRET_SLACK_BOT_TOKEN: the secret SLACK_BOT_TOKEN is not set",
        "the token: 5 per call",
        "max_tokens=4096 token_count=12",
        "{'token': None, 'password': ''}",
        "see https://example.com:8443/a@b",
        "token=null",
        "nothing of the kind",
    ],
)
def test_prose_counts_and_absent_values_stay(text):
    assert hide_named(text) == text


@pytest.mark.parametrize(
    "text",
    [
        'password="' * 20_000,
        '\\"token\\": \\"' * 20_000,
        "a://b:" * 20_000 + "token",
        "a-" * 50_000 + "token",
        " " * 200_000 + "token",
    ],
    ids=["quotes", "escapes", "addresses", "words", "spaces"],
)
@pytest.mark.timeout(10)
def test_hostile_text_takes_no_longer_than_its_length_allows(text):
    hide_named(text)
