"""A checked definition becomes a native Dagster job: one op per step, ordering-only edges, references as edges.

    definition ─▶ plan ─▶ one OpDefinition per node ─▶ GraphDefinition ─▶ JobDefinition

Each op has a list input `after` (control) and, where its config mentions other steps, one `uses` (lineage); one
output per port somebody listens to. Refuses a definition with problems.
"""

from collections.abc import Mapping
from typing import Any

from dagster import (
    DependencyDefinition,
    GraphDefinition,
    In,
    JobDefinition,
    MultiDependencyDefinition,
    NodeInvocation,
    Nothing,
    OpDefinition,
    Out,
    ResourceDefinition,
    in_process_executor,
)

from pipeline_project.errors import InvalidDefinition
from pipeline_project.workflows.check import check
from pipeline_project.workflows.launchpad import config_of
from pipeline_project.workflows.models import WorkflowDefinition
from pipeline_project.workflows.ops import finish_body, start_body, step_body
from pipeline_project.workflows.plan import DONE, START, Node, Plan
from pipeline_project.workflows.planning import plan
from pipeline_project.workflows.resources import resources as default_resources
from pipeline_project.workflows.steps.registry import executor_of

AFTER = "after"
USES = "uses"


def compile_job(
    definition: WorkflowDefinition,
    *,
    version: int = 1,
    name: str | None = None,
    resources: Mapping[str, Any] | None = None,
) -> JobDefinition:
    """The Dagster job of a definition, called `name` (default: the workflow's id).

    `version` goes into the op names, which are unique per code location. `resources`: by key, default: those of the
    settings. Raises InvalidDefinition with every problem `check` finds.
    """
    report = check(definition)
    if not report.ok:
        problems = "; ".join(f"{problem.path}: {problem.message}" for problem in report.problems)
        raise InvalidDefinition(problems, where=f"workflow {definition.id}", remedy="`workflow check` lists them.")
    drawn = plan(definition)
    ops = {node.id: _op(drawn, node, version) for node in drawn.nodes.values()}
    graph = GraphDefinition(
        name=f"{definition.id}__v{version}__graph",
        description=definition.description or None,
        node_defs=list(ops.values()),
        dependencies={
            NodeInvocation(ops[node.id].name, alias=node.id): _dependencies(drawn, node)
            for node in drawn.nodes.values()
        },
    )
    available = default_resources() if resources is None else resources
    needed = {key for op in ops.values() for key in op.required_resource_keys}
    return graph.to_job(
        name=name or definition.id,
        description=definition.description or definition.title,
        # not configurable per run: whoever may launch could else send a token to a server of their own
        resource_defs={key: ResourceDefinition.hardcoded_resource(available[key]) for key in sorted(needed)},
        executor_def=in_process_executor,
        tags={"workflow/id": definition.id},
        metadata={"workflow version": version, "content hash": definition.content_hash},
    )


def _op(drawn: Plan, node: Node, version: int) -> OpDefinition:
    definition = drawn.definition
    return OpDefinition(
        name=f"{definition.id}__v{version}__{node.id}",
        description=_description(node),
        compute_fn=_body(drawn, node),
        ins={name: In(Nothing) for name in _dependencies(drawn, node)},
        outs={port: Out(Nothing, is_required=False) for port in drawn.ports(node.id)},
        config_schema=config_of(definition.input_schema) if node.role == "start" else None,
        required_resource_keys=set(executor_of(node.step.type).needs) if node.role == "step" and node.step else set(),
        tags={"dagster/compute_kind": node.step.type.value if node.step else node.role},
    )


def _body(drawn: Plan, node: Node) -> Any:
    if node.role == "start":
        return start_body(drawn)
    if node.role == "finish":
        return finish_body(drawn)
    return step_body(drawn, node)


def _description(node: Node) -> str:
    if node.step is None:
        return {"start": "Checks the input and begins the execution", "finish": "Settles the execution"}[node.role]
    if node.role == "join":
        return f"Where the branches of {node.step.title} meet"
    return node.step.description or f"{node.step.title} ({node.step.type.value.replace('_', ' ')})"


def _dependencies(drawn: Plan, node: Node) -> dict[str, Any]:
    if node.id == START:
        return {}
    control = list(dict.fromkeys((edge.source, edge.port) for edge in node.edges))
    after = [DependencyDefinition(source, port) for source, port in control]
    direct = {source for source, _ in control}
    used = [name for name in node.uses if name not in direct]
    if node.role == "finish":
        # start is among its control edges, so results that may be missing can stand beside it
        return {AFTER: MultiDependencyDefinition([*after, *(DependencyDefinition(name, DONE) for name in used)])}
    found: dict[str, Any] = {AFTER: MultiDependencyDefinition(after)}
    if used:
        # Dagster skips an op whose whole input was skipped; start always yields, so a result that may be missing
        # (`default(steps.x…)`) never holds the op back
        if not any(name in drawn.certain[node.id] for name in used):
            used = [START, *used]
        found[USES] = MultiDependencyDefinition([DependencyDefinition(name, DONE) for name in used])
    return found
