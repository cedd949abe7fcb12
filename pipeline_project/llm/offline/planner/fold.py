"""Puts what was read, one thing after the other, into branches, groups and the sequence.

A condition counts to the end of its sentence; a condition behind an action counts for that action alone.
"""

from dataclasses import dataclass, field
from typing import TypeGuard

from pipeline_project.llm.offline.planner.sentence import Action, Branch, Condition, Node, NotUnderstood, Parallel


@dataclass(frozen=True)
class Mark:
    """`break`, `else`, `together`, `case` before one of several ways, `end` of a condition behind its action."""

    kind: str


Item = Action | Condition | Mark


@dataclass
class Folder:
    """Sentence after sentence. `outer`: the branch that the trigger's own condition opened."""

    top: list[Node]
    outer: Branch | None
    _run: list[Item] = field(default_factory=list)
    _case: Branch | None = None
    """The way that was named last, of several ways of which one is taken."""

    def add(self, items: list[Item], sentence: str) -> None:
        """One sentence. Raises NotUnderstood for an "otherwise" or an "at the same time" that has no partner."""
        current = self.top
        opened: list[tuple[Branch, list[Node]]] = []
        count = len(current)
        way = False
        for item in items:
            if isinstance(item, Action) and opened and self._more_than_a_way(item, opened[-1][0]):
                raise NotUnderstood(item.words, "is this for all of them, or only for the last? Begin a new sentence")
            if isinstance(item, Action) or (isinstance(item, Mark) and item.kind == "together"):
                self._run.append(item)
                continue
            self._flush(current, sentence)
            if isinstance(item, Condition) and (asked := self._other_decision(item, opened)) is not None:
                current = self._answered([asked], sentence)
                continue
            if isinstance(item, Condition):
                if way:
                    current = self._other_way(current, opened)
                elif opened and excludes(opened[-1][0], item):
                    current = self._answered([opened[-1][0]], sentence)
                elif not opened and self.top and isinstance(last := self.top[-1], Branch):
                    current = self._alternative(_chain_end(last), item, current, sentence)
                branch = Branch(item, one_of_several=way)
                self._case, way = branch if way else None, False
                current.append(branch)
                opened.append((branch, current))
                current = branch.then
            elif item.kind == "case":
                way = True
            elif item.kind == "end":
                _, current = opened.pop()
            elif item.kind == "else":
                _behind(opened, count, sentence)
                current = self._answered([branch for branch, _ in opened], sentence)
        self._flush(current, sentence)
        _behind(opened, count, sentence)

    def _more_than_a_way(self, item: Action, way: Branch) -> bool:
        """Whether one of several ways has its action already, and this is another one."""
        if self._case is not way or (self._run and getattr(self._run[-1], "words", "") == item.words):
            return False
        return bool(self._run or (way.then if way.otherwise is None else way.otherwise))

    def _other_decision(self, item: Condition, opened: list[tuple[Branch, list[Node]]]) -> Branch | None:
        """The branch on the same decision: "if he rejects …, if he approves …" are the two answers to one question."""
        last = opened[-1][0] if opened else self.top[-1] if self.top else None
        both = {"approved", "rejected"}
        if not isinstance(last, Branch) or last.otherwise is not None or not last.then:
            return None
        return last if {last.condition.kind, item.kind} == both else None

    def _other_way(self, current: list[Node], opened: list[tuple[Branch, list[Node]]]) -> list[Node]:
        """Where the next of several ways stands: in the "otherwise" of the one before."""
        last = _chain_end(self.top[-1]) if self.top and isinstance(self.top[-1], Branch) else None
        before = opened[-1][0] if opened else self._case if self._case is last else None
        if before is None or before.otherwise is not None or not before.then:
            return current
        before.otherwise = []
        return before.otherwise

    def _alternative(self, last: Branch, item: Condition, current: list[Node], sentence: str) -> list[Node]:
        return self._answered([last], sentence) if excludes(last, item) else current

    def _answered(self, opened: list[Branch], sentence: str) -> list[Node]:
        """Where an "otherwise" leads: the innermost branch without one, of this sentence or the one before."""
        candidates = [*reversed(opened)]
        if self.top and isinstance(self.top[-1], Branch):
            candidates.append(_chain_end(self.top[-1]))
        if self.outer is not None:
            candidates.append(self.outer)
        found = next((branch for branch in candidates if branch.otherwise is None), None)
        if found is None:
            raise NotUnderstood(sentence, "there is no condition that this “otherwise” could answer")
        found.otherwise = []
        return found.otherwise

    def _flush(self, current: list[Node], sentence: str) -> None:
        """Append a run of actions; those that an "at the same time" speaks of become parallel."""
        items, self._run = self._run, []
        mark = next((index for index, item in enumerate(items) if isinstance(item, Mark)), None)
        actions: list[Node] = []
        for item in items:
            if isinstance(item, Action) and not _asked(item, [*current, *actions], sentence):
                actions.append(item)
        if mark is None:
            current.extend(actions)
            return
        behind = sum(isinstance(item, Action) for item in items[mark:])
        before = len(actions) - behind
        # "in parallel, a and b": what follows; "a, and at the same time b": both; "a and b in parallel": all
        first = before if behind > 1 else max(0, before - 1) if behind else 0
        together = actions[first:]
        if behind == 1 and len(together) == 1 and current:
            together = [current.pop(), *together]
        if len(together) == 1 and _reaches_several(together[0]):
            current.extend(actions)  # one mail reaches all of them at once
            return
        if len(together) < 2:
            raise NotUnderstood(sentence, "there is only one action here that could run at the same time")
        current.extend([*actions[:first], Parallel(together)])


