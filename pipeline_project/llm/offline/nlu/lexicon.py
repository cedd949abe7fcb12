"""The signs of moods and languages, read once from lexicon.yaml, and how strongly a text shows them.

Refuses to count a sign that stands right behind a negation, and to count the same words twice.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).with_name("lexicon.yaml")
_BEFORE = 24
"""Characters before a sign in which a negation is looked for."""


@dataclass(frozen=True)
class Signs:
    """Patterns and what each weighs."""

    weighted: tuple[tuple[int, re.Pattern[str]], ...]

    def score(self, text: str, *, negated: re.Pattern[str] | None = None) -> int:
        """The sum over the patterns that are found; each weighs once, however often it is found."""
        return sum(weight for weight, pattern in self.weighted if _found(pattern, text, negated))


@dataclass(frozen=True)
class Lexicon:
    """The signs of a mood, and the small words of languages."""

    positive: Signs
    negative: Signs
    negated: re.Pattern[str]
    languages: Mapping[str, frozenset[str]]


@cache
def lexicon() -> Lexicon:
    """The lexicon."""
    raw = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return Lexicon(
        **{name: _signs(raw[name]) for name in ("positive", "negative")},
        negated=re.compile("|".join(raw["negated"]), re.IGNORECASE),
        languages={name: frozenset(words) for name, words in raw["languages"].items()},
    )


def _signs(raw: Mapping[int, list[str]]) -> Signs:
    return Signs(tuple((weight, _compiled(sign)) for weight, signs in raw.items() for sign in signs))


def _compiled(sign: str) -> re.Pattern[str]:
    start = r"(?<!\w)" if re.match(r"[\w(]", sign) else ""
    return re.compile(start + sign.replace(" ", r"\s+"), re.IGNORECASE | re.MULTILINE)


def _found(pattern: re.Pattern[str], text: str, negated: re.Pattern[str] | None) -> bool:
    matches: Any = pattern.finditer(text)
    if negated is None:
        return next(matches, None) is not None
    return any(not negated.search(text[max(0, match.start() - _BEFORE) : match.start()]) for match in matches)
