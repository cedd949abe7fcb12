"""Chat completions messages → Anthropic turns: tool messages become results at the head of the next user turn.

What `convert_request` marked (errors of tools, system notes, thought signatures) is read back. Refuses a tool message
without an id.
"""

import re
from typing import Any, Final

from pipeline_project.conversion import marks, shape
from pipeline_project.conversion.arguments import parse_arguments
from pipeline_project.conversion.calls import signature_of
from pipeline_project.conversion.delta import text_in
from pipeline_project.conversion.draft import Draft
from pipeline_project.errors import InvalidInput

Block = dict[str, Any]

_DATA_URL: Final = re.compile(r"data:([^;,]+);base64,(.*)", re.DOTALL)
_KEYS: Final = frozenset(
    {"role", "content", "tool_calls", "tool_call_id", "function_call", "refusal", "reasoning_content", "reasoning"}
    | {"extra_content"}
)


class ReverseTurns:
    """Builds the system text and the turns of a Messages request."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.system: list[Block] = []
        self.messages: list[dict[str, Any]] = []
        # The id that an answer to the older `function_call` belongs to.
        self._legacy_id = ""

    def read(self, messages: list[Any]) -> None:
        """Take in all messages. Raises InvalidInput for a malformed one."""
        for index, message in enumerate(messages):
            path = f"$.messages[{index}]"
            role = shape.an_object(message, path).get("role")
            # Tool messages may repeat the name of their call; a name of anybody else has no place.
            self.draft.lose_extras(message, _KEYS | {"name"} if role in ("tool", "function") else _KEYS, path)
            if role in ("system", "developer"):
                self._system(message.get("content"), f"{path}.content")
            elif role == "user":
                self._user(message.get("content"), f"{path}.content")
            elif role == "assistant":
                self._assistant(message, path)
            elif role in ("tool", "function"):
                self._tool(message, path)
            else:
                raise InvalidInput(
                    f"unknown role {role!r}", where=f"{path}.role", remedy="Use system, user, assistant or tool."
                )

    def _system(self, content: Any, path: str) -> None:
        blocks = self._blocks(content, path)
        if not blocks:
            return
        if not self.messages:
            self.system.extend(blocks)
        else:
            self.messages.append({"role": "system", "content": _short(content, blocks)})

    def _user(self, content: Any, path: str) -> None:
        blocks: list[Block] = []
        for block in self._blocks(content, path):
            if block["type"] == "text" and block["text"].startswith(marks.SYSTEM_NOTE):
                self._put_user(blocks)
                note = block["text"].removeprefix(marks.SYSTEM_NOTE)
                self.messages.append({"role": "system", "content": note})
                blocks = []
            else:
                blocks.append(block)
        if isinstance(content, str) and blocks and not self._follows_results():
            self.messages.append({"role": "user", "content": content})
        else:
            self._put_user(blocks)

    def _follows_results(self) -> bool:
        """Whether the last turn holds tool results, which take what the user says next."""
        last = self.messages[-1] if self.messages else {}
        content = last.get("content")
        return last.get("role") == "user" and isinstance(content, list) and content[-1]["type"] == "tool_result"

    def _put_user(self, blocks: list[Block]) -> None:
        if not blocks:
            return
        if self._follows_results():
            self.messages[-1]["content"].extend(blocks)
        else:
            self.messages.append({"role": "user", "content": blocks})

    def _assistant(self, message: dict[str, Any], path: str) -> None:
        blocks: list[Block] = []
        if thinking := text_in(message, "reasoning_content") or text_in(message, "reasoning"):
            blocks.append({"type": "thinking", "thinking": thinking, "signature": ""})
        said = self._blocks(message.get("content"), f"{path}.content")
        blocks.extend(said)
        if refusal := text_in(message, "refusal"):
            blocks.append({"type": "text", "text": refusal})
        for index, call in enumerate(shape.a_list(message.get("tool_calls") or [], f"{path}.tool_calls")):
            blocks.extend(self._call(call, f"{path}.tool_calls[{index}]"))
        if message.get("function_call") is not None:
            self._legacy_id = f"call_{len(self.messages)}"
            call = {"id": self._legacy_id, "function": message["function_call"]}
            blocks.extend(self._call(call, f"{path}.function_call"))
        if not blocks:
            self.draft.lose(path, "dropped", "an empty turn says nothing")
            return
        content = _short(message.get("content"), blocks) if blocks == said else blocks
        self.messages.append({"role": "assistant", "content": content})

    def _call(self, call: Any, path: str) -> list[Block]:
        function = shape.an_object(shape.an_object(call, path).get("function"), f"{path}.function")
        name = shape.a_string(function.get("name"), f"{path}.function.name")
        call_id = self.draft.ids.send(shape.a_string(call.get("id"), f"{path}.id"))
        arguments = function.get("arguments")
        given = (
            arguments
            if isinstance(arguments, dict)
            else parse_arguments(shape.a_string(arguments or "", f"{path}.function.arguments"))
        )
        block = {"type": "tool_use", "id": call_id, "name": self.draft.tools.send(name), "input": given}
        if state := signature_of(call):
            signature = marks.foreign_signature(state, call_id)
            return [{"type": "thinking", "thinking": "", "signature": signature}, block]
        return [block]

    def _tool(self, message: dict[str, Any], path: str) -> None:
        call_id = message.get("tool_call_id")
        if call_id is None and message["role"] == "function":
            call_id = self._legacy_id
        block: Block = {
            "type": "tool_result",
            "tool_use_id": self.draft.ids.send(shape.a_string(call_id, f"{path}.tool_call_id")),
        }
        content = message.get("content")
        blocks = self._blocks(content, f"{path}.content")
        if isinstance(content, str):
            block["content"] = content.removeprefix(marks.TOOL_ERROR)
        elif blocks:
            block["content"] = blocks
        if isinstance(content, str) and content.startswith(marks.TOOL_ERROR):
            block["is_error"] = True
        if self._follows_results():
            self.messages[-1]["content"].append(block)
        else:
            self.messages.append({"role": "user", "content": [block]})

    def _blocks(self, content: Any, path: str) -> list[Block]:
        """The content of a message as blocks; empty texts say nothing and are left out."""
        if content is None or isinstance(content, str):
            return [{"type": "text", "text": content}] if content else []
        blocks = []
        for index, part in enumerate(shape.a_list(content, path)):
            block = self._block(shape.an_object(part, f"{path}[{index}]"), f"{path}[{index}]")
            if block != {"type": "text", "text": ""}:
                blocks.append(block)
        return blocks

    def _block(self, part: dict[str, Any], path: str) -> Block:
        kind = part.get("type")
        if kind == "text" or kind == "refusal":
            return {"type": "text", "text": shape.a_string(part.get(kind), f"{path}.{kind}")}
        if kind == "image_url":
            given = part.get("image_url")
            url = given if isinstance(given, str) else shape.an_object(given, f"{path}.image_url").get("url")
            return {"type": "image", "source": _source(shape.a_string(url, f"{path}.image_url.url"))}
        if kind == "file":
            return self._document(shape.an_object(part.get("file"), f"{path}.file"), path)
        self.draft.lose(path, "replaced by a note", f"Anthropic takes no {kind}")
        return {"type": "text", "text": f"[{kind} omitted]"}

    def _document(self, file: dict[str, Any], path: str) -> Block:
        if not isinstance(file.get("file_data"), str):
            raise InvalidInput(
                "a file id cannot be read by Anthropic",
                where=f"{path}.file.file_id",
                remedy="Send the file itself as file_data.",
            )
        block: Block = {"type": "document", "source": _source(file["file_data"])}
        if (name := text_in(file, "filename")) and name != "document.pdf":
            block["title"] = name
        return block


def _source(url: str) -> dict[str, str]:
    if found := _DATA_URL.fullmatch(url):
        return {"type": "base64", "media_type": found[1], "data": found[2]}
    return {"type": "url", "url": url}


def _short(content: Any, blocks: list[Block]) -> str | list[Block]:
    """The blocks, or the plain string where that is what the content was."""
    return content if isinstance(content, str) else blocks
