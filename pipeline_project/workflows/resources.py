"""The Dagster resources that steps may need, by the key under which executors name them."""

from typing import Any

from pipeline_project import settings
from pipeline_project.integrations.resources import EmailResource, HttpResource, SlackResource
from pipeline_project.llm.resources import LlmResource


def resources() -> dict[str, Any]:
    """Every resource as the settings describe it."""
    current = settings.load()
    return {
        "email": EmailResource.from_settings(current),
        "http": HttpResource.from_settings(current),
        "llm": LlmResource.from_settings(current),
        "slack": SlackResource.from_settings(current),
    }
