"""Azure OpenAI: chat completions of a deployment, whose name is the model's name here.

Source: learn.microsoft.com, "Azure OpenAI in Azure AI Foundry Models REST API reference".
"""

from typing import ClassVar
from urllib.parse import quote

from pipeline_project.conversion import Target
from pipeline_project.llm.providers import reach
from pipeline_project.llm.providers.chat import ChatProvider
from pipeline_project.llm.wires.base import Wire
from pipeline_project.llm.wires.openai_wire import OpenAiWire


class Azure(ChatProvider):
    """Your resource at NAME.openai.azure.com. `options` of the connection: `api_version`."""

    name: ClassVar[str] = "azure"
    wire: ClassVar[Target] = "openai"
    secret: ClassVar[str] = "AZURE_API_KEY"  # noqa: S105 - the name of a secret
    address: ClassVar[str] = "azure_base_url"

    def open_wire(self) -> Wire:
        """The doors of the deployments, the key in the header `api-key`."""
        version = quote(dict(self.connection.options).get("api_version", ""), safe="")

        def path(model: str) -> str:
            return f"openai/deployments/{quote(model, safe='')}/chat/completions?api-version={version}"

        wire = reach.http(self, {"api-key": self.connection.api_key or ""})
        return OpenAiWire(wire, path=path, models=f"openai/models?api-version={version}")
