"""OpenAI's chat completions, or any server that speaks exactly them at another base URL."""

from typing import ClassVar

from pipeline_project.conversion import Target
from pipeline_project.llm.providers.chat import ChatProvider


class OpenAi(ChatProvider):
    """platform.openai.com."""

    name: ClassVar[str] = "openai"
    wire: ClassVar[Target] = "openai"
    secret: ClassVar[str] = "OPENAI_API_KEY"  # noqa: S105 - the name of a secret
    address: ClassVar[str] = "openai_base_url"
