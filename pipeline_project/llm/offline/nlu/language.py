"""Which language a text is in, by its function words: English, German, French, Spanish, or `und`.

Refuses to tell a language from fewer than two words of it, or where two are equally likely.
"""

import re
from typing import Final

from pipeline_project.llm.offline.nlu.lexicon import lexicon

UNDETERMINED: Final = "und"
"""ISO 639's code for a language that is not known."""

_WORD: Final = re.compile(r"[^\W\d_]+")
_FEWEST: Final = 2


def language_of(text: str) -> tuple[str, float]:
    """(ISO 639-1 code or `und`, the share of its words among all function words found, from 0 to 1)."""
    words = [word.casefold() for word in _WORD.findall(text)]
    counts = {name: sum(word in known for word in words) for name, known in lexicon().languages.items()}
    ranked = sorted(counts.items(), key=lambda pair: -pair[1])
    (best, most), (_, second) = ranked[0], ranked[1]
    if most < _FEWEST or most == second:
        return UNDETERMINED, 0.0
    return best, most / (most + second)
