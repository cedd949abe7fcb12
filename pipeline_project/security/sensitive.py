"""Which names announce a secret, as keys of data and inside text.

A name is read word by word, so that `max_tokens`, `token_count` and `next_page_token` stay readable while
`authToken`, `X-Api-Key` and `smtp_password` do not. Refuses to guess from the value: only its name decides.
"""

import re
from functools import lru_cache
from itertools import pairwise

MARK = "***"

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SECRET_WORDS = _words(
    "password passwords passwd pwd passphrase secret secrets authorization cookie cookies credential "
    "credentials bearer jwt apikey apikeys"
)
_SECRET_ENDINGS = ("password", "passwd", "passphrase", "secret", "apikey", "privatekey", "accesskey")
_SECRET_KEYS = _words("api access private signing encryption subscription master hmac ssh")
_SECRET_PASSES = _words("smtp mail db database user http proxy")
_CREDENTIAL_TOKENS = _words("access auth api refresh bearer bot session")
# a position in a list or a unit of text, as in next_page_token, max_token, eos_token
_OTHER_TOKENS = _words("page next prev previous continuation cursor sync max min per stop eos bos pad sub")
# the last word of a name that says something about a secret and is not the secret itself
_ABOUT = _words(
    "count length limit type name names policy required expires expiry expiration url uri endpoint format "
    "usage budget ttl at in used env field hint label description file path"
)
_TRAILING = _words("value values hash raw encrypted")


@lru_cache(maxsize=4096)
def is_sensitive(name: str) -> bool:
    """Whether a value under this name is a secret: `db_password`, `apiKey`, `Set-Cookie`, `access_token`."""
    words = [word.lower() for word in _WORD.findall(name)]
    while len(words) > 1 and words[-1] in _TRAILING:
        words.pop()
    if not words or words[-1] in _ABOUT:
        return False
    if any(word in _SECRET_WORDS or word.endswith(_SECRET_ENDINGS) for word in words):
        return True
    pairs = list(pairwise(words))
    if any(last in ("key", "keys") and first in _SECRET_KEYS for first, last in pairs):
        return True
    return _is_credential_token(words) or bool(pairs and pairs[-1][0] in _SECRET_PASSES and pairs[-1][1] == "pass")


def _is_credential_token(words: list[str]) -> bool:
    before, last = (words[-2] if len(words) > 1 else ""), words[-1]
    if last.endswith("tokens"):
        return (last.removesuffix("tokens") or before) in _CREDENTIAL_TOKENS
    return last.endswith("token") and (last.removesuffix("token") or before) not in _OTHER_TOKENS


_NAME = r"(?P<name>[A-Za-z_][\w.\-]{0,80})"
_STRING = r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'"""
_IN_TEXT = (
    # JSON and Python literals, also JSON in a JSON string: "password": "x", 'token': 'y', \"secret\": \"z\"
    re.compile(rf"""(?<=["']){_NAME}(?P<before>\\?["']\s*:\s*)(?P<value>{_STRING}|\\"(?:(?!\\").)*\\"|[\d.]+)"""),
    # query strings, forms, environments, command lines: token=x&…, --password=y
    re.compile(rf"""(?<!\w){_NAME}(?P<before>=)(?P<value>{_STRING}|[^\s&"']+)"""),
    # one YAML entry per line
    re.compile(rf"""(?m)^(?P<indent>[ \t\-]*){_NAME}(?P<before>:[ \t]+)(?P<value>{_STRING}|\S+)(?=[ \t]*$)"""),
)
_HEADER = re.compile(r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key)(:[ \t]*)(?=\S)[^\r\n]+")
_PASSWORD_IN_URL = re.compile(r"(?<!\w)([A-Za-z][\w+.\-]{0,30}://[^\s/:@]*):[^\s/]+@")
_HINTS = (
    "pass",
    "pwd",
    "secret",
    "token",
    "key",
    "authorization",
    "cookie",
    "credential",
    "bearer",
    "jwt",
    "://",
)
_NOTHING = frozenset({"none", "null", "true", "false", '""', "''", MARK})


def hide_named(text: str) -> str:
    """`text` without the values whose names it spells out: headers, `key=value`, JSON, YAML lines, URLs."""
    lowered = text.lower()
    if not any(hint in lowered for hint in _HINTS):
        return text
    text = _PASSWORD_IN_URL.sub(rf"\1:{MARK}@", text)
    text = _HEADER.sub(rf"\1\2{MARK}", text)
    for pattern in _IN_TEXT:
        text = pattern.sub(_hidden, text)
    return text


def _hidden(match: re.Match[str]) -> str:
    value = match["value"]
    if value.lower() in _NOTHING or not is_sensitive(match["name"]):
        return match[0]
    quote = value[:2] if value.startswith("\\") else value[0] if value[0] in "\"'" else ""
    return match[0].removesuffix(value) + quote + MARK + quote
