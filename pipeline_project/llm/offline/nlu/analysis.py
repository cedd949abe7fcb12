# ruff: noqa: E501 - a pattern is read whole
"""What a text is, taken together from its signs, with a confidence that is no more than their agreement.

Refuses to be sure of a language that the signs do not speak, and of a text that shows none of them.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from pipeline_project.llm.offline.nlu.cues import Shown, shown
from pipeline_project.llm.offline.nlu.entities import LONGEST, Entity, entities
from pipeline_project.llm.offline.nlu.labels import labels
from pipeline_project.llm.offline.nlu.language import UNDETERMINED, language_of
from pipeline_project.llm.offline.nlu.lexicon import lexicon
from pipeline_project.llm.offline.nlu.likeness import Like, likeness
from pipeline_project.llm.offline.nlu.parts import spoken, without_courtesy
from pipeline_project.llm.offline.nlu.summary import summary
from pipeline_project.llm.offline.nlu.tasks import Task, tasks

Priority = Literal["low", "normal", "high", "urgent"]
Sentiment = Literal["positive", "neutral", "negative"]

_SPOKEN: Final = frozenset({"en", "de"})
_FOREIGN: Final = 0.4
"""How far an answer on a language without signs is trusted."""
_UNSIGNED: Final = 0.1
_PRIORITY: Final = re.compile(
    r"^\W*(?:priority|priorität|dringlichkeit|urgency)\s*[:=]\s*(?P<said>\w+)", re.IGNORECASE | re.MULTILINE
)
_LEVELS: Final[Mapping[str, Priority]] = {
    **dict.fromkeys(("urgent", "critical", "dringend", "kritisch", "p1"), "urgent"),
    **dict.fromkeys(("high", "hoch", "p2"), "high"),
    **dict.fromkeys(("normal", "medium", "mittel", "p3"), "normal"),
    **dict.fromkeys(("low", "niedrig", "gering", "p4"), "low"),
}
_URGENT: Final = 4.5
_HIGH: Final = 2
_LIKELY: Final = 0.3
"""How far what the text is like counts besides what it says."""
_CALM: Final = frozenset({"praise", "request_feature", "inform", "advertise"})
"""What is calm unless the text says otherwise."""
_PATIENT: Final = frozenset({"remind_payment", "submit_invoice", "apply", "praise", "sales_inquiry", "inform"})
"""What is at most high: nothing stands still, however loud it is said."""
_SHARPNESS: Final = 3.3
"""Points of lead that make one label e times as likely as another; fitted on
the sentences of sentences/, each with those of the other five sixths."""
_LEAST: Final = 2.0
"""Points without which a label is a guess."""
_MATTER_SHOWS_WITHIN: Final = 60_000
_MOOD_SHOWS_WITHIN: Final = 20_000
"""Characters that the matter, and the mood and the language, are read from; entities are looked for in all."""
_SHOUTED: Final = re.compile(
    r"!!+|\b(?:[A-ZÄÖÜ]{3,}[ ,]+){2,}[A-ZÄÖÜ]{2,}\b(?![\w:])|\b(?:NOW|URGENT|ASAP|DRINGEND|SOFORT|ALARM)\b"
)
_WISHED: Final = re.compile(
    r"\b(?:(?:would|'d|should|could|will|'ll)(?: be| really| also)* (?:love|loved|great|glad|happy|pleased|delighted|nice|lovely|perfect|"
    r"wonderful|fantastic|brilliant|helpful|amazing|awesome|good|grateful|appreciate[d]?)|"
    r"(?:happy|glad|pleased|delighted) to|look(?:ing)? forward|good (?:morning|afternoon|evening|day)|thank(?:s| you) (?:for|in advance)|thanks?|danke|"
    r"gute[nr]? (?:tag|morgen|abend)|(?:wäre|würde|fände)\w* [^.!?]{0,30}?(?:toll|super|klasse|prima|schön|nett|dankbar|gut|hilfreich))\b",
    re.IGNORECASE,
)
_FINAL: Final = re.compile(
    r"\b(?:final|last) (?:notice|demand|warning|reminder)|\bletzte (?:mahnung|zahlungsaufforderung)|(?:second|third) reminder|"
    r"[23]\. mahnung|collection agency|inkasso|overdue|past due|überfällig|suspen|at once|immediately|umgehend",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Analysis:
    """What the rules make of a text. `intents`, `categories`: every one with its score, best first."""

    intent: str
    category: str
    priority: Priority
    sentiment: Sentiment
    language: str
    confidence: float
    summary: str
    entities: tuple[Entity, ...]
    tasks: tuple[Task, ...]
    intents: tuple[tuple[str, float], ...]
    categories: tuple[tuple[str, float], ...]

    @property
    def route(self) -> str:
        """Where it goes: `urgent`, whatever it is about, else its category."""
        return "urgent" if self.priority == "urgent" else self.category

    def of_type(self, kind: str) -> tuple[Entity, ...]:
        """The entities of one type."""
        return tuple(entity for entity in self.entities if entity.type == kind)


def analyse(text: str, *, today: date | None = None) -> Analysis:
    """The analysis. `today`: the day that words such as tomorrow are counted from; None leaves them words."""
    text = text[:LONGEST]
    own = without_courtesy(spoken(text[:_MATTER_SHOWS_WITHIN]))
    known = labels()
    seen = shown(own)
    like = likeness().of(own)
    intents = _ranked({name: label.score(seen, own) + like.intents[name] for name, label in known.intents.items()})
    sure = intents[0][1] >= _LEAST
    intent = intents[0][0] if intents[0][1] > 0 else "inform"
    leaning = known.intents[intent].leaning if intents[0][1] > 0 else {}
    categories = _ranked(
        {
            name: label.score(seen, own) + leaning.get(name, 0) + like.categories[name]
            for name, label in known.categories.items()
        }
    )
    language, share = language_of(text[:_MOOD_SHOWS_WITHIN])
    named = entities(text, today)
    return Analysis(
        intent=intent,
        category=categories[0][0] if categories[0][1] > 0 else "general",
        priority=_priority(own, intent, seen, like, calm=sure and intent in _CALM),
        sentiment=_sentiment(own, intent, sure=sure),
        language=language,
        confidence=_confidence(intents, categories, language, share),
        summary=summary(text),
        entities=named,
        tasks=tasks(text, named),
        intents=intents,
        categories=categories,
    )


def _ranked(scores: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """Best first; equals in the order of the table."""
    return tuple(sorted(scores.items(), key=lambda pair: -pair[1]))


def _priority(text: str, intent: str, seen: Shown, like: Like, *, calm: bool) -> Priority:
    """What the text says itself, else by what is at stake and how soon; calm words outweigh loud ones."""
    said = _PRIORITY.search(text)
    if said and (level := _LEVELS.get(said["said"].casefold())):
        return level
    if intent == "advertise":
        return "low"  # it is always the last chance
    if intent == "apply":
        return "normal"  # to begin at once is an offer
    marks = [name for name, sign in (("shouting", _SHOUTED), ("final", _FINAL)) if sign.search(text)]
    if intent == "remind_payment" and "final" in marks:
        return "high"
    at_stake = labels().urgent.score(seen, text, marks)
    likely = max(0.0, like.priorities["urgent"]) if intent == "report_problem" else 0.0
    if intent not in _PATIENT and at_stake + _LIKELY * likely >= _URGENT:
        return "urgent"
    if "CALM" in seen.anywhere and at_stake <= 0:
        return "low"
    if labels().high.score(seen, text, marks) >= _HIGH:
        return "high"
    return "low" if calm else "normal"


def _sentiment(text: str, intent: str, *, sure: bool) -> Sentiment:
    """The mood that the words show, and the intent where that is a mood itself; what is wished for shows none."""
    if intent == "advertise":
        return "neutral"  # its cheer is nobody's
    text = _WISHED.sub(" ", text[:_MOOD_SHOWS_WITHIN])
    known = lexicon()
    good = known.positive.score(text, negated=known.negated) + 2 * (sure and intent == "praise")
    bad = known.negative.score(text, negated=known.negated) + 2 * (sure and intent == "complain")
    if abs(good - bad) < 2:  # one weak word is a courtesy
        return "neutral"
    return "positive" if good > bad else "negative"


def _confidence(
    intents: tuple[tuple[str, float], ...], categories: tuple[tuple[str, float], ...], language: str, share: float
) -> float:
    """How likely the best intent and the best category are, less where the language is not spoken."""
    agreement = _likely(intents) * math.sqrt(_likely(categories))
    trust = 1.0 if language in _SPOKEN else 0.8 if language == UNDETERMINED else _FOREIGN
    # a text that mixes languages has signs of which the other half is missing
    mixed = 1.0 if language == UNDETERMINED else 0.7 + 0.3 * share
    return round(max(_UNSIGNED, agreement * trust * mixed), 2)


def _likely(scores: tuple[tuple[str, float], ...]) -> float:
    """The share of the best among all by softmax, and less where little was seen."""
    best = scores[0][1]
    if best < _LEAST:
        return _UNSIGNED
    share = 1 / sum(math.exp((score - best) / _SHARPNESS) for _, score in scores)
    return share * best / (best + 1)
