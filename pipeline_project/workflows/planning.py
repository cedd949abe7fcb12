"""Draws the plan of a definition. Refuses nothing: a definition must have passed `check` before it is planned."""

from collections.abc import Iterable, Iterator, Mapping
from graphlib import TopologicalSorter

from pipeline_project.workflows.expressions import Reference, condition_references, references
from pipeline_project.workflows.models import GOTO, WorkflowDefinition, WorkflowStep, WorkflowStepType
from pipeline_project.workflows.plan import (
    DONE,
    END,
    ERROR,
    FAILED,
    FINISH,
    REJECTED,
    START,
    Edge,
    Group,
    Node,
    Plan,
    branch_port,
    join_id,
)
from pipeline_project.workflows.steps.registry import executor_of

Exits = Mapping[str, tuple[tuple[str, str], ...]]
"""Per step: the (port, target) pairs that leave it."""
Branches = Mapping[str, Mapping[str, frozenset[str]]]


def plan(definition: WorkflowDefinition) -> Plan:
    """The plan of a checked definition; linear in its steps and edges."""
    leaving = {step.id: exits(step) for step in definition.steps.values()}
    branches = _branches(definition, leaving)
    incoming = _incoming(definition, leaving, branches)
    nodes = {START: Node(START, "start")}
    for step in definition.steps.values():
        nodes[step.id] = _step_node(definition, step, incoming[step.id], branches)
        if step.id in branches:
            nodes[join_id(step.id)] = _join_node(definition, step, leaving, branches)
    nodes[FINISH] = _finish_node(definition, nodes, branches)
    return _assemble(definition, nodes, branches)


def exits(step: WorkflowStep) -> tuple[tuple[str, str], ...]:
    """(port, target) pairs a step's own words lead to; for a parallel step DONE leaves from its join."""
    found = [(DONE, target) for target in step.next_steps]
    found += [(branch_port(target), target) for target in executor_of(step.type).targets(step.config)]
    if step.error_target:
        found.append((ERROR, step.error_target))
    rejected = step.config.get("on_reject")
    if isinstance(rejected, str) and rejected.startswith(GOTO):
        found.append((REJECTED, rejected.removeprefix(GOTO)))
    return tuple(dict.fromkeys(found))


def heads(step: WorkflowStep) -> tuple[str, ...]:
    """The first steps of a parallel step's branches; nothing for other steps."""
    listed = step.config.get("steps") if step.type is WorkflowStepType.PARALLEL_EXECUTION else None
    return tuple(str(head) for head in listed) if isinstance(listed, list) else ()


def _branches(definition: WorkflowDefinition, leaving: Exits) -> dict[str, dict[str, frozenset[str]]]:
    """Per parallel step and head: what is reachable from the head before the join."""
    return {
        step.id: {head: _reach(definition, leaving, head, stop=frozenset(step.next_steps)) for head in heads(step)}
        for step in definition.steps.values()
        if step.type is WorkflowStepType.PARALLEL_EXECUTION
    }


def _reach(definition: WorkflowDefinition, leaving: Exits, head: str, *, stop: frozenset[str]) -> frozenset[str]:
    found: set[str] = set()
    waiting = [head]
    while waiting:
        step_id = waiting.pop()
        if step_id not in found and step_id not in stop:
            found.add(step_id)
            waiting.extend(heads(definition.steps[step_id]))
            waiting.extend(target for _, target in leaving[step_id])
    return frozenset(found)


def _incoming(definition: WorkflowDefinition, leaving: Exits, branches: Branches) -> dict[str, list[Edge]]:
    incoming: dict[str, list[Edge]] = {step_id: [] for step_id in definition.steps}
    incoming[definition.start_step_id].append(Edge(START, DONE))
    for step in definition.steps.values():
        # the last step of a branch may name what follows the join: it ends in the join instead
        joined = _after_joins_around(definition, step.id, branches)
        for head in heads(step):
            incoming[head].append(Edge(step.id, DONE))
        for port, target in leaving[step.id]:
            if target not in joined:
                source = join_id(step.id) if port == DONE and step.id in branches else step.id
                incoming[target].append(Edge(source, port))
    return incoming


