"""DeepSeek: chat completions with reasoning_content, text only, and a JSON mode without schema."""

from typing import ClassVar

from pipeline_project.conversion import Target
from pipeline_project.llm.providers.chat import ChatProvider


class DeepSeek(ChatProvider):
    """api.deepseek.com."""

    name: ClassVar[str] = "deepseek"
    wire: ClassVar[Target] = "deepseek"
    secret: ClassVar[str] = "DEEPSEEK_API_KEY"  # noqa: S105 - the name of a secret
    address: ClassVar[str] = "deepseek_base_url"
    native_schema: ClassVar[bool | None] = False
