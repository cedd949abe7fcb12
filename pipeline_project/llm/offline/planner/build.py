"""A request that was read, as the steps of a workflow and the sentences that explain them.

Readings (an invoice, an analysis) stand first, because they change nothing and everything else looks at them. Refuses
step types that the asker did not list.
"""

import itertools
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from pipeline_project.llm.offline.planner import decide
from pipeline_project.llm.offline.planner.grammar import subject_of
from pipeline_project.llm.offline.planner.parse import read
from pipeline_project.llm.offline.planner.sentence import (
    Action,
    Branch,
    Condition,
    Node,
    NotUnderstood,
    Parallel,
    Read,
    Subject,
    Trigger,
)
from pipeline_project.llm.offline.planner.steps import READERS, TYPES, Scene, config_of, id_of

_DECISIONS = frozenset({"approved", "rejected"})
_MADE = frozenset({"summarize", "write", "fetch", "rows", "tool", "tool_file", "tool_search"})
"""Actions whose result later ones may speak of."""


@dataclass(frozen=True)
class Draft:
    """A definition as plain JSON, and what it does in sentences."""

    definition: dict[str, Any]
    explanation: str


@dataclass
class _Builder:
    scene: Scene
    types: Collection[str] | None
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def step(self, base: str, kind: str, config: dict[str, Any], words: str) -> str:
        if self.types is not None and kind not in self.types:
            raise NotUnderstood(words, f"this needs the step type {kind}, which this version does not have")
        name, number = base, 2
        while name in self.steps:
            name, number = f"{base}_{number}", number + 1
        self.steps[name] = {"type": kind, "name": words[:1].upper() + words[1:199], "config": config}
        return name

    def sequence(self, nodes: list[Node], follow: list[str], known: list[str]) -> list[str]:
        """Build the nodes so that `follow` comes after them; gives the steps they begin with."""
        # forward, so that what is known grows in reading order; then linked from the end
        built: list[tuple[str, Any]] = []
        for index, node in enumerate(nodes):
            if isinstance(node, Parallel):
                built.append(("step", self._parallel(node, known)))
            elif isinstance(node, Action):
                name = self.action(node, known)
                built += [] if name is None else [("step", name)]
            elif _idle(node):
                continue
            elif node.condition.kind in _DECISIONS:
                built.append(("decision", self._decision(node, nodes[:index], built, known)))
            else:
                name = self.step("decide", "conditional_logic", {}, f"if {node.condition.words}")
                built.append(("branch", (name, node, list(known))))
        for kind, value in reversed(built):
            if kind == "branch":
                name, node, seen = value
                follow = [self._branch(name, node, seen, follow)]
            elif kind == "decision":
                gates, yes, no, seen = value
                follow = self._decided(gates, yes, no, seen, follow)
            else:
                self.steps[value] |= {"next_steps": list(follow)} if follow else {}
                follow = [value]
        return follow

    def action(self, node: Action, known: list[str]) -> str | None:
        """The step of an action; None for what is a reading step of its own, or nothing."""
        known += [f"{aspect}:analyse" for aspect in node.values.get("aspects", ())]
        if node.kind in READERS or node.kind in ("process", "nothing"):
            return None
        name = self.step(id_of(node), TYPES[node.kind], config_of(node, self.scene, known), node.words)
        known.append(f"{node.kind}:{name}" if node.kind in _MADE else name)
        if node.kind == "budget":
            self.scene.budget = name
        return name

    def _parallel(self, node: Parallel, known: list[str]) -> str:
        name = self.step("together", "parallel_execution", {}, "at the same time")
        heads = [head for action in node.actions for head in self.sequence([action], [], list(known))]
        if len(heads) < 2:
            raise NotUnderstood("at the same time", "fewer than two of these actions are steps of their own")
        self.steps[name]["config"] = {"steps": heads}
        return name

    def _branch(self, name: str, node: Branch, known: list[str], follow: list[str]) -> str:
        condition = decide.expression(
            node.condition, self.scene.subject, self.scene.budget, self.scene.source or "input.text"
        )
        then = self.sequence(node.then, follow, list(known))
        otherwise = self.sequence(node.otherwise or [], follow, list(known))
        if not then and not otherwise:
            raise NotUnderstood(node.condition.words, "nothing follows from this condition")
        if not then:  # "if it is small do nothing, otherwise …"
            condition, then, otherwise = f"not ({condition})", otherwise, []
        config: dict[str, Any] = {"conditions": [{"if": condition, "then": then}]}
        self.steps[name]["config"] = config | ({"else": otherwise} if otherwise else {"otherwise": "end"})
        return name

    def _decision(self, node: Branch, earlier: list[Node], built: list[tuple[str, Any]], known: list[str]) -> Any:
        """ "if approved … otherwise …" right behind the question: the gate's own two ways."""
        before = earlier[-1] if earlier else None
        if not (isinstance(before, Action) and before.kind == "approval" and built):
            raise NotUnderstood(node.condition.words, "an approval has to be asked for right before")
        approved = (node.condition.kind == "approved") != bool(node.condition.values.get("negated"))
        yes, no = (node.then, node.otherwise) if approved else (node.otherwise, node.then)
        # of several who are all asked, each may reject
        together = itertools.takewhile(
            lambda each: isinstance(each, Action) and each.words == before.words, reversed(earlier)
        )
        count = sum(1 for _ in together)
        return [name for _, name in built[-count:]], yes or [], no or [], list(known)

    def _decided(
        self, gates: list[str], yes: list[Node], no: list[Node], known: list[str], follow: list[str]
    ) -> list[str]:
        if rejected := self.sequence(no, [], list(known)):
            for gate in gates:
                self.steps[gate]["config"]["on_reject"] = f"goto:{rejected[0]}"
        return self.sequence(yes, follow, known)


