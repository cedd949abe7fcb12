"""Google's Gemini through litellm, which speaks generateContent; the key goes in a header, never in the URL.

Source: ai.google.dev, Gemini API reference.
"""

import re
from typing import ClassVar, Final

from pipeline_project.conversion import Target
from pipeline_project.llm.providers import reach
from pipeline_project.llm.providers.chat import ChatProvider
from pipeline_project.llm.wires.base import Wire
from pipeline_project.llm.wires.litellm_wire import LitellmWire

# Within a text of the model the quotes would be escaped.
_FINISH: Final = re.compile(rb'"(?:finishReason|blockReason)"\s*:\s*"([A-Z_]+)"')


class Google(ChatProvider):
    """generativelanguage.googleapis.com."""

    name: ClassVar[str] = "google"
    wire: ClassVar[Target] = "gemini"
    secret: ClassVar[str] = "GEMINI_API_KEY"  # noqa: S105 - the name of a secret
    address: ClassVar[str] = "google_base_url"

    def open_wire(self) -> Wire:
        """litellm at the base URL, with the API's version added unless it is there."""
        base = self.connection.base_url.rstrip("/")
        base = base if base.endswith(("/v1", "/v1beta")) else f"{base}/v1beta"
        listing = reach.http(self, {"x-goog-api-key": self.connection.api_key or ""}, base_url=base)
        return LitellmWire(
            "gemini",
            api_base=base,
            api_key=self.connection.api_key,
            timeouts=self.connection.timeouts,
            place=reach.place(self, None),
            listing=(listing, "models?pageSize=1000"),
            finish=_FINISH,
        )
