"""The join of a parallel step: how each branch ended, as one result."""

from typing import Any

from pipeline_project.workflows.outcome import Outcome
from pipeline_project.workflows.plan import DONE, FAILED, Group, Node
from pipeline_project.workflows.readiness import Row, View
from pipeline_project.workflows.session import Session


def meet(session: Session, node: Node, view: View) -> Outcome:
    """Journal what the branches came to; the join's row is the value of the parallel step."""
    assert node.step is not None
    members = session.plan.branches[node.step.id]
    values = session.journal.results({member for branch in members.values() for member in branch})
    branches = {group.name: _branch(group, view, values) for group in node.groups}
    attempt = session.journal.begin(node.id)
    skips = session.skips_after(node.id, Row("success", attempt, (DONE,)))
    output = {"branches": branches}
    session.journal.end(node.id, attempt, "success", output=output, details={"ports": [DONE]}, skips=skips)
    return Outcome("ran", (DONE,), attempt=attempt, result=output)


def _branch(group: Group, view: View, values: dict[str, Any]) -> dict[str, Any]:
    """Status and value of one branch: the value of the step by which it ended."""
    taken = [edge for edge in group.edges if edge.port in (view[edge.source].ports or ())]
    if not taken:
        return {"status": "skipped", "value": None}
    failed = next((edge for edge in taken if edge.port == FAILED), None)
    edge = failed or taken[-1]
    return {"status": "failed" if failed else "success", "value": values.get(edge.source)}
