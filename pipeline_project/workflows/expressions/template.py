"""Finds the `${…}` in a text: a small scanner that knows quotes and nested braces.

`$${` stands for a literal `${`. It does not look at what the expression says; the parser does.
"""

from dataclasses import dataclass
from functools import lru_cache

from pipeline_project.workflows.expressions.failure import Failure


@dataclass(frozen=True, slots=True)
class Expression:
    """What stands between `${` and its `}`."""

    source: str


Part = str | Expression

_SHORT = 4_000  # characters; longer texts are scanned again rather than kept in memory


def escape(text: str) -> str:
    """`text` written so that `resolve` gives it back unchanged: every `${` becomes `$${`."""
    return text.replace("${", "$${")


def split(text: str) -> tuple[Part, ...]:
    """The literal pieces and expressions of `text`, in order. Raises Failure for a `${` never closed."""
    if "${" not in text:
        return (text,)
    return _remembered(text) if len(text) <= _SHORT else _scan(text)


def _scan(text: str) -> tuple[Part, ...]:
    parts: list[Part] = []
    literal: list[str] = []
    position = 0
    while (found := text.find("${", position)) >= 0:
        if found > position and text[found - 1] == "$":
            literal.append(text[position : found - 1] + "${")
            position = found + 2
            continue
        literal.append(text[position:found])
        end = _closing_brace(text, found)
        if any(literal):
            parts.append("".join(literal))
        literal.clear()
        parts.append(Expression(text[found + 2 : end]))
        position = end + 1
    literal.append(text[position:])
    if any(literal) or not parts:
        parts.append("".join(literal))
    return tuple(parts)


_remembered = lru_cache(maxsize=2048)(_scan)


def _closing_brace(text: str, start: int) -> int:
    """Where the `}` stands that closes the `${` at `start`; braces inside quotes or nested do not count."""
    depth = 0
    position = start + 2
    while position < len(text):
        character = text[position]
        if character in "'\"":
            position = _closing_quote(text, position)
        elif character == "{":
            depth += 1
        elif character == "}":
            if depth == 0:
                return position
            depth -= 1
        position += 1
    raise Failure(
        f"the ${{ at character {start + 1} is never closed",
        "Add the } that ends it, or write $${ for a literal ${",
    )


def _closing_quote(text: str, start: int) -> int:
    quote = text[start]
    position = start + 1
    while position < len(text) and text[position] != quote:
        position += 2 if text[position] == "\\" else 1
    if position >= len(text):
        raise Failure(f"the quote {quote} at character {start + 1} is never closed", f"Add the {quote} that ends it")
    return position
