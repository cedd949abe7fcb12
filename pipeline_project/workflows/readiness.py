"""May this node run now? One pure function answers from the plan and the journal, for steps and joins alike.

Dagster's own skipping is display: it starts a join as soon as one upstream produced something. Here a node holds
until every incoming branch has settled, so a decision that arrives while the other branch still runs cannot fire
the join with half its inputs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pipeline_project.workflows.plan import Edge, Group, Node, Plan

RowStatus = Literal["running", "success", "failed", "skipped", "waiting", "cancelled"]


@dataclass(frozen=True)
class Row:
    """The newest journal row of a node, as far as readiness needs it.

    `ports` are the outputs taken; None while the node has not settled.
    """

    status: RowStatus
    attempt: int
    ports: tuple[str, ...] | None = None
    reason: str = ""

    @property
    def settled(self) -> bool:
        """Whether nothing more will come of it in this execution."""
        return self.ports is not None


View = Mapping[str, Row]
"""Node id → its newest row that counts."""


@dataclass(frozen=True)
class Verdict:
    """restore: the journal has the answer · run · hold: something above is open · skip: its branch was not taken."""

    kind: Literal["restore", "run", "hold", "skip"]
    reason: str = ""


def readiness(plan: Plan, view: View, node_id: str) -> Verdict:
    """What the op of `node_id` is to do now."""
    row = view.get(node_id)
    if row is not None and row.settled:
        return Verdict("restore", row.reason)
    return arrivals(plan.nodes[node_id], view)


def arrivals(node: Node, view: View) -> Verdict:
    """What the control edges of a node say: run, hold or skip, with the reason."""
    open_edges = [edge for edge in node.edges if edge.source not in view or not view[edge.source].settled]
    if open_edges:
        return Verdict("hold", _why_open(open_edges[0], view))
    taken = [group for group in node.groups if _taken(group, view)]
    if len(taken) == len(node.groups) or (node.join == "any" and taken):
        return Verdict("run")
    missed = next(group for group in node.groups if group not in taken)
    return Verdict("skip", _why_missed(missed, view))


def newly_skipped(plan: Plan, view: View, settled: str) -> Iterator[tuple[str, str]]:
    """The nodes, with reasons, that will never run now that `settled` has: written in the same transaction."""
    known = dict(view)
    waiting = list(plan.successors[settled])
    while waiting:
        node_id = waiting.pop(0)
        node = plan.nodes[node_id]
        if node.role == "finish" or (node_id in known and known[node_id].settled):
            continue
        verdict = arrivals(node, known)
        if verdict.kind == "skip":
            known[node_id] = Row("skipped", 1, (), verdict.reason)
            waiting.extend(plan.successors[node_id])
            yield node_id, verdict.reason


def _taken(group: Group, view: View) -> bool:
    return any(edge.port in (view[edge.source].ports or ()) for edge in group.edges)


def _why_open(edge: Edge, view: View) -> str:
    row = view.get(edge.source)
    if row is None:
        return f"{edge.source} has not run"
    words = {
        "waiting": "is waiting",
        "running": "is running",
        "failed": "failed",
        "cancelled": "was cancelled",
    }
    return f"{edge.source} {words.get(row.status, 'is open')}"


def _why_missed(group: Group, view: View) -> str:
    edge = group.edges[0] if group.edges else None
    row = view.get(edge.source) if edge else None
    if edge is not None and row is not None and row.status == "skipped":
        return f"{edge.source} was skipped"
    return f"{group.name} did not lead here"
