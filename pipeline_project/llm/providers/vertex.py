"""Google Cloud's Vertex AI. A model is named as litellm names it there, without its prefix `vertex_ai/`."""

from typing import ClassVar

from pipeline_project.llm.providers.cloud import CloudProvider


class Vertex(CloudProvider):
    """Google Cloud's Vertex AI."""

    name: ClassVar[str] = "vertex"
    prefix: ClassVar[str] = "vertex_ai"
    secret: ClassVar[str] = "VERTEX_API_KEY"  # noqa: S105 - the name of a secret
