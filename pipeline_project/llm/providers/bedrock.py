"""Amazon Bedrock. A model is named as litellm names it there, without its prefix `bedrock/`."""

from typing import ClassVar

from pipeline_project.llm.providers.cloud import CloudProvider


class Bedrock(CloudProvider):
    """Amazon Bedrock."""

    name: ClassVar[str] = "bedrock"
    prefix: ClassVar[str] = "bedrock"
    secret: ClassVar[str] = "AWS_BEARER_TOKEN_BEDROCK"  # noqa: S105 - the name of a secret
