r"""Reads one expression token by token before Python's parser may see it.

It refuses what the language does not have, with a sentence that says what to write instead, and hands on a
source in which Python's parser finds no surprise: one line, no warning, no name it would rewrite. Text in
quotes knows the escapes \\ \' \" \n \r \t \xHH \uHHHH \UHHHHHHHH; any other backslash stays as it is, so
that a pattern such as '\d+\b' needs no second one.
"""

import keyword
import re
import unicodedata

from pipeline_project.workflows.expressions.failure import Failure
from pipeline_project.workflows.expressions.limits import MAX_DEPTH, MAX_SOURCE

WORDS = frozenset({"and", "or", "not", "in", "if", "else", "True", "False", "None"})
"""The Python keywords that are part of the language."""

_NUMBER = re.compile(r"(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9][0-9_]*)?")
_NAME = re.compile(r"[^\W\d]\w*")
_OPERATOR = re.compile(r"===|!==|\*\*|//|==|!=|<=|>=|&&|\|\||<>|<<|>>|\?\.|\?\?|:=|->|=>|\S")
_ALLOWED = frozenset({"**", "//", "==", "!=", "<=", ">=", *"+-*/%<>()[]{},:."})
_ESCAPES = "\\'\"nrtxuU"
_LINE_ENDS = ("", "\n", "\r", "\0")
_INSTEAD = {
    "=": "Compare with ==; arguments have no names",
    "===": "Compare with ==",
    "!==": "Compare with !=",
    "<>": "Compare with !=",
    "&&": "Write `and`",
    "&": "Write `and`",
    "||": "Write `or`; a fallback is default(a, b)",
    "|": "Write `or`; a filter is a function, as in lower(name)",
    "!": "Write `not`",
    "~": "Write `not`",
    "?": "Write `a if condition else b`",
    "?.": "Write default(a.b, fallback)",
    "??": "Write default(a, fallback)",
    "^": "Powers are written **",
    "$": "Inside an expression, and where a bare one is asked for, no ${ } is written",
    "`": "Text stands in ' or \"",
    "\u201c": "Text stands in ' or \"",
    "\u2018": "Text stands in ' or \"",
}


def prepare(source: str) -> str:
    """`source` as one line that Python's parser reads as we do. Raises Failure at the first foreign token."""
    if len(source) > MAX_SOURCE:
        raise Failure(f"it is longer than {MAX_SOURCE} characters", "Split it over several steps or variables")
    if not source.strip():
        raise Failure("it is empty", "Write what it shall be, or $${ for a literal ${")
    try:
        source.encode()
    except UnicodeEncodeError as error:
        raise Failure("it holds half a character (a lone surrogate)", "Write the whole character") from error
    return _Reader(source).read().strip()


class _Reader:
    """One pass over a source; `before` is what kind of token came last."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self.before = ""
        self.depth = 0
        self.written: list[str] = []

    def read(self) -> str:
        while self.position < len(self.source):
            character = self.source[self.position]
            if character in " \t\r\n":
                self._take(" ", length=1, kind=self.before)
            elif character in "'\"":
                self._text(raw=False)
            elif number := self._number():
                self._take(number, kind="number")
            elif name := _NAME.match(self.source, self.position):
                self._name(name[0])
            else:
                self._operator()
        return "".join(self.written)

    def _take(self, text: str, *, kind: str, length: int | None = None) -> None:
        self.written.append(text)
        self.position += len(text) if length is None else length
        self.before = kind

    def _at(self) -> str:
        return f"at character {self.position + 1}"

    def _number(self) -> str | None:
        found = _NUMBER.match(self.source, self.position)
        if not found:
            return None
        number = found[0]
        if number.startswith(".") and self.before in ("name", "text", ")", "]", "}"):
            raise Failure(f"{number} {self._at()} is no key", f"Write an index in brackets: [{number[1:]}]")
        if _NAME.match(self.source, found.end()):
            raise Failure(f"the number {self._at()} runs into a name", "Put a space or an operator between them")
        if number.isdigit() and number.startswith("0") and number.strip("0"):
            raise Failure(f"the number {self._at()} begins with 0", f"Write {number.lstrip('0')}, or text in quotes")
        return number

    def _name(self, name: str) -> None:
        following = self.source[self.position + len(name) : self.position + len(name) + 1]
        if following in ("'", '"'):
            if name not in ("r", "R") or self.before == ".":
                raise Failure(f"{name} {self._at()} runs into a quote", "Text has no prefix, except r'…' for patterns")
            self._take(name, kind=self.before)
            self._text(raw=True)
            return
        if self.before == "." and keyword.iskeyword(name):
            raise Failure(f"{name!r} is a Python keyword and cannot follow a dot", f"Write [{name!r}]")
        if keyword.iskeyword(name) and name not in WORDS:
            instead = "Write == instead" if name == "is" else "Expressions have only: " + ", ".join(sorted(WORDS))
            raise Failure(f"the word {name!r} is no part of the language", instead)
        if not name.isidentifier() or unicodedata.normalize("NFKC", name) != name:
            raise Failure(f"the name {self._at()} has characters with a plainer spelling", "Write keys as ['…']")
        self._take(name, kind="word" if name in WORDS else "name")

    def _operator(self) -> None:
        found = _OPERATOR.match(self.source, self.position)
        operator = found[0] if found else self.source[self.position]
        if operator not in _ALLOWED:
            shown = operator if operator.isprintable() else f"U+{ord(operator):04X}"
            raise Failure(f"{shown} {self._at()} is no part of the language", _INSTEAD.get(operator))
        self.depth += (operator in "([{") - (operator in ")]}")
        if self.depth > MAX_DEPTH:
            raise Failure(f"its brackets are nested deeper than {MAX_DEPTH}", "Split it over several steps")
        self._take(operator, kind=operator)

    def _text(self, *, raw: bool) -> None:
        if self.before == "text":
            raise Failure(f"two texts stand side by side {self._at()}", "Put a comma or + between them")
        quote = self.source[self.position]
        if self.source.startswith(quote * 3, self.position):
            raise Failure(f"three quotes {self._at()}", f"One {quote} begins a text and one ends it")
        written = [quote]
        position = self.position + 1
        while (character := self.source[position : position + 1]) != quote:
            if character in _LINE_ENDS:
                raise Failure(
                    f"the text that begins {self._at()} is not closed",
                    "End it on its line; \\n is a new line",
                )
            escaped = self.source[position + 1 : position + 2]
            if character == "\\" and escaped not in _LINE_ENDS:
                character += escaped if raw or escaped in _ESCAPES else "\\" + escaped
                position += 1
            written.append(character)
            position += 1
        written.append(quote)
        self._take("".join(written), kind="text", length=position + 1 - self.position)
