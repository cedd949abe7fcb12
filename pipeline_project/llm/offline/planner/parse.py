"""Reads a request clause by clause, trying shorter readings of a clause before longer ones.

What cannot be read is quoted, as the furthest place that any reading came to. Refuses requests beyond a size that a
person would say at once.
"""

import re
from dataclasses import dataclass
from typing import Final

from pipeline_project.llm.offline.planner import grammar
from pipeline_project.llm.offline.planner.actions import action_of
from pipeline_project.llm.offline.planner.conditions import condition_at
from pipeline_project.llm.offline.planner.fold import Folder, Item, Mark
from pipeline_project.llm.offline.planner.missing import reason_of
from pipeline_project.llm.offline.planner.rephrase import rephrased
from pipeline_project.llm.offline.planner.routes import order_of, route_of, rule_of
from pipeline_project.llm.offline.planner.sentence import Action, Branch, Condition, Node, NotUnderstood, Read
from pipeline_project.llm.offline.planner.triggers import trigger_at, trigger_behind

_LONGEST: Final = 4_000
_MOST_TRIES: Final = 2_000
_MOST_PARTS: Final = 100
_SENTENCE: Final = re.compile(r"(?<=[.!;])\s+(?=\S)|\n+|(?:^|(?<=\s))\d{1,2}[.)]\s+(?=[A-Za-zÄÖÜäöü])")
_BOUNDARY: Final = re.compile(r"\s|[,;:.]")
_IN_SENTENCE: Final = re.compile(
    r"\s+(?:(?:but\s+)?only\s+|(?:aber\s+)?nur\s+)?(?P<word>if|unless|falls|wenn|sofern|provided)\s+", re.IGNORECASE
)
_WHICH: Final = re.compile(
    rf"\s*\w+\s+(?:(?:the|all|any|every|alle|jede)\s+)?(?P<which>urgent|critical|important|angry|technical|billing|legal|english|french|spanish|dringend|eilig|wichtig|technisch|englisch|deutsch|französisch|spanisch)"
    rf"(?P<ending>(?:e[nrs]?)?)\s+(?P<noun>{grammar.NOUN})(?!\w)",
    re.IGNORECASE,
)
"""A verb with what it is to be done to, and only to those of a kind: "forward urgent messages"."""
_LATER: Final = re.compile(
    rf"(?P<what>\s*\S.*?)\s+(?:after|in|nach)\s+(?P<time>(?:\d+(?:\.\d+)?|an?|one|einer)\s+{grammar.UNIT})\s*[.!]?\s*",
    re.IGNORECASE | re.DOTALL,
)
_THEN: Final = re.compile(r"^\s*(?:,\s*)?(?:then|dann|so)\b\s*[,:]?\s*|^\s*[,:]\s*", re.IGNORECASE)
_CONNECTORS: Final = (
    ("else", grammar.ELSE),
    ("together", grammar.TOGETHER),
    ("break", grammar.BREAK),
    ("", grammar.WEAK),
)


@dataclass(frozen=True)
class _Found:
    """What one sentence holds."""

    items: list[Item]


def read(request: str) -> Read:
    """The request as a sequence. Raises NotUnderstood quoting the part that has no reading."""
    text = request.strip()
    if not text:
        raise NotUnderstood(request, "the request is empty")
    if "${" in text:
        part = text[text.index("${") :].split()[0]
        raise NotUnderstood(part, "an expression cannot be part of a request")
    if len(text) > _LONGEST:
        raise NotUnderstood(text[:60] + "…", f"the request is longer than {_LONGEST} characters")
    text = rephrased(text)
    found = trigger_at(_bare(text))
    trigger, condition, rest = found or (*trigger_behind(text),)
    nodes: list[Node] = []
    outer = Branch(condition) if condition is not None else None
    if outer is not None:
        nodes.append(outer)
    rest = re.sub(r"^(?:\s|[,;:]|-{1,2}>|=>|→)+", "", rest) if trigger else rest
    parts = [part for part in _SENTENCE.split(rest) if part and part.strip(" .,;:!")]
    if not parts:
        raise NotUnderstood(text, "there is nothing to do in this request")
    folder = Folder(outer.then if outer else nodes, outer)
    for part in parts:
        folder.add(_Reader(text).items(part), part)
    return Read(trigger, nodes)


def _bare(text: str) -> str:
    while polite := grammar.POLITE.match(text):
        text = text[polite.end() :]
    return text


