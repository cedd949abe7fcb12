"""The jobs of tools: `tool_batch` takes any call, the others those of one family. Values stay in memory.

In one run process Dagster takes lane after lane; a lane is a step of its own all the same, to be seen and timed.
"""

from dagster import JobDefinition, ResourceDefinition, in_process_executor

from pipeline_project.persistence.io import in_memory
from pipeline_project.tools import graphs
from pipeline_project.tools.families import JOBS

_DESCRIPTIONS = {
    "files": "Calls of Read, Write, Edit, MultiEdit and LS",
    "search": "Calls of Glob and Grep",
    "web": "Calls of WebFetch and WebSearch",
    "system": "Calls of Bash and of the other tools that run something",
    "notebooks": "Calls of NotebookRead and NotebookEdit",
}


def tool_batch() -> JobDefinition:
    """Any calls."""
    return _job("tool_batch", None, "Calls of any tools")


def of_family(family: str) -> JobDefinition:
    """The calls of one family of tools; others are refused with the job that takes them."""
    return _job(JOBS[family], family, _DESCRIPTIONS[family])


def all_jobs() -> list[JobDefinition]:
    """Every job of tools."""
    return [tool_batch(), *(of_family(family) for family in JOBS)]


def _job(name: str, family: str | None, description: str) -> JobDefinition:
    return graphs.tool_batch.to_job(
        name=name,
        description=description,
        # not configurable per run: a job that took any call would be tool_batch
        resource_defs={
            "io_manager": in_memory,
            "tool_family": ResourceDefinition.hardcoded_resource(family),
        },
        # one process: the values are in its memory, and starting one per lane costs more than most lanes
        executor_def=in_process_executor,
    )