def _reaches_several(node: Node) -> bool:
    return isinstance(node, Action) and len(node.values.get("to") or ()) > 1


_ONE_OF = frozenset({"category", "sentiment", "language"})
"""What has one value at a time, so that a second condition on it can only be an alternative."""


def excludes(before: Node, condition: Condition) -> TypeGuard[Branch]:
    """Whether a condition is the alternative of a branch: another value of the same thing, with nothing in between."""
    if not isinstance(before, Branch) or before.otherwise is not None or not before.then:
        return False
    first, kind = before.condition, condition.kind
    plain = not first.values.get("negated") and not condition.values.get("negated")
    return plain and kind == first.kind and kind in _ONE_OF and condition.values != first.values


def _behind(opened: list[tuple[Branch, list[Node]]], count: int, sentence: str) -> None:
    """ "post to #x, if it is urgent": a condition with nothing behind it decides the one action in front of it."""
    if (
        not opened
        or opened[-1][0].then
        or opened[-1][0].otherwise is not None
        or opened[-1][1][-1] is not opened[-1][0]
    ):
        return
    branch, within = opened[-1]
    before = within[count:-1] if len(opened) == 1 else within[:-1]
    if len(before) > 1:
        raise NotUnderstood(sentence, "it is open how much of this depends on the condition; put the condition first")
    if before:
        within.remove(before[0])
        branch.then.append(before[0])


def _chain_end(branch: Branch) -> Branch:
    """The last branch of a chain of "else if"."""
    while branch.otherwise and isinstance(last := branch.otherwise[-1], Branch):
        branch = last
    return branch


def _asked(action: Action, before: list[Node], sentence: str) -> bool:
    """Whether "once it is approved" speaks of the approval asked for right before. Raises NotUnderstood for none."""
    if not action.values.get("given"):
        return False
    last = before[-1] if before else None
    if isinstance(last, Action) and last.kind == "approval":
        names = action.values["approvers"]
        return not names or not last.values["approvers"] or names == last.values["approvers"]
    if action.values.get("named"):
        return False
    raise NotUnderstood(sentence, "an approval has to be asked for right before, or it must be said who approves")
