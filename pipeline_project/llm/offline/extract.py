"""An answer made of the sentences that share the most telling words with the question.

Refuses to word anything itself beyond the first line, which says what the reader has before him.
"""

import math
import re
from collections import Counter
from typing import Final

from pipeline_project.llm.offline.nlu.summary import summary
from pipeline_project.llm.offline.reading import Reading
from pipeline_project.llm.offline.recognise import KINDS
from pipeline_project.llm.offline.words import words

FOUND: Final = "Offline answer: no model was asked. These sentences of the text are nearest to the question:"
CENTRAL: Final = "Offline answer: no model was asked. No sentence shares a word with the question; these say the most:"
SUMMARY: Final = "Offline answer: no model was asked. These sentences of the text say the most:"
NOTHING: Final = "Offline answer: no model was asked, and the request holds no text to answer from."

_SUMMARIZE: Final = re.compile(r"^\W*(?:please\s+)?(?:summari[sz]e|sum up|fasse?\b.*zusammen)", re.IGNORECASE)
_MOST: Final = 3
# A sentence with less than this part of the best score is left out.
_NEAR: Final = 0.5
# What a question asks for, by its words. A sentence that holds such a value is worth one rare word more, and the
# other words of the row count half: who asks "how much" is answered by a "total".
_ASKS: Final = (
    ("date", frozenset(("when", "date", "day", "deadline", "due", "until"))),
    ("amount", frozenset(("much", "price", "cost", "total", "amount", "sum", "pay", "fee"))),
    ("email", frozenset(("email", "mail", "contact", "reach", "address"))),
)
_HALF: Final = 0.5


def answer(reading: Reading) -> str:
    """The answer as text: a first line that says it is offline, then up to three sentences in the text's order."""
    if not reading.material:
        return NOTHING
    if reading.framed and _SUMMARIZE.match(reading.question):
        return f"{SUMMARY}\n{summary(reading.text)}"
    bags = [frozenset(words(sentence)) for sentence in reading.material]
    scores = _scores(reading, bags)
    if any(scores):
        return "\n".join((FOUND, *_best(reading.material, scores)))
    common = Counter(word for bag in bags for word in bag)
    scores = [sum(common[word] for word in bag) / math.sqrt(1 + len(bag)) for bag in bags]
    return "\n".join((CENTRAL, *_best(reading.material, scores)))


def _scores(reading: Reading, bags: list[frozenset[str]]) -> list[float]:
    """How near each sentence is to the question; 0 where they share nothing."""
    rarity = _rarity(bags)
    wanted = frozenset(words(reading.question))
    asked = wanted | frozenset(reading.question.casefold().rstrip("?").split())
    asks = [(kind, signs) for kind, signs in _ASKS if asked & signs]
    related = frozenset(word for _, signs in asks for word in signs) - wanted
    scores: list[float] = []
    for sentence, bag in zip(reading.material, bags, strict=True):
        score = sum(rarity[word] for word in bag & wanted) + _HALF * sum(rarity[word] for word in bag & related)
        if score and any(_holds(kind, sentence) for kind, _ in asks):
            score += math.log(2 + len(bags))
        scores.append(score)
    return scores


def _rarity(bags: list[frozenset[str]]) -> dict[str, float]:
    """Inverse document frequency, a sentence being a document; always above zero."""
    counts = Counter(word for bag in bags for word in bag)
    return {word: math.log(1 + len(bags) / count) for word, count in counts.items()}


def _holds(kind: str, sentence: str) -> bool:
    return next(KINDS[kind](sentence), None) is not None


def _best(material: tuple[str, ...], scores: list[float]) -> list[str]:
    ranked = sorted(range(len(scores)), key=lambda index: (-scores[index], index))[:_MOST]
    least = scores[ranked[0]] * _NEAR
    return [material[index] for index in sorted(ranked) if scores[index] >= least]
