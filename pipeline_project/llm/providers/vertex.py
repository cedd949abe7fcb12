"""Google Cloud's Vertex AI through litellm, with the credentials that the cloud's own tools find on this machine.

A model is named as litellm names it there, without its prefix `vertex_ai/`.
"""

from typing import ClassVar

from pipeline_project.llm.providers import reach
from pipeline_project.llm.providers.chat import ChatProvider
from pipeline_project.llm.wires.base import Wire
from pipeline_project.llm.wires.litellm_wire import LitellmWire


class Vertex(ChatProvider):
    """Google Cloud's Vertex AI. A key is used if there is one, else the credentials of the environment."""

    name: ClassVar[str] = "vertex"
    keyless: ClassVar[bool] = True
    secret: ClassVar[str] = "VERTEX_API_KEY"  # noqa: S105 - the name of a secret

    def open_wire(self) -> Wire:
        """litellm at the vendor's own address; what the model does not take is left out there."""
        return LitellmWire(
            "vertex_ai",
            api_base=None,
            api_key=self.connection.api_key,
            timeouts=self.connection.timeouts,
            place=reach.place(self, None),
            keys={"drop_params": True},
        )