def plan(request: str, types: Collection[str] | None = None) -> Draft:
    """The workflow of a request. `types`: the step types there are; None: all. Raises NotUnderstood."""
    understood = read(request)
    actions, branches = _actions(understood.nodes), _branches(understood.nodes)
    conditions = [leaf for branch in branches for leaf in decide.leaves(branch.condition)]
    scene = Scene(_subject(understood, actions, [_looked_at(condition) for condition in conditions]))
    builder = _Builder(scene, types)
    needed = {decide.READING.get(condition.kind, "") for condition in conditions}
    needed |= {READERS.get(action.kind, "") for action in actions}
    needed |= {{"invoice": "read", "purchase_order": "detect"}.get(scene.subject, "")}
    kinds = {condition.kind for condition in conditions}
    if "read" in needed and scene.subject != "invoice":
        raise NotUnderstood(request[:200], "only an invoice can be a duplicate or valid")
    if "amount" in kinds and scene.subject not in ("invoice", "purchase_order"):
        scene.ask("amount", "currency")
    first = list(itertools.takewhile(_gets, understood.nodes))
    _only_first(first, understood.nodes, conditions)
    known: list[str] = []
    sources = [name for node in first if isinstance(node, Action) and (name := builder.action(node, known))]
    scene.source = _text_of(known[-1]) if sources else None
    if "words" in kinds:
        scene.text()
    readers = [builder.step(name, *scene.reader(name)) for name in ("read", "detect", "analyse") if name in needed]
    heads = builder.sequence(understood.nodes[len(first) :], [], [*known, *readers])
    for reader in reversed([*sources, *readers]):
        builder.steps[reader] |= {"next_steps": heads} if heads else {}
        heads = [reader]
    if not heads:
        raise NotUnderstood(request[:200], "there is nothing to do in this request")
    _no_contradiction(branches)
    _note(builder, kinds, actions, branches)
    builder.notes.extend(scene.take_notes())
    return Draft(_definition(request, builder, heads[0], actions), _explained(understood.trigger, builder))


def _no_contradiction(branches: list[Branch]) -> None:
    for branch in filter(_idle, branches):
        if any(_same(branch.condition, other.condition) for other in branches if other is not branch):
            raise NotUnderstood(branch.condition.words, "something and nothing shall follow from the same condition")


def _note(builder: _Builder, kinds: set[str], actions: list[Action], branches: list[Branch]) -> None:
    """What a person might take otherwise."""
    scene = builder.scene
    if "budget" not in kinds and any(action.kind == "budget" for action in actions):
        scene.note("Nothing follows from what the budget answers: say “if the budget is exceeded, …” where it shall.")
    if any(branch.one_of_several for branch in branches):
        scene.note("Of the ways named, the first that fits is taken.")
    if any(" != '" in str(step["config"]) and "currency" in str(step["config"]) for step in builder.steps.values()):
        scene.note("An amount in another currency counts as over the limit, as no rate is given.")