class _Reader:
    """One sentence; remembers how far it came."""

    def __init__(self, request: str) -> None:
        self._request = request
        self._furthest = ""
        self._least: int | None = None
        self._tries = 0
        self._failed: set[str] = set()

    def items(self, sentence: str) -> list[Item]:
        if len(_ends(sentence)) > _MOST_PARTS:
            raise NotUnderstood(
                sentence[:80], f"this sentence has more than {_MOST_PARTS} parts; say it in shorter ones"
            )
        found = self._parse(sentence)
        if found is None:
            part = self._furthest or sentence
            reason = reason_of(grammar.QUOTES.sub(" ", part), grammar.QUOTES.sub(" ", self._request))
            raise NotUnderstood(part, f"this part is not understood, as {reason}" if reason else "")
        return found.items

    def _parse(self, text: str) -> _Found | None:
        if not text.strip(" .,;:!"):
            return _Found([])
        if text in self._failed:
            return None
        self._tries += 1
        if self._tries > _MOST_TRIES:
            raise NotUnderstood(text[:80], "this can be read in too many ways; say it in shorter sentences")
        found = self._connector(text) or self._condition(text) or self._action(text)
        if found is None:
            self._failed.add(text)
        return found

    def _connector(self, text: str) -> _Found | None:
        for kind, pattern in _CONNECTORS:
            if match := pattern.match(text):
                rest = self._parse(text[match.end() :])
                if rest is not None and not rest.items and kind == "else":
                    return None  # "book all others": what is done to them stands in front
                return None if rest is None else _Found([*([Mark(kind)] if kind else []), *rest.items])
        return None

    def _condition(self, text: str) -> _Found | None:
        start = grammar.IF.match(text) or grammar.FOR_A_KIND.match(text)
        if start is None:
            return None
        found = condition_at(text[start.end() :])
        if found is None:
            self._fail(text)
            return None
        condition, rest = found
        if start["word"].casefold() in grammar.NEGATIVE:
            condition = _negated(condition)
        further = self._parse(_THEN.sub("", rest, count=1))
        return None if further is None else _Found([condition, *further.items])

    def _action(self, text: str) -> _Found | None:
        if grammar.IF.match(text):
            return None  # a condition that was not understood is no action either
        for end in _ends(text):
            clause = text[:end]
            action = _with_condition(clause) or _routed(clause) or _delayed(clause)
            if action is None and (plain := _ordered(clause)):
                action = _each(plain)
            rest = None if action is None else self._parse(text[end:])
            if action is not None and rest is not None:
                return _Found([*action, *rest.items])
        self._fail(text)
        return None

    def _fail(self, text: str) -> None:
        if self._least is None or len(text) < self._least:
            self._least = len(text)
            self._furthest = text[: _ends(text)[0]].strip(" ,;:.")


def _ordered(clause: str) -> Action | None:
    """The action a clause orders, or says that it happens."""
    if action := action_of(clause):
        return action
    order = order_of(clause)
    return action_of(order) if order else None


def _routed(clause: str) -> list[Item] | None:
    """ "urgent ones go to #oncall": one of several ways; "invoices over 10k need approval by the CFO": a condition."""
    if route := route_of(clause):
        action = action_of(route[1])
        return [Mark("case"), route[0], *_each(action)] if action else None
    if rule := rule_of(clause):
        action = action_of(rule[1])
        return [rule[0], *_each(action)] if action else None
    return None


def _delayed(clause: str) -> list[Item] | None:
    """ "post to #a after 20 seconds": the time passes first."""
    match = _LATER.fullmatch(clause)
    if match is None or (action := action_of(match["what"])) is None:
        return None
    wait = action_of(f"wait {match['time']}")
    return [wait, *_each(action)] if wait else None


def _each(action: Action) -> list[Item]:
    """Both of "anna and bob" have to approve, one after the other; each of several channels gets its message."""
    channels = action.values.get("channels") or ()
    if len(channels) > 1:
        return [Action(action.kind, action.words, {**action.values, "channels": [name]}) for name in channels]
    if not action.values.get("every"):
        return [action]
    names = action.values["approvers"]
    return [Action(action.kind, action.words, {**action.values, "approvers": [name]}) for name in names]


def _only_some(clause: str) -> list[Item] | None:
    """ "forward urgent messages to …": what is said of the noun is the condition of the action."""
    which = _WHICH.match(clause)
    found = condition_at(f"it is {which['which']}") if which else None
    if which is None or found is None:
        return None
    plain = action_of(clause[: which.start("which")] + clause[which.start("noun") :])
    said = Condition(found[0].kind, f"{which['which']} {which['noun']}", found[0].values)
    return [said, *_each(plain), Mark("end")] if plain else None


def _with_condition(clause: str) -> list[Item] | None:
    """ "post to #x if it is urgent": the condition stands behind, and counts for this action alone."""
    if some := _only_some(clause):
        return some
    for match in _IN_SENTENCE.finditer(clause):
        found = condition_at(clause[match.end() :])
        if found is None or found[1].strip(" .,;:!"):
            continue
        if action := action_of(clause[: match.start()]):
            unless = match["word"].casefold() in grammar.NEGATIVE
            return [_negated(found[0]) if unless else found[0], *_each(action), Mark("end")]
    return None


def _ends(text: str) -> list[int]:
    """Where a clause may end: before each connector outside quotes, and at the end of the text."""
    quoted = [match.span() for match in grammar.QUOTES.finditer(text)]
    ends: list[int] = []
    for match in _BOUNDARY.finditer(text, 1):
        position = match.start()
        if any(start < position < end for start, end in quoted):
            continue
        rest = text[position : position + 80]
        if any(pattern.match(rest) for _, pattern in _CONNECTORS):
            ends.append(position)
    return [*dict.fromkeys(ends), len(text)]


def _negated(condition: Condition) -> Condition:
    values = {**condition.values, "negated": not condition.values.get("negated", False)}
    return Condition(condition.kind, f"not ({condition.words})", values, condition.parts)
