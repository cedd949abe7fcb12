# ruff: noqa: E501, RUF001 - a pattern is read whole, and people type curly apostrophes
"""Concepts in a text: cues of concepts.yaml, phrases.yaml and stakes.yaml, looked for sentence by sentence in folded words.

Refuses to count a cue right behind a negation, unless the cue holds one itself.
"""

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml

_FILES: Final = tuple(Path(__file__).with_name(name) for name in ("concepts.yaml", "phrases.yaml", "stakes.yaml"))
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "'": None, "’": None, "‘": None})
_WORD: Final = re.compile(r"(?<![a-z0-9])[a-z0-9]{1,40}(?![a-z0-9])|\?")
_WRAPPED: Final = re.compile(r"(?<=[^\s.!?:;])[ \t]*\n(?=[a-zà-ÿ])")
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+|\n+|(?<=[a-zß]),\s+(?:but|aber|und zwar)\s")
_NEGATORS: Final = (
    "not no never none without nicht kein keine keinen keinem keiner keinerlei ohne hardly isnt wasnt dont doesnt didnt"
)
_NEGATED: Final = re.compile(
    rf" (?:{_NEGATORS.replace(' ', '|')}) (?:(?:a|an|the|any|yet|so|very|really|mehr) ){{0,2}}$"
)
_HOLDS_NEGATION: Final = re.compile(
    rf"\b(?:{_NEGATORS.replace(' ', '|')}|nothing|nobody|noone|nichts|niemand|cant|cannot|unable|wont|havent|hasnt|un\w+)\b"
)
_GAPS: Final = {"_": 3, "__": 8}
_MOST_SENTENCES: Final = 400
_LONGEST_SENTENCE: Final = 2_000
_LONGEST_NEGATION: Final = 40
"""Bounds of what is looked at, so that a hostile text costs no more than a long letter."""


@dataclass(frozen=True)
class Concept:
    """A concept's cues as two patterns: those a negation silences, and those that hold one."""

    plain: re.Pattern[str] | None
    negative: re.Pattern[str] | None

    def found(self, sentence: str) -> bool:
        """Whether a folded sentence shows it."""
        if self.negative is not None and self.negative.search(sentence):
            return True
        matches = self.plain.finditer(sentence) if self.plain is not None else ()
        return any(
            not _NEGATED.search(sentence[max(0, match.start() - _LONGEST_NEGATION) : match.start() + 1])
            for match in matches
        )


@dataclass(frozen=True)
class Shown:
    """The concepts of a text: of each sentence, and of all."""

    sentences: tuple[frozenset[str], ...]

    @property
    def anywhere(self) -> frozenset[str]:
        """Every concept that some sentence shows."""
        return frozenset[str]().union(*self.sentences)

    def together(self, names: tuple[str, ...]) -> bool:
        """Whether one sentence, or two that follow one another, show all of them."""
        return any(
            all(name in here or name in then for name in names)
            for here, then in zip(self.sentences, (*self.sentences[1:], frozenset[str]()), strict=True)
        )


@cache
def concepts() -> dict[str, Concept]:
    """Every concept by its name."""
    raw: defaultdict[str, list[str]] = defaultdict(list)
    for file in _FILES:
        for name, cues in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            raw[name] += [cue.strip() for cue in cues.split(",")]
    return {name: _concept(cues) for name, cues in raw.items()}


def folded(text: str) -> str:
    """Words in lower case without accents and apostrophes, a space around each and `^` before the first."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_UMLAUTS))
    return f" ^ {' '.join(_WORD.findall(''.join(c for c in plain if not unicodedata.combining(c))))} "


def lines(text: str) -> list[str]:
    """The sentences of a text, folded; those without a word left out."""
    split = _SENTENCE.split(_WRAPPED.sub(" ", text))[:_MOST_SENTENCES]
    return [line for line in (folded(sentence[:_LONGEST_SENTENCE]) for sentence in split) if line.strip(" ^")]


def shown(text: str) -> Shown:
    """The concepts that a text shows."""
    known = concepts().items()
    return Shown(tuple(frozenset(name for name, concept in known if concept.found(line)) for line in lines(text)))


def _concept(cues: list[str]) -> Concept:
    negative = [cue for cue in cues if _HOLDS_NEGATION.search(cue)]
    return Concept(_pattern([cue for cue in cues if cue not in negative]), _pattern(negative))


def _pattern(cues: list[str]) -> re.Pattern[str] | None:
    """One pattern of all cues, by their first letter, so that a word is held against a few cues and not against all."""
    if not cues:
        return None
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for cue in cues:
        first, *rest = cue.split()
        for word in first.split("|"):
            groups[word[0] if word[0].isalnum() else ""].add(_cue([word, *rest]))
    return re.compile("(?<= )(?:" + "|".join(map(_group, groups, groups.values())) + ")(?= )")


def _group(letter: str, made: set[str]) -> str:
    return f"(?={letter})(?:{'|'.join(sorted(made))})"


def _cue(parts: list[str]) -> str:
    """One cue as a pattern over folded words."""
    made = ""
    for part in parts:
        if part in _GAPS:
            made += f"(?:[a-z0-9]+ ){{0,{_GAPS[part]}}}"
        else:
            made += f"(?:{'|'.join(map(_word, part.split('|')))}) "
    return made.rstrip()


def _word(word: str) -> str:
    return re.escape(word).replace(r"\*", "[a-z0-9]*").replace(r"\#", "[0-9]+")
