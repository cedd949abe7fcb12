"""What a text is like: the labelled sentences of sentences/ that share its words, pairs of words and parts of words.

A sign speaks for a label as far as it stands more often in that label's sentences than in all others (naive Bayes
against the complement). Nothing is trained ahead: the sentences are counted when the first text is read, so a line that
is added to a file there is learned from. Refuses to make much of a text of which it knows few words.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

import yaml

from pipeline_project.llm.offline.nlu.cues import lines

_FOLDER: Final = Path(__file__).with_name("sentences")
_PART: Final = 4
"""Letters of a part of a word: what a misspelt or compound word shares with one that is known."""
_PART_WEIGHT: Final = 0.5
_SMOOTHING: Final = 0.05
"""What is counted of a sign that a label's sentences do not hold; fitted on the labelled texts, with `_POINTS`."""
_POINTS: Final = 2.4
"""Points of labels.yaml for one unit of the logarithm; at most some ten points for a text that is much like a label."""
_USUAL: Final = "usual"
_FEWEST_WORDS: Final = 4
"""Known words from which the likeness counts in full."""


@dataclass(frozen=True)
class Learned:
    """How often each sign stands with each label and with all of them, by weight; `base`: what size alone makes."""

    counts: Mapping[str, Mapping[str, float]]
    together: Mapping[str, float]
    base: Mapping[str, float]

    def points(self, signs: Mapping[str, float]) -> dict[str, float]:
        """How much more the signs, each with its weight, speak for each label than for a middling one."""
        seen = [(sign, weight, self.together[sign] + _SMOOTHING) for sign, weight in signs.items()]
        made: dict[str, float] = {}
        for label, counts in self.counts.items():
            base, total = self.base[label], 0.0
            for sign, weight, together in seen:
                known = counts.get(sign, 0.0)
                total += weight * (base + math.log((known + _SMOOTHING) / (together - known)))
            made[label] = total
        middle = sum(made.values()) / len(made)
        return {label: _POINTS * (value - middle) for label, value in made.items()}


@dataclass(frozen=True)
class Like:
    """The points of each label; `priorities` are `urgent`, `high` and `usual`."""

    intents: Mapping[str, float]
    categories: Mapping[str, float]
    priorities: Mapping[str, float]


@dataclass(frozen=True)
class Likeness:
    """All that the sentences teach. `rarity`: the weight of each sign that some sentence holds."""

    rarity: Mapping[str, float]
    intents: Learned
    categories: Learned
    priorities: Learned

    def of(self, text: str) -> "Like":
        """The points of each label, around 0; all 0 for a text of unknown words."""
        signs = dict.fromkeys(_signs(text))
        words = sum(sign in self.rarity for sign in signs if sign.isalpha())
        share = min(1.0, words / _FEWEST_WORDS)
        weighted = {sign: share * weight for sign, weight in _weighted(signs, self.rarity).items()}
        return Like(*(learned.points(weighted) for learned in (self.intents, self.categories, self.priorities)))


@cache
def likeness() -> Likeness:
    """What the sentences of the folder teach."""
    read = [(labels, dict.fromkeys(_signs(line))) for labels, line in _sentences()]
    spread = Counter(sign for _, signs in read for sign in signs)
    rarity = {
        sign: (_PART_WEIGHT if sign[0] == "~" else 1.0) * math.log((len(read) + 1) / (count + 0.5))
        for sign, count in spread.items()
    }
    weighted = [(labels, _weighted(signs, rarity)) for labels, signs in read]
    return Likeness(rarity, *(_learned((labels[field], signs) for labels, signs in weighted) for field in range(3)))


def _sentences() -> Iterator[tuple[tuple[str, str, str], str]]:
    """((intent, category, priority), sentence), in the order of the files' names."""
    for file in sorted(_FOLDER.glob("*.yaml")):
        for key, block in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            category, _, priority = key.partition(" ")
            for line in block.splitlines():
                yield (file.stem, category, priority or _USUAL), line


def _learned(labelled: Iterable[tuple[str, Mapping[str, float]]]) -> Learned:
    counts: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    together: defaultdict[str, float] = defaultdict(float)
    for label, signs in labelled:
        here = counts[label]
        for sign, weight in signs.items():
            here[sign] += weight
            together[sign] += weight
    smooth, everything = _SMOOTHING * len(together), sum(together.values())
    sizes = {label: sum(here.values()) for label, here in counts.items()}
    base = {label: math.log((everything - size + smooth) / (size + smooth)) for label, size in sizes.items()}
    return Learned(counts, together, base)


def _weighted(signs: Iterable[str], rarity: Mapping[str, float]) -> dict[str, float]:
    """The known signs by their rarity, as a vector of length one."""
    known = {sign: rarity[sign] for sign in signs if sign in rarity}
    length = math.sqrt(sum(weight * weight for weight in known.values())) or 1.0
    return {sign: weight / length for sign, weight in known.items()}


def _signs(text: str) -> Iterator[str]:
    """Words, words that follow one another, with and without one between, and parts of words; numbers are one word."""
    for line in lines(text):
        words = ["#" if word.isdigit() else word for word in line.split()]
        yield from words[1:]
        yield from (f"{first} {second}" for first, second in pairwise(words))
        yield from (f"{first} _ {third}" for first, third in zip(words, words[2:], strict=False))
        for word in words[1:]:
            if len(word) > _PART:
                edged = f"<{word}>"
                yield from (f"~{edged[start : start + _PART]}" for start in range(len(edged) - _PART + 1))
