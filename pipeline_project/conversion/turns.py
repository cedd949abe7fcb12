"""The order of a conversation: tool messages right after their calls, in call order, everything else after them.

Works through the turns once. While calls are open, results are put to their calls and whatever else comes is held
back; the answer of every call is written when all have theirs or the conversation moves on.
"""

from collections.abc import Sequence
from typing import Any, Final

from pipeline_project.conversion import marks, shape
from pipeline_project.conversion.assistant import SEPARATOR, Message, OpenCall, read_assistant
from pipeline_project.conversion.draft import Draft, content_path
from pipeline_project.conversion.parts import Part, parts_of, text_part
from pipeline_project.conversion.results import label, plain_result, result_of
from pipeline_project.errors import InvalidInput

_TURN_KEYS: Final = frozenset({"role", "content"})


class Turns:
    """Builds the message list of a chat completions request, turn by turn."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.messages: list[Message] = []
        self._open: list[OpenCall] = []
        self._answered = 0
        self._attachments: dict[str, Sequence[Part]] = {}
        self._held: list[Message] = []
        self._alternating = draft.profile.alternating
        self._turn = 0

    def read(self, turns: list[Any]) -> list[Message]:
        """The messages for these turns, every call answered. Raises InvalidInput for a malformed turn."""
        for number, turn in enumerate(turns):
            self._turn = number
            if not isinstance(turn, dict):
                raise shape.wrong(turn, "a turn", f"$.messages[{number}]")
            if len(turn) > 2:
                self.draft.lose_extras(turn, _TURN_KEYS, f"$.messages[{number}]")
            role = turn.get("role")
            if role == "user":
                self._user(turn.get("content"), number)
            elif role == "assistant":
                self._assistant(turn.get("content"), number)
            elif role == "system":
                self._system(turn.get("content"), content_path(number))
            else:
                raise InvalidInput(
                    f"unknown role {role!r}",
                    where=f"$.messages[{number}].role",
                    remedy="Use user, assistant or system.",
                )
        self._settle()
        return self.messages

    def _user(self, content: Any, turn: int) -> None:
        if isinstance(content, str):
            if content:
                self._put({"role": "user", "content": content})
            else:
                self.draft.lose(content_path(turn), "dropped", "an empty turn says nothing")
            return
        parts: list[Part] = []
        for index, block in enumerate(content if isinstance(content, list) else _blocks(content, turn)):
            kind = block.get("type") if isinstance(block, dict) else None
            if kind == "tool_result":
                if not self._answer(block, turn, index, bool(parts)):
                    parts.extend(self._stray(block, turn, index))
            elif kind == "text" and len(block) == 2 and isinstance(block.get("text"), str) and block["text"]:
                parts.append(block)
            else:
                parts.extend(parts_of(self.draft, block, content_path(turn, index)))
        if parts:
            self._put({"role": "user", "content": self._content(parts)})
        if self._answered and self._answered == len(self._open):
            self._settle()

    def _answer(self, block: dict[str, Any], turn: int, index: int, after_text: bool) -> bool:
        """Put a result to its call; False if no open call has its id."""
        call_id = block.get("tool_use_id")
        known = False
        for position, (original, message, _, _) in enumerate(self._open):
            if original != call_id:
                continue
            known = True
            if message["content"] is not None:
                continue
            text = plain_result(block)
            if text is not None:
                message["content"] = text
            else:
                message["content"], attachments = result_of(self.draft, block, turn, index)
                if attachments:
                    self._attachments[message["tool_call_id"]] = attachments
            if after_text or self._held or position != self._answered:
                why = "results come first, in the order of their calls"
                self.draft.lose(content_path(turn, index), "moved", why)
            self._answered += 1
            return True
        if known:
            self.draft.lose(content_path(turn, index), "dropped", "the call already has its result")
        elif not isinstance(call_id, str):
            raise shape.wrong(call_id, "a string", f"{content_path(turn, index)}.tool_use_id")
        return known

    def _stray(self, block: dict[str, Any], turn: int, index: int) -> list[Part]:
        """A result without call, as parts of a user message."""
        self.draft.lose(content_path(turn, index), "became text", "no open call has this id")
        text, attachments = result_of(self.draft, block, turn, index)
        return [text_part(marks.STRAY_RESULT + text), *attachments]

    def _assistant(self, content: Any, turn: int) -> None:
        # Clients send parallel calls as several assistant turns in a row; their results come after the last of them.
        parallel = False
        if self._open:
            parallel = not self._answered and not self._held_user()
            if not parallel:
                self._settle()
        message, opened = read_assistant(self.draft, content, turn)
        if message is None:
            self.draft.lose(content_path(turn), "dropped", "an empty turn says nothing")
            return
        if parallel:
            self.draft.lose(content_path(turn), "merged into the turn before", "the calls before it are still open")
            self.messages[-1] = self._merged(self.messages[-1], message)
        else:
            self._append(message)
        self._open.extend(opened)

    def _held_user(self) -> bool:
        return any(message["role"] == "user" for message in self._held)

    def _system(self, content: Any, path: str) -> None:
        text = system_text(self.draft, content, path)
        if not text:
            return
        if self._open:
            self.draft.lose(path, "moved", "nothing may stand between a call and its result")
        if self.draft.profile.system_turns == "system":
            self._put({"role": "system", "content": text})
            return
        self.draft.lose(path, "became a marked user turn", f"{self.draft.profile.name} has system text only first")
        self._put({"role": "user", "content": marks.SYSTEM_NOTE + text})

    def _put(self, message: Message) -> None:
        if self._open:
            self._held.append(message)
        else:
            self._append(message)

    def _settle(self) -> None:
        """Write the tool messages of the open calls, then what their results could not carry, then what waited."""
        for _, message, turn, index in self._open:
            if message["content"] is None:
                self.draft.lose(content_path(turn, index), "a result was supplied", "every call must be answered")
                message["content"] = marks.NO_RESULT
            self.messages.append(message)
        if self._attachments or self._held:
            self._release()
        self._open.clear()
        self._answered = 0

    def _release(self) -> None:
        """Write attachments and held messages; both go into one user message where that is next."""
        attachments: list[Part] = []
        for _, message, _, _ in self._open:
            if attached := self._attachments.pop(message["tool_call_id"], None):
                attachments.extend(label(message["tool_call_id"], attached))
        held, self._held = self._held, []
        if attachments:
            if held and held[0]["role"] == "user":
                attachments.extend(_as_parts(held.pop(0)["content"]))
            self._append({"role": "user", "content": attachments})
        for message in held:
            self._append(message)

    def _append(self, message: Message) -> None:
        """Append, or merge with the message before where roles must alternate."""
        if not self._alternating or not self.messages:
            self.messages.append(message)
            return
        before = self.messages[-1]
        if before["role"] != message["role"] or message["role"] == "system":
            self.messages.append(message)
            return
        self.draft.lose(content_path(self._turn), "merged into the turn before", "roles must alternate")
        self.messages[-1] = self._merged(before, message)

    def _merged(self, before: Message, message: Message) -> Message:
        if message["role"] == "user":
            parts = [*_as_parts(before["content"]), *_as_parts(message["content"])]
            return {**before, "content": self._content(parts)}
        merged = {**before, **message}
        texts = [text for text in (before["content"], message["content"]) if text]
        merged["content"] = SEPARATOR.join(texts) or self.draft.profile.no_content
        if "tool_calls" in before and "tool_calls" in message:
            merged["tool_calls"] = [*before["tool_calls"], *message["tool_calls"]]
        if "reasoning_content" in before and "reasoning_content" in message:
            merged["reasoning_content"] = SEPARATOR.join((before["reasoning_content"], message["reasoning_content"]))
        return merged

    def _content(self, parts: list[Part]) -> str | list[Part]:
        if len(parts) == 1 and parts[0]["type"] == "text":
            return parts[0]["text"]
        if not self.draft.profile.flat_text:
            return parts
        why = f"{self.draft.profile.name} takes one text"
        self.draft.lose(content_path(self._turn), f"{len(parts)} blocks joined", why)
        return SEPARATOR.join(part["text"] for part in parts)


def _blocks(content: Any, turn: int) -> list[Any]:
    return shape.a_list(content, content_path(turn))


def _as_parts(content: str | list[Part]) -> list[Part]:
    return [text_part(content)] if isinstance(content, str) else content


def system_text(draft: Draft, content: Any, path: str) -> str:
    """System text as one string, blocks joined by a blank line; the volatile billing header is left out.

    Raises InvalidInput for malformed blocks.
    """
    if isinstance(content, str):
        return content
    texts: list[str] = []
    for index, block in enumerate(shape.a_list(content, path)):
        where = f"{path}[{index}]"
        for part in parts_of(draft, block, where):
            if part["type"] != "text":
                draft.lose(where, "dropped", "system text carries text only")
            elif part["text"].startswith(marks.BILLING_HEADER):
                draft.lose(where, "dropped", "it changes with every request and would break prompt caches")
            else:
                texts.append(part["text"])
    if len(texts) > 1:
        draft.lose(path, f"{len(texts)} blocks joined by a blank line", "system text is one string")
    return SEPARATOR.join(texts)
