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
        ("UID=sa;PWD=hunter2;Database=x", "UID=sa;PWD=***;Database=x"),
        ("Server=x;Password=hunter2;", "Server=x;Password=***"),
        ("user=x,password=hunter2,port=1", "user=x,password=***,port=1"),
        ('{"a": "{\\"secret\\": \\"x\\"}"}', '{"a": "{\\"secret\\": \\"***\\"}"}'),
        ("'password' => 'x'", "'password' => '***'"),
        ("api_key = 'hunter2'", "api_key = '***'"),
        ('const token: string = "hunter2"', 'const token: string = "***"'),
        ("let apiKey = `hunter2`;", "let apiKey = `***`;"),
        ('password := "hunter2"', 'password := "***"'),
        ("[default]\naws_secret_access_key = abc/def123", "[default]\naws_secret_access_key = ***"),
        ("deploy --password hunter2 --port 1", "deploy --password *** --port 1"),
        ("deploy --api-key 'a b'", "deploy --api-key '***'"),
        ("Authorization=Bearer abc.def x", "Authorization=*** x"),
        ('password="half', 'password="***'),
        ("<password>hunter2</password>", "<password>***</password>"),
        ("machine h login u password hunter2", "machine h login u password ***"),
        ("curl -s -u me:hunter2 https://h", "curl -s -u me:*** https://h"),
        ("sshpass -p hunter2 ssh h", "sshpass -p *** ssh h"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY-----",
        ),
        # a folder's name may be shown, a password that begins with a slash may not
        ("PWD=/9j4AAQSk x", "PWD=*** x"),
        ("pwd=/home", "pwd=***"),
        ("MYSQL_PWD=/home", "MYSQL_PWD=***"),
        ("PWD=hunter2", "PWD=***"),
        ("'PWD': '/home/x'", "'PWD': '/home/x'"),
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
        "PWD=/home/me/src\nOLDPWD=/\nHOME=/home/me",
        "PWD=/tmp/a b",
        "def login(self, password: str, token: Token) -> None:",
        "password: str\ntoken: Token\nsecrets: inherit",
        "token: ${{ secrets.GITHUB_TOKEN }}\npassword: ${PASSWORD}\nkey: $API_KEY",
        "client(api_key=api_key, password=password)",
        "token = get_token()\npassword = settings.password",
        "the option --token is required, --password-stdin reads it",
        "docker login -u me --password-stdin",
        "chown -R root:root x; docker run -u 1000:1000 image",
        "<token>a</token>".replace("token", "tokens"),
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
        "--token --token " * 10_000,
        "<password>" * 20_000,
        "curl -u " * 20_000,
        "-----BEGIN PRIVATE KEY-----" * 10_000,
        "password=;,a " * 10_000,
        "password" + " " * 100_000 + "=",
        "a: b " * 20_000 + "token",
        "token" + ";" * 100_000,
    ],
    ids=[
        "quotes",
        "escapes",
        "addresses",
        "words",
        "spaces",
        "options",
        "elements",
        "logins",
        "keys",
        "pairs",
        "blanks",
        "types",
        "signs",
    ],
)
@pytest.mark.timeout(10)
def test_hostile_text_takes_no_longer_than_its_length_allows(text):
    hide_named(text)
