"""An assistant turn → one chat completions assistant message, and the tool messages that wait for their results.

Refuses to glue: texts around a tool call stay apart. Thinking goes where the target takes it, else nowhere.
"""

from typing import Any, Final

from pipeline_project.conversion import marks, shape
from pipeline_project.conversion.draft import Draft, content_path
from pipeline_project.conversion.parts import parts_of
from pipeline_project.conversion.shape import json_text
from pipeline_project.errors import InvalidInput
from pipeline_project.messages.blocks import STATE_TYPES, THINKING_BLOCK_TYPES

Message = dict[str, Any]
# A call without its result yet: the caller's id, the tool message that will answer it, the turn and block it stands in.
OpenCall = tuple[str, Message, int, int]

SEPARATOR: Final = "\n\n"
_CALL_KEYS: Final = frozenset({"type", "id", "name", "input"})


def read_assistant(draft: Draft, content: Any, turn: int) -> tuple[Message | None, list[OpenCall]]:
    """(the message, or None if the turn says nothing; its open calls). Raises InvalidInput for a malformed block."""
    texts: list[str] = []
    calls: list[Message] = []
    opened: list[OpenCall] = []
    rest: _Rest | None = None
    dropping = draft.drops_thinking
    for index, block in enumerate(content if isinstance(content, list) else _blocks(content, turn)):
        kind = block.get("type") if isinstance(block, dict) else None
        if kind == "tool_use":
            calls.append(_call(draft, block, turn, index, opened))
            continue
        text = block.get("text") if kind == "text" else None
        if text and len(block) == 2 and isinstance(text, str):
            if texts or calls:
                _lose_place(draft, turn, index, bool(texts))
            texts.append(text)
            continue
        if dropping and (kind == "thinking" or kind == "redacted_thinking"):
            draft.lose(content_path(turn, index), "dropped", draft.no_thinking)
            continue
        rest = rest or _Rest(draft)
        for text in rest.read(block, content_path(turn, index)):
            if texts or calls:
                _lose_place(draft, turn, index, bool(texts))
            texts.append(text)
    if not texts and not calls:
        return None, opened
    joined = texts[0] if len(texts) == 1 else ("" if rest and rest.cited else SEPARATOR).join(texts)
    message: Message = {"role": "assistant", "content": joined or draft.profile.no_content}
    if calls:
        message["tool_calls"] = calls
    if rest:
        rest.add_thinking(message, opened)
    return message, opened


def _blocks(content: Any, turn: int) -> list[Any]:
    """The content as blocks; text alone is short for one text block."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return shape.a_list(content, content_path(turn))


def _lose_place(draft: Draft, turn: int, index: int, after_text: bool) -> None:
    if after_text:
        draft.lose(content_path(turn, index), "joined with the text before", "an assistant message is one text")
    else:
        draft.lose(content_path(turn, index), "moved before the tool calls", "text comes before tool_calls")


def _call(draft: Draft, block: dict[str, Any], turn: int, index: int, opened: list[OpenCall]) -> Message:
    """The tool call of a tool_use block; the tool message that it waits for goes to `opened`."""
    call_id, name, given = block.get("id"), block.get("name"), block.get("input")
    if not (isinstance(call_id, str) and isinstance(name, str) and isinstance(given, dict)):
        raise InvalidInput(
            "a tool_use block needs an id, a name and an input object",
            where=content_path(turn, index),
            remedy="Correct the request body.",
        )
    if len(block) > 4:
        draft.lose_extras(block, _CALL_KEYS, content_path(turn, index))
    sent = draft.ids.send_new(call_id)
    sent_name = draft.tools.known.get(name) or draft.tools.send(name)
    answer: Message = {"role": "tool", "tool_call_id": sent, "content": None}
    if draft.named_results:
        answer["name"] = sent_name
    opened.append((call_id, answer, turn, index))
    arguments = json_text(given, "$.messages")
    return {"id": sent, "type": "function", "function": {"name": sent_name, "arguments": arguments}}


class _Rest:
    """Everything in a turn that is neither plain text nor a call."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.cited = False
        self.reasoning: list[str] = []
        self.signatures: dict[str, str] = {}

    def read(self, block: Any, where: str) -> list[str]:
        """The texts that a block becomes."""
        kind = shape.an_object(block, where).get("type")
        if isinstance(kind, str) and kind in THINKING_BLOCK_TYPES:
            self._thinking(block, where)
            return []
        if isinstance(kind, str) and kind in STATE_TYPES and kind != "compaction":
            self.draft.lose(where, "dropped", "bookkeeping of the Anthropic API")
            return []
        # The API cuts a cited sentence into blocks; put together without a gap they are the sentence again.
        self.cited = self.cited or (kind == "text" and bool(block.get("citations")))
        texts = []
        for part in parts_of(self.draft, block, where):
            if part["type"] != "text":
                self.draft.lose(where, "replaced by a note", "an assistant message carries text only")
            texts.append(part["text"] if part["type"] == "text" else f"[{part['type']} omitted]")
        return texts

    def _thinking(self, block: dict[str, Any], path: str) -> None:
        draft = self.draft
        history = draft.profile.thinking_history
        text = block.get("thinking")
        foreign = marks.read_foreign_signature(block.get("signature"))
        if history == "signature" and foreign is not None:
            self.signatures[foreign[0]] = foreign[1]
            if not text:
                return
        if history == "reasoning_content" and isinstance(text, str) and text:
            self.reasoning.append(text)
            if block.get("signature"):
                draft.lose(f"{path}.signature", "dropped", "reasoning_content carries no signature")
            return
        draft.lose(path, "dropped", draft.no_thinking)

    def add_thinking(self, message: Message, opened: list[OpenCall]) -> None:
        """Add what the target takes back: reasoning_content, or each signature on the call it came with."""
        if self.reasoning:
            message["reasoning_content"] = SEPARATOR.join(self.reasoning)
        for (original, *_), tool_call in zip(opened, message.get("tool_calls", ()), strict=True):
            if (state := self.signatures.get(original)) is not None:
                tool_call["extra_content"] = {"google": {"thought_signature": state}}
