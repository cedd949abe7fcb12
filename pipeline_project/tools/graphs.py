"""A batch of tool calls as a graph: plan, one mapped op per lane, collect."""

from typing import Any

from dagster import GraphOut, graph

from pipeline_project.tools import ops


@graph(
    name="tool_batch_graph",
    description="Calls of tools: what conflicts keeps its order, results come in call order",
    out=GraphOut(description="The results"),
)
def tool_batch() -> Any:
    """The results."""
    lanes, batch = ops.plan_tool_batch()
    return ops.collect_tool_results(batch, lanes.map(ops.run_tool_lane).collect())
