"""What the agents bring to the code location."""

from dagster import Definitions

from pipeline_project import settings
from pipeline_project.agents import jobs
from pipeline_project.llm.resources import LlmResource


def definitions() -> Definitions:
    """The job `agent` over the models that the settings describe."""
    return Definitions(jobs=[jobs.agent(LlmResource.from_settings(settings.load()))])
