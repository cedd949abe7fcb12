# ruff: noqa: E501 - a pattern is read whole
"""What is said of things and not ordered: "urgent ones go to #oncall", "invoices over 10k need approval by the CFO".

Refuses a kind of thing that no condition knows: nothing is routed by a word that is not understood.
"""

import re
from typing import Final

from pipeline_project.llm.offline.planner.conditions import condition_at
from pipeline_project.llm.offline.planner.grammar import ADDRESSES, CHANNELS, NOUN, PEOPLE, WHO, whole
from pipeline_project.llm.offline.planner.sentence import Condition

_TARGET: Final = rf"(?:the )?(?:{CHANNELS}|{ADDRESSES.replace('?P<addresses>', '?:')})".replace("?P<channels>", "?:")
_GO: Final = r"(?:(?:should |must |shall |will |sollen |müssen )?(?:go(?:es)?|(?:are|is|gets?|be) (?:sent|posted|forwarded|routed|mailed|escalated)|gehen|geht|kommen|kommt|landen) )"
_ROUTE: Final = re.compile(
    rf"\s*(?:(?:all|any|the|every|alle|die|jede) )?(?P<which>(?:in )?[\w-]+(?: priority)?)(?P<noun> (?:ones?|{NOUN}|cases?|questions?|issues?|problems?|fragen|probleme|stuff|things?))? (?:{_GO}?(?:to|in|into|an|nach|zu)|->|=>|→|:) ?(?P<target>{_TARGET})(?: (?:gehen|weiterleiten|schicken|senden))?\s*[.!]?\s*".replace(
        " ", r"\s*"
    ),
    re.IGNORECASE,
)
_SUBJECT: Final = re.compile(rf"\s*(?:(?:all|any|the|every|alle|die|jede)\s+)?(?P<noun>{NOUN})\s+(?=\S)", re.IGNORECASE)
_APPROVED: Final = r"(?:approval|sign-?off|permission|consent)"
_SAID: Final = tuple(
    (whole(pattern), order)
    for pattern, order in (
        (
            rf"(?:needs?|requires?|must have|should have|must get) (?:an? |the )?{_APPROVED} (?:by|from|of) (?P<who>{PEOPLE})",
            "ask {who} for approval",
        ),
        (
            rf"(?:needs? to|must|has to|have to|should|shall) be (?:approved|signed off|released|confirmed) by (?P<who>{PEOPLE})",
            "ask {who} for approval",
        ),
        (
            rf"(?:muss|müssen|soll|sollen|sollten) (?:erst |zuerst |vorher )?von (?P<who>{PEOPLE}) (?:freigegeben|genehmigt|bestätigt) werden",
            "ask {who} for approval",
        ),
        (
            rf"(?:brauchen|braucht|benötigen|benötigt|erfordern|erfordert) (?:die |eine )?(?:freigabe|genehmigung|zustimmung) (?:von|durch) (?P<who>{PEOPLE})",
            "ask {who} for approval",
        ),
        (rf"(?:goes|go|are sent|is sent) to (?P<who>{WHO}) for (?:an? |the )?{_APPROVED}", "ask {who} for approval"),
        (
            r"(?:just |can be |may be |will be )?(?:gets?|is|are|be)? ?(?:just |automatically |directly )?(?:booked|posted|recorded|verbucht|gebucht)(?: automatically| directly)?",
            "book it",
        ),
        (
            r"(?:werden|wird|können) (?:direkt |sofort |automatisch |gleich )?(?:verbucht|gebucht)(?: werden)?",
            "book it",
        ),
        (
            r"(?:are|is|gets?) (?:automatically )?(?:approved|fine|ok|okay|ignored|accepted)(?: automatically)?",
            "do nothing",
        ),
        (
            rf"{_GO}?(?:to|in|into|an|nach|zu|->|→) ?(?P<who>{_TARGET})(?: (?:gehen|weiterleiten|schicken|senden))?",
            "forward it to {who}",
        ),
        (rf"{_GO}to (?P<who>{WHO})", "forward it to {who}"),
    )
)  # fmt: skip - one pattern a line is a table


def order_of(said: str) -> str | None:
    """What is said of things as an order: "need approval by the CFO" is "ask the CFO for approval"."""
    for pattern, order in _SAID:
        if match := pattern.fullmatch(said):
            return order.format(**match.groupdict())
    return None


def route_of(clause: str) -> tuple[Condition, str] | None:
    """(the kind of things, where they go) of "billing ones to b@x.example"; None when it says no such thing."""
    match = _ROUTE.fullmatch(clause)
    if match is None:
        return None
    said = match["which"]
    for word in dict.fromkeys((said, re.sub(r"(?<=\w{4})e[nrs]?$", "", said), re.sub(r"(?<=\w{3})s$", "", said))):
        found = condition_at(f"it is {word}")
        if found is not None and not found[1].strip():
            words = f"{said}{match['noun'] or ''}"
            return Condition(found[0].kind, words, found[0].values, found[0].parts), f"forward it to {match['target']}"
    return None


_LET_PASS: Final = re.compile(
    rf"\s*(?:(?:automatically\s+)?(?:approve|accept)|ignore|skip)\s+(?:all\s+)?(?P<noun>{NOUN})\s+(?=\S)", re.IGNORECASE
)


def _let_pass(clause: str) -> tuple[Condition, str] | None:
    """ "approve invoices under 100 EUR automatically": nothing is to be done about them."""
    match = _LET_PASS.match(clause)
    found = condition_at(clause[match.end() :]) if match else None
    alone = re.match(r"\s*(?:ignore|skip|automatically)\b", clause, re.IGNORECASE)
    if (
        match is None
        or found is None
        or not re.fullmatch(r"\s*(?P<auto>automatically)?[\s.!]*", found[1], re.IGNORECASE)
    ):
        return None
    if not alone and "automatically" not in found[1].casefold():
        return None  # who approves them is not said
    return Condition(found[0].kind, f"{match['noun']} {found[0].words}", found[0].values, found[0].parts), "do nothing"


def rule_of(clause: str) -> tuple[Condition, str] | None:
    """(the condition, the order) of "invoices over 10k need approval by the CFO"."""
    if passing := _let_pass(clause):
        return passing
    subject = _SUBJECT.match(clause)
    found = condition_at(clause[subject.end() :]) if subject else None
    order = order_of(found[1]) if found else None
    if subject is None or found is None or order is None:
        return None
    condition = found[0]
    words = f"{subject['noun']} {condition.words}"
    return Condition(condition.kind, words, condition.values, condition.parts), order