def _idle(branch: Branch) -> bool:
    """Whether it is said that nothing is done in this case, and nothing is said of the others."""
    nothing = all(isinstance(node, Action) and node.kind == "nothing" for node in branch.then)
    return nothing and bool(branch.then) and branch.otherwise is None


def _looked_at(condition: Condition) -> str:
    """What a condition is about; the words that a text is searched for are not it."""
    said = condition.words
    return re.split(r"mention|contain|includ|says|erwähn|enthält", said)[0] if condition.kind == "words" else said


def _same(one: Condition, other: Condition) -> bool:
    return (one.kind, one.values) == (other.kind, other.values) and list(map(repr, one.parts)) == list(
        map(repr, other.parts)
    )


def _gets(node: Node) -> bool:
    return isinstance(node, Action) and node.kind in ("fetch", "tool_file")


def _text_of(made: str) -> str:
    kind, _, step = made.partition(":")
    return f"json({step}.body)" if kind == "fetch" else f"{step}.text"


def _only_first(first: list[Node], nodes: list[Node], conditions: list[Condition]) -> None:
    """Refuse what would be decided on the input although it speaks of something that was fetched or read."""
    if first and any(condition.kind == "amount" for condition in conditions):
        words = next(condition.words for condition in conditions if condition.kind == "amount")
        raise NotUnderstood(words, "which amount of what was fetched is not known; filter rows by a field")
    later = [action for action in _actions(nodes[len(first) :]) if _gets(action)]
    behind = _actions(nodes)[_actions(nodes).index(later[0]) :] if later else []
    for action in behind:
        if action.kind in READERS:
            raise NotUnderstood(action.words, "what is analyzed has to be fetched or read first of all")


def _definition(request: str, builder: _Builder, start: str, actions: list[Action]) -> dict[str, Any]:
    said = " ".join(request.split())
    names = [builder.scene.subject or "do", *(id_of(action) for action in actions)]
    # the id is cut at a whole word; what is left of a longer one says enough
    slug = "_".join(dict.fromkeys(names))
    slug = re.sub(r"_+", "_", slug if len(slug) <= 60 else slug[:60].rpartition("_")[0]).strip("_")
    return {
        "id": slug,
        "name": said[:100],
        "description": f"Drafted by the offline planner from: {said}",
        "category": "generated",
        "input_schema": builder.scene.input_schema(),
        "start_step_id": start,
        "steps": builder.steps,
    }


def _explained(trigger: Trigger | None, builder: _Builder) -> str:
    lines: list[str] = []
    if trigger is not None and trigger.scheduled:
        lines.append(f"“{trigger.words}” is not scheduled: this version has no triggers; start it by hand or by cron.")
    elif trigger is not None:
        lines.append(f"“{trigger.words}” does not start it: this version has no triggers; give it as input.")
    lines += [f"{name}: {step['type']} - {step['name']}" for name, step in builder.steps.items()]
    return "\n".join([*lines, *dict.fromkeys(builder.notes)])


def _actions(nodes: list[Node]) -> list[Action]:
    found: list[Action] = []
    for node in nodes:
        if isinstance(node, Action):
            found.append(node)
        elif isinstance(node, Parallel):
            found += _actions(node.actions)
        else:
            found += [*_actions(node.then), *_actions(node.otherwise or [])]
    return found


def _branches(nodes: list[Node]) -> list[Branch]:
    found: list[Branch] = []
    for node in nodes:
        if isinstance(node, Branch):
            found += [node, *_branches(node.then), *_branches(node.otherwise or [])]
    return found


def _subject(understood: Read, actions: list[Action], conditions: list[str]) -> Subject:
    """What the request is about: what arrives, else what its clauses name first."""
    if understood.trigger is not None and understood.trigger.subject:
        return understood.trigger.subject
    if any(action.kind == "rows" for action in actions):
        return "data"
    # what is sent or made is no subject: "send a message", "create a ticket"
    telling = (*READERS, "process", "summarize", "book", "approval")
    words = [*conditions, *(action.words for action in actions if action.kind in telling)]
    named: list[Subject] = [subject for text in words if (subject := subject_of(text))]
    return named[0] if named else ""
