"""A summary made of the text's own sentences: those that share most words with the rest, the first ones a little ahead.

Refuses to word anything itself.
"""

import math
import re
from collections import Counter
from typing import Final

from pipeline_project.llm.offline.words import sentences, words

_SENTENCES: Final = 2
_LEAD: Final = 0.4
"""What the first sentence is ahead; the second half of that, and so on."""
_EMPTY: Final = re.compile(
    r"^(?:hi|hello|hey|dear|good (?:morning|afternoon)|guten (?:tag|morgen)|hallo|sehr geehrte|thanks|thank you|danke|"
    r"vielen dank|(?:kind |best )?regards|mit freundlichen|cheers|best)\b[^.!?]{0,60}[,.!]*$",
    re.IGNORECASE,
)


def summary(text: str, *, most: int = _SENTENCES) -> str:
    """Up to `most` sentences, in the text's order; greetings are left out unless there is nothing else."""
    spoken = list(dict.fromkeys(sentences(text)))
    telling = [sentence for sentence in spoken if not _EMPTY.match(sentence)] or spoken
    if len(telling) <= most:
        return " ".join(telling)
    bags = [frozenset(words(sentence)) for sentence in telling]
    common = Counter(word for bag in bags for word in bag)
    scores = [
        sum(common[word] for word in bag) / math.sqrt(4 + len(bag)) / len(bags) + _LEAD / (1 + index)
        for index, bag in enumerate(bags)
    ]
    best = sorted(range(len(telling)), key=lambda index: (-scores[index], index))[:most]
    return " ".join(telling[index] for index in sorted(best))
