"""The job `agent`: one agent run, on any provider by config alone."""

from dagster import JobDefinition, graph, in_process_executor, mem_io_manager

from pipeline_project.agents.ops import run_agent
from pipeline_project.llm.resources import LlmResource


@graph(description="Runs an agent: a model with tools, until its last answer")
def agent_run() -> None:
    """One run."""
    run_agent()


def agent(models: LlmResource) -> JobDefinition:
    """The job, over these models."""
    return agent_run.to_job(
        name="agent",
        executor_def=in_process_executor,
        # the journal keeps what the agent did; Dagster's own io manager would pickle it to disk
        resource_defs={"io_manager": mem_io_manager, "llm": models},
    )