def _after_joins_around(definition: WorkflowDefinition, step_id: str, branches: Branches) -> frozenset[str]:
    around = [parallel for parallel, arms in branches.items() if any(step_id in arm for arm in arms.values())]
    return frozenset(target for parallel in around for target in definition.steps[parallel].next_steps)


def _step_node(definition: WorkflowDefinition, step: WorkflowStep, edges: list[Edge], branches: Branches) -> Node:
    groups = tuple(Group(edge.source, (edge,)) for edge in edges)
    used = _used(definition, step_references(step), branches)
    return Node(step.id, "step", step, groups, used, step.join or "any")


def step_references(step: WorkflowStep) -> frozenset[Reference]:
    """What a step's config and condition refer to."""
    of_condition = frozenset() if step.condition is None else condition_references(step.condition)
    return executor_of(step.type).references(step.config) | of_condition


def _used(definition: WorkflowDefinition, found: Iterable[Reference], branches: Branches) -> tuple[str, ...]:
    """The nodes whose results are referred to."""
    named = {item.name for item in found if item.namespace in ("steps", "name") and item.name in definition.steps}
    return tuple(join_id(name) if name in branches else name for name in sorted(named))


def _join_node(definition: WorkflowDefinition, step: WorkflowStep, leaving: Exits, branches: Branches) -> Node:
    after = frozenset(step.next_steps)
    collects = step.config.get("on_branch_error") == "collect"
    groups = []
    for head, members in branches[step.id].items():
        ends = [
            edge for member in sorted(members) for edge in _ends(definition.steps[member], leaving, after, branches)
        ]
        failures = [Edge(member, FAILED) for member in sorted(members)] if collects else []
        groups.append(Group(head, (*ends, *failures)))
    return Node(
        join_id(step.id),
        "join",
        step,
        tuple(groups),
        (),
        "any" if step.config.get("join") == "any" else "all",
    )


def _ends(step: WorkflowStep, leaving: Exits, after: frozenset[str], branches: Branches) -> Iterator[Edge]:
    """The edges by which a branch ends at this member: ports that lead nowhere inside the branch."""
    inside = {port for port, target in leaving[step.id] if target not in after}
    outside = {port for port, target in leaving[step.id] if target in after} - inside
    if step.config.get("otherwise") == END:
        outside.add(END)
    decides = executor_of(step.type).decides
    if DONE not in inside and not decides:
        outside.add(DONE)
    for port in sorted(outside):
        yield Edge(join_id(step.id) if port == DONE and step.id in branches else step.id, port)


def _finish_node(definition: WorkflowDefinition, nodes: Mapping[str, Node], branches: Branches) -> Node:
    followed = {edge.source for node in nodes.values() for edge in node.edges}
    last = [node_id for node_id in nodes if node_id not in followed and node_id != START]
    groups = tuple(Group(source, (Edge(source, DONE),)) for source in [START, *last])
    return Node(FINISH, "finish", None, groups, _used(definition, references(definition.output), branches))


def _assemble(definition: WorkflowDefinition, nodes: dict[str, Node], branches: Branches) -> Plan:
    # references add nothing to the order: `check` has refused those to steps that do not lead here
    before = {node.id: {edge.source for edge in node.edges} for node in nodes.values()}
    order = list(TopologicalSorter(before).static_order())
    ancestors: dict[str, frozenset[str]] = {}
    certain: dict[str, frozenset[str]] = {}
    followers: dict[str, list[str]] = {node_id: [] for node_id in order}
    for node_id in order:
        ancestors[node_id] = frozenset(before[node_id]).union(*(ancestors[source] for source in before[node_id]))
        certain[node_id] = _certain(nodes[node_id], certain) | {node_id}
        for source in sorted(before[node_id]):
            followers[source].append(node_id)
    return Plan(
        definition=definition,
        nodes={node_id: nodes[node_id] for node_id in order},
        branches=branches,
        successors={node_id: tuple(below) for node_id, below in followers.items()},
        ancestors=ancestors,
        certain=certain,
    )


def _certain(node: Node, certain: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """What surely ran when this node runs: of every group for `all`, common to all groups for `any`."""
    per_group = [frozenset.intersection(*(certain[edge.source] for edge in group.edges)) for group in node.groups]
    if not per_group:
        return frozenset()
    return frozenset.union(*per_group) if node.join == "all" else frozenset.intersection(*per_group)
