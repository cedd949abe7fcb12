"""The names in an answer: message id, model, tool names and call ids, as the client knows them.

Made from what the upstream says, so that an answer and its stream agree; a fresh id only where it says nothing.
"""

import re
from typing import Any, Final

from pipeline_project.conversion.naming import derive, digest
from pipeline_project.conversion.report import Names
from pipeline_project.conversion.shape import an_object
from pipeline_project.messages.tokens import estimate_tokens

_ID_LIMIT: Final = 64
_OTHER: Final = re.compile(r"[^a-zA-Z0-9_-]+")
_VALID: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
# Ollama's ids have three digits: shorter ones than this get the time of the answer as well.
_SHORT: Final = 16


class Identity:
    """The names of one answer to one request."""

    def __init__(self, request: dict[str, Any] | None, names: Names | None) -> None:
        self._request = {} if request is None else an_object(request, "$.request")
        self._tools: dict[str, str] = (names or {}).get("tools") or {}
        self._used: set[str] | None = None
        self.message_id = ""
        self.tool_names = frozenset(self._tools) | frozenset(_tool_names(self._request.get("tools")))
        stops = self._request.get("stop_sequences") or self._request.get("stop")
        self.stop_sequences = frozenset(
            stop for stop in (stops if isinstance(stops, list) else [stops]) if isinstance(stop, str)
        )

    def begin(self, chunk: dict[str, Any]) -> str:
        """Set and return the message id, made from the upstream's."""
        given = chunk.get("id")
        name = _OTHER.sub("", given.removeprefix("chatcmpl-").removeprefix("msg_")) if isinstance(given, str) else ""
        if name and len(name) < _SHORT and isinstance(created := chunk.get("created"), int):
            name = f"{name}_{created}"
        self.message_id = f"msg_{name[:_ID_LIMIT] or _new_id()}"
        return self.message_id

    def model(self, chunk: dict[str, Any]) -> str:
        """The model as the client asked for it, else as the upstream calls it."""
        for model in (self._request.get("model"), chunk.get("model")):
            if isinstance(model, str) and model:
                return model
        return ""

    def input_estimate(self) -> int:
        """About how many input tokens the request has."""
        return estimate_tokens(self._request)

    def tool_name(self, sent: str) -> str:
        """The caller's name of a tool."""
        return self._tools.get(sent, sent)

    def call_id(self, given: str, number: int) -> str:
        """A valid id for the `number`th call that no other call of the conversation has."""
        if self._used is None:
            self._used = _history_ids(self._request.get("messages"))
        seed = f"{self.message_id}/{number}/"
        if not given:
            call_id = f"toolu_{digest(seed, 24)}"
        elif _VALID.fullmatch(given):
            call_id = given if given not in self._used else derive(given, _ID_LIMIT, salt=seed)
        else:
            call_id = derive(given, _ID_LIMIT)
        while call_id in self._used:
            call_id = derive(given or call_id, _ID_LIMIT, salt=seed + call_id)
        self._used.add(call_id)
        return call_id


def _new_id() -> str:
    # Imported here because it costs a tenth of this package's import and few upstreams leave the id out.
    from pipeline_project import clock

    return clock.new_id()


def _tool_names(tools: Any) -> list[str]:
    """The names of a request's tools, in Anthropic's shape or in OpenAI's."""
    named = []
    for tool in tools if isinstance(tools, list) else ():
        if isinstance(tool, dict):
            function = tool.get("function")
            named.append(tool.get("name") or (function.get("name") if isinstance(function, dict) else None))
    return [name for name in named if isinstance(name, str)]


def _history_ids(messages: Any) -> set[str]:
    """The ids of all calls a conversation already has."""
    ids: set[str] = set()
    for message in messages if isinstance(messages, list) else ():
        if not isinstance(message, dict) or message.get("role") != "assistant":
            continue
        content = message.get("content")
        for block in content if isinstance(content, list) else ():
            if isinstance(block, dict) and isinstance(call_id := block.get("id"), str):
                ids.add(call_id)
    return ids
