"""What the message pipeline brings to the code location."""

from dagster import Definitions

from pipeline_project.gateway import jobs
from pipeline_project.gateway.models import ProviderModels


def definitions() -> Definitions:
    """The jobs `message` and `message_batch` over the models of every provider."""
    models = ProviderModels()
    return Definitions(jobs=[jobs.message(models), jobs.message_batch(models)])
