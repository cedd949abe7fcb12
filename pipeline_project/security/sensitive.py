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
    "usage budget ttl at in used env field hint label description file path stdin prompt"
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
# up to the next pair of a connection string or a list of settings
_BARE = r"""(?:(?![;,][ ]?[A-Za-z_][\w.\- ]{0,40}=)[^\s&"'])+"""
_TO_THE_END = r"(?=[ \t]*$)"
# words that follow an option in a sentence about it
_PROSE = (
    r"(?!(?:is|was|to|for|from|and|or|in|on|as|with|the|an?|must|should|can|may|not|instead|option|flag|if|when)\b)"
)
# what announces a value, and the value behind it; only behind a name that is sensitive is anything taken
_IN_TEXT = tuple(
    (re.compile(announced), re.compile(rf"(?P<value>{value})", re.MULTILINE))
    for announced, value in (
        # JSON, Python, Ruby and PHP literals, also JSON in a JSON string: "password": "x", \"secret\": \"z\"
        (rf"""(?<=["']){_NAME}\\?["']\s*(?::|=>)\s*""", rf"""{_STRING}|\\"(?:(?!\\").)*\\"|[\d.]+"""),
        # query strings, forms, environments, command lines: token=x&…, --password=y, PWD=z;Database=…
        (rf"(?<!\w){_NAME}=", rf"""(?i:(?:bearer|basic)[ ])?(?:{_STRING}|{_BARE}|["'][^\s&"']+)"""),
        # assignments of a text in a program or a settings file
        (rf"(?<!\w){_NAME}(?:[ ]?:[ ]?[\w.|\[\] ]{{1,40}})?[ \t]*(?::=|=>|=)[ \t]*(?=[\"'`])", rf"{_STRING}|`[^`\n]*`"),
        # one entry per line: YAML's colon, and an equals sign before what is no word of a program
        (rf"(?m)^[ \t\-]*{_NAME}:[ \t]+", rf"(?:{_STRING}|\S+){_TO_THE_END}"),
        (rf"(?m)^[ \t]*{_NAME}[ \t]+=[ \t]+", rf"(?=\S*\d)[^\s()\[\]{{}}]{{8,}}{_TO_THE_END}"),
        # options of a command line, elements, and the pairs of .netrc
        (rf"(?<![\w\-])--{_NAME}[ \t]+(?!-)", rf"{_STRING}|{_PROSE}[^\s&\"']+"),
        (rf"<{_NAME}(?:\s[^<>]{{0,200}})?>(?=[^<]+</)", r"[^<]+"),
        (r"\blogin[ \t]+\S{1,100}\s+(?P<name>password)[ \t]+", r"\S+"),
    )
)
_HEADER = re.compile(r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key)(:[ \t]*)(?=\S)[^\r\n]+")
_PASSWORD_IN_URL = re.compile(r"(?<!\w)([A-Za-z][\w+.\-]{0,30}://[^\s/:@]*):[^\s/]+@")
_PRIVATE_KEY = re.compile(r"(-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)(?:(?!-----)[\s\S])+")
_LOGIN = re.compile(
    r"(\bcurl\b[^\n]{0,300}?[ ](?:-u[ ]?|--user[ =])[\"']?[^\s:\"']+:"
    r"|\b(?:sshpass|docker login)\b[^\n]{0,200}?[ ]-p[ ]?)[^\s\"']+"
)
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
    "curl",
    "docker login",
)
_NOTHING = _words("none null true false str string bytes secretstr inherit required optional") | {'""', "''", MARK}
# where a value is and not what it is: ${NAME}, ${{ secrets.NAME }}, {{ name }}, $(command), <name>
_REFERENCE = re.compile(r"\$?\{\{?[^{}]*\}?\}|\$\{\{|\$\([^()]*\)|<[\w \-]+>")
_WORKING_FOLDERS = frozenset({"PWD", "OLDPWD"})
# names of a root folder: a password may begin with a slash, too
_FOLDER = re.compile(
    r"/|/(?:home|Users|root|tmp|private|var|usr|opt|srv|mnt|media|etc|run|proc|sys|dev|bin|sbin|lib|nix|data|app|src|code"
    r"|work|workspaces?|builds?|project|projects|repos?|github|Volumes|cygdrive|c)(?:/[^\s;&\"']*)?"
)


def is_secret(name: str, value: object) -> bool:
    """Whether `value` under this name is to be hidden: not the working folder that a shell calls PWD."""
    if name in _WORKING_FOLDERS and isinstance(value, str) and _FOLDER.fullmatch(value.strip("\"'")):
        return False
    return is_sensitive(name)


def hide_named(text: str) -> str:
    """`text` without the values whose names it spells out: headers, `key=value`, JSON, YAML lines, options, URLs."""
    lowered = text.lower()
    if not any(hint in lowered for hint in _HINTS):
        return text
    text = _PASSWORD_IN_URL.sub(rf"\1:{MARK}@", text)
    text = _HEADER.sub(rf"\1\2{MARK}", text)
    text = _PRIVATE_KEY.sub(rf"\1{MARK}", text)
    text = _LOGIN.sub(rf"\1{MARK}", text)
    for announced, value in _IN_TEXT:
        text = _without(text, announced, value)
    return text


def _without(text: str, announced: re.Pattern[str], following: re.Pattern[str]) -> str:
    """`text` with the values behind sensitive names hidden."""
    parts, end = [], 0
    for match in announced.finditer(text):
        if match.start() < end or not is_sensitive(match["name"]):
            continue
        found = following.match(text, match.end())
        if found is None or _says_nothing(match["name"], found["value"]):
            continue
        value = found["value"]
        quote = value[:2] if value.startswith("\\") else value[0] if value[0] in "\"'`" else ""
        closing = quote if len(value) > len(quote) and value.endswith(quote) else ""
        parts += [text[end : found.start()], quote, MARK, closing]
        end = found.end()
    return "".join([*parts, text[end:]])


def _says_nothing(name: str, value: str) -> bool:
    """Whether a value is none: absent, a type, the name of a variable, a place where the value is."""
    bare = value.strip("\"'`").rstrip(")],;")
    if (
        value.lower() in _NOTHING
        or bare.lower() in ("", MARK, name.lower())
        or _REFERENCE.fullmatch(bare)
        or not is_secret(name, bare)
    ):
        return True
    return bare.startswith("$") and bare[1:].isupper() and is_sensitive(bare[1:])
