"""OpenRouter: chat completions in front of many vendors, each model named `vendor/model`."""

from typing import ClassVar

from pipeline_project.llm.providers.chat import ChatProvider


class OpenRouter(ChatProvider):
    """openrouter.ai. Which parameters a model takes is the vendor's; OpenRouter drops the others."""

    name: ClassVar[str] = "openrouter"
    secret: ClassVar[str] = "OPENROUTER_API_KEY"  # noqa: S105 - the name of a secret
    address: ClassVar[str] = "openrouter_base_url"
