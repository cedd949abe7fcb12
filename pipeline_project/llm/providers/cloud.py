"""Clouds that litellm reaches with the credentials that their own tools find on this machine."""

from typing import ClassVar

from pipeline_project.llm.providers import reach
from pipeline_project.llm.providers.chat import ChatProvider
from pipeline_project.llm.wires.base import Wire
from pipeline_project.llm.wires.litellm_wire import LitellmWire


class CloudProvider(ChatProvider):
    """A key is used if there is one, else the credentials of the environment. `prefix`: litellm's name of the cloud."""

    keyless: ClassVar[bool] = True
    prefix: ClassVar[str]

    def open_wire(self) -> Wire:
        """litellm at the vendor's own address; what the model does not take is left out there."""
        return LitellmWire(
            self.prefix,
            api_base=None,
            api_key=self.connection.api_key,
            timeouts=self.connection.timeouts,
            place=reach.place(self, None),
            keys={"drop_params": True},
        )
