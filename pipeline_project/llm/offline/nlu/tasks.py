# ruff: noqa: E501 - a pattern is read whole; names and words are read as a text
"""What a text asks somebody to do: sentences that order, request, or say who will do what.

Refuses to word a task anew: its title is the sentence, without its "please".
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pipeline_project.llm.offline.nlu.entities import Entity
from pipeline_project.llm.offline.words import sentences

_VERBS: Final = """add advise answer approve arrange ask assign book bring call cancel change check clarify close collect
    complete confirm contact correct create deliver discuss draft email explain extend file finalise finalize find finish
    fix follow forward get give help inform install investigate invite keep let look mail make measure move notify order
    organise organize pay prepare print process provide publish read refund remind remove renew repair replace reply
    report reserve reset restart return review schedule send set settle ship sign supply submit talk tell test transfer
    translate update upload verify visit wait write"""
_VERB: Final = f"(?:{'|'.join(_VERBS.split())})"
_MARKED: Final = re.compile(
    r"^\W*(?:todo|to do|action(?: item)?|task|aufgabe|next step)s?\s*[:\-]\s*(?P<title>.+)$", re.I
)
_BOX: Final = re.compile(r"^\s*[-*•]?\s*\[[ ]?\]\s*(?P<title>.+)$")
_PLEASE: Final = re.compile(
    rf"^(?:(?:and|so|also|therefore|hi|hello)\W+)?(?:please|kindly)\W+(?P<title>{_VERB}\b.+)$"
    rf"|^(?P<late>{_VERB}\b.+?)\W*\bplease\W*$|^(?P<bare>{_VERB}\s(?!to\b).+)$|\bplease\s+(?P<inner>{_VERB}\b.+)$",
    re.IGNORECASE,
)
_REQUEST: Final = re.compile(
    rf"^(?:\w+,?\s+){{0,2}}(?:can|could|would|will) (?:you|somebody|someone|your team)(?: please)?\s+(?P<title>{_VERB}\b.+)$",
    re.IGNORECASE,
)
_BITTE: Final = re.compile(r"\bbitte\s+(?P<title>(?!um\b|nicht$)\w+.*)$", re.IGNORECASE)
_KOENNEN: Final = re.compile(r"^(?:können|könnten) Sie (?:bitte )?(?P<title>.+)$", re.IGNORECASE)
_WILL: Final = re.compile(
    rf"^(?P<who>[A-ZÄÖÜ][\wäöüß-]+(?:\s[A-ZÄÖÜ][\wäöüß-]+)?)\s+(?:will|should|must|shall|has to|needs to|is to)\s+"
    rf"(?P<title>{_VERB}\b.+)$"
)
_GERMAN_WILL: Final = re.compile(r"^(?P<who>[A-ZÄÖÜ][\wäöüß-]+)\s+(?:wird|soll|muss)\s+(?P<title>.+)$")
_NOBODY: Final = frozenset(
    [
        "It",
        "This",
        "That",
        "The",
        "We",
        "I",
        "You",
        "They",
        "There",
        "He",
        "She",
        "Who",
        "What",
        "Everyone",
        "Delivery",
        "Payment",
        "Es",
        "Das",
        "Die",
        "Der",
        "Wir",
        "Ich",
        "Sie",
    ]
)
_DUE: Final = re.compile(r"\b(?:by|before|until|till|on|due|within|bis|vor|am)\b[^.!?]{0,20}$", re.IGNORECASE)


@dataclass(frozen=True)
class Task:
    """`due`: an ISO date, else the words of the text; `assignee`: who is named to do it."""

    title: str
    assignee: str | None = None
    due: str | None = None


def tasks(text: str, named: Iterable[Entity]) -> tuple[Task, ...]:
    """The tasks of a text, in its order, each once. `named`: its entities, for the days."""
    days = [entity for entity in named if entity.type == "date"]
    found = dict.fromkeys(task for sentence in sentences(text) if (task := _task(sentence, days)))
    return tuple(found)


def _task(sentence: str, days: list[Entity]) -> Task | None:
    for title, who in _readings(sentence):
        words = title.strip().rstrip(".!?,;").strip()
        if len(words.split()) >= 2:
            return Task(words[0].upper() + words[1:], who, _due(sentence, days))
    return None


def _readings(sentence: str) -> Iterator[tuple[str, str | None]]:
    for pattern in (_MARKED, _BOX):
        if match := pattern.match(sentence):
            yield from _named(match["title"])
            yield match["title"], None
    if match := _WILL.match(sentence) or _GERMAN_WILL.match(sentence):
        if match["who"] not in _NOBODY:
            yield match["title"], match["who"]
        return
    for pattern in (_PLEASE, _REQUEST, _BITTE, _KOENNEN):
        if match := pattern.search(sentence):
            yield next(part for part in match.groupdict().values() if part), None


def _named(title: str) -> Iterator[tuple[str, str | None]]:
    """ "Peter: send the offer", "Peter to send the offer", "@peter send …"."""
    who = re.match(r"@?(?P<who>[A-ZÄÖÜ@][\wäöüß-]+)(?::| to|,)\s+(?P<title>.+)$", title)
    if who:
        yield who["title"], who["who"]


def _due(sentence: str, days: list[Entity]) -> str | None:
    for day in days:
        position = sentence.find(day.text)
        if position >= 0 and (
            _DUE.search(sentence[:position]) or day.text.casefold() in ("tomorrow", "morgen", "today")
        ):
            return day.value or day.text
    return None
