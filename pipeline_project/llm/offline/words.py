"""Text as sentences and as words that can be compared. Refuses to know a language beyond a list of English fillers."""

import re
from collections.abc import Iterator
from typing import Final

# A longer "sentence" is data on one line; it is quoted only so far.
LONGEST: Final = 400

_FILLERS: Final = frozenset(
    """a about above after again all also am an and any are as at be been before being below between both but by can
    could did do does doing done down each few for from further give had has have having he her here him his how i if
    in into is it its just let me more most my nor not now of off on once only or other our out over own
    please same say she should show so some such tell than that the their them then there these they this those
    through to too under until up us very was we were what when where which while who whom why will with would you your
    """.split()  # noqa: SIM905 - a hundred words are read as a text
)
_NUMBER_SIGNS: Final = frozenset({"no", "nr", "num"})
QUESTION_MARKS: Final = ("?", "\uff1f")
# Scripts without spaces: every character is a word.
_WORD: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+")
_WRAPPED: Final = re.compile(r"(?<=[^\s.!?:;])[ \t]*\n(?=[a-zà-ÿ])")
_END: Final = re.compile(
    r"(?<=[.!?])(?<!\b[A-Z]\.)(?<!\b(?:No|Nr|Mr|Dr|St|Co|vs)\.)(?<!\b(?:Mrs|Inc|Ltd|e\.g|i\.e|etc)\.)"
    r"[\"')\]”]*\s+(?=[^\sa-z])|(?<=[\u3002\uff01\uff1f])"
)


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text, lines being sentences too; a line that goes on in lower case is joined."""
    for line in _WRAPPED.sub(" ", text).splitlines():
        for sentence in _END.split(line):
            if sentence := " ".join(sentence.split()):
                yield sentence if len(sentence) <= LONGEST else f"{sentence[:LONGEST]}…"


def words(text: str) -> list[str]:
    """The words that carry meaning, folded: lower case, no plural's ending, `camelCase` taken apart."""
    return [_folded(word) for word in _split(text) if word not in _FILLERS]


def labels(text: str) -> frozenset[str]:
    """All words of a label or of a property's name, folded; "No." is a number."""
    return frozenset("number" if word in _NUMBER_SIGNS else _folded(word) for word in _split(text))


def _split(text: str) -> list[str]:
    return _WORD.findall(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).casefold())


def _folded(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
