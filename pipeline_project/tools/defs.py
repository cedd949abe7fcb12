"""What the tools bring to the code location."""

from dagster import Definitions

from pipeline_project.tools import jobs


def definitions() -> Definitions:
    """The jobs of tools."""
    return Definitions(jobs=jobs.all_jobs())
