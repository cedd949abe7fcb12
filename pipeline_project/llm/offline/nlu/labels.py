"""Labels and what speaks for them, read from labels.yaml: a sum of weights, and nothing else.

Refuses weights on a concept that does not exist.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from pipeline_project.errors import InvalidDefinition
from pipeline_project.llm.offline.nlu.cues import Shown, concepts

_FILE: Final = Path(__file__).with_name("labels.yaml")
_MARKS: Final = frozenset({"shouting", "final"})
"""Signs that are no words: computed by whoever scores."""


@dataclass(frozen=True)
class Label:
    """`means`: the sentence to label by. Weights of concepts (one, or several in a sentence), and of headings."""

    name: str
    means: str
    bias: float
    cues: tuple[tuple[tuple[str, ...], float], ...]
    headings: tuple[tuple[re.Pattern[str], float], ...]
    leaning: Mapping[str, float]

    def score(self, shown: Shown, text: str, marks: Iterable[str] = ()) -> float:
        """The sum of what speaks for it; each sign once."""
        there = shown.anywhere | frozenset(marks)
        total = self.bias
        for names, weight in self.cues:
            if there.issuperset(names) and (len(names) == 1 or shown.together(names)):
                total += weight
        return total + sum(weight for heading, weight in self.headings if heading.search(text))


@dataclass(frozen=True)
class Labels:
    """Every label. `urgent`, `high`: what speaks for either priority."""

    intents: Mapping[str, Label]
    categories: Mapping[str, Label]
    urgent: Label
    high: Label


@cache
def labels() -> Labels:
    """The labels. Raises InvalidDefinition for a weight on an unknown concept."""
    raw = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return Labels(
        {name: _label(name, label) for name, label in raw["intents"].items()},
        {name: _label(name, label) for name, label in raw["categories"].items()},
        _label("urgent", {"means": "", "cues": raw["urgent"]}),
        _label("high", {"means": "", "cues": raw["high"]}),
    )


def _label(name: str, raw: Mapping[str, Any]) -> Label:
    cues: list[tuple[tuple[str, ...], float]] = []
    headings: list[tuple[re.Pattern[str], float]] = []
    for key, weight in raw["cues"].items():
        if key.startswith("heading: "):
            pattern = rf"(?:\A|\n)\W*(?:{key.removeprefix('heading: ')})"
            headings.append((re.compile(pattern, re.IGNORECASE), float(weight)))
            continue
        names = tuple(key.split("+"))
        if unknown := [each for each in names if each not in concepts() and each not in _MARKS]:
            raise InvalidDefinition(f"weighs {unknown[0]}, which is no concept", where=f"{_FILE.name}: {name}")
        cues.append((names, float(weight)))
    leaning = {key: float(weight) for key, weight in raw.get("category", {}).items()}
    return Label(name, raw["means"], float(raw.get("bias", 0)), tuple(cues), tuple(headings), leaning)
