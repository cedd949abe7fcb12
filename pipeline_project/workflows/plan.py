"""The plan of a definition: its steps, joins, start and finish as nodes, and what each of them waits for.

    definition ──planning.plan()──▶ Plan ──compiler──▶ Dagster job    (what is drawn, and in which order it runs)
                                     └───readiness──▶ run | hold | skip   (what really happens)

Pure values. A node's control edges come in groups: a group is one incoming edge or, for the join of a parallel
step, one whole branch.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pipeline_project.workflows.models import WorkflowDefinition, WorkflowStep

START = "start"
FINISH = "finish"
DONE = "done"
END = "end"
ERROR = "error"
REJECTED = "rejected"
FAILED = "failed"
JOIN_SUFFIX = "__join"

Role = Literal["start", "step", "join", "finish"]


def branch_port(target: str) -> str:
    """The output that leads to `target` when a deciding step chooses it."""
    return f"to_{target}"


def join_id(step_id: str) -> str:
    """The node in which the branches of a parallel step meet."""
    return step_id + JOIN_SUFFIX


@dataclass(frozen=True)
class Edge:
    """`port` of `source`."""

    source: str
    port: str


@dataclass(frozen=True)
class Group:
    """Edges of which one taken is enough; named for the branch or the step they come from."""

    name: str
    edges: tuple[Edge, ...]


@dataclass(frozen=True)
class Node:
    """One op to be: what it stands for and what leads to it."""

    id: str
    role: Role
    step: WorkflowStep | None = None
    groups: tuple[Group, ...] = ()
    uses: tuple[str, ...] = ()
    join: Literal["any", "all"] = "any"

    @property
    def edges(self) -> Iterator[Edge]:
        """All control edges."""
        return (edge for group in self.groups for edge in group.edges)


@dataclass(frozen=True)
class Plan:
    """The nodes in topological order and what follows from them.

    `branches`: per parallel step, head → members. `certain`: per node, the nodes that surely ran if it runs.
    """

    definition: WorkflowDefinition
    nodes: Mapping[str, Node]
    branches: Mapping[str, Mapping[str, frozenset[str]]]
    successors: Mapping[str, tuple[str, ...]] = field(repr=False)
    ancestors: Mapping[str, frozenset[str]] = field(repr=False)
    certain: Mapping[str, frozenset[str]] = field(repr=False)

    def ports(self, node_id: str) -> tuple[str, ...]:
        """The outputs of a node that something listens to; DONE always, first."""
        followers = (self.nodes[follower] for follower in self.successors[node_id])
        heard = {edge.port for follower in followers for edge in follower.edges if edge.source == node_id}
        return (DONE, *sorted(heard - {DONE}))

    def descendants(self, node_ids: Iterable[str]) -> frozenset[str]:
        """Everything below the given nodes."""
        found: set[str] = set()
        waiting = [follower for node_id in node_ids for follower in self.successors[node_id]]
        while waiting:
            node_id = waiting.pop()
            if node_id not in found:
                found.add(node_id)
                waiting.extend(self.successors[node_id])
        return frozenset(found)

    def result_node(self, step_id: str) -> str:
        """The node that holds the value of `steps.<step_id>`: a parallel step's is its join."""
        return join_id(step_id) if step_id in self.branches else step_id
