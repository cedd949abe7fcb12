"""A script: the turns the offline model plays instead of answering, one for every assistant turn.

A turn is a text, or a list of texts and blocks (`{type: text, text}`, `{type: tool_use, name, input, id?}`). A file
holds the list, or `turns:` with the list, and may hold more:

- a turn may depend on what the tools answered last: a list of `{when_result_contains: TEXT, play: TURN}` that ends
  with `{otherwise: TURN}`; the first that fits is played. `goto: N` beside `play` goes on with turn N afterwards, so
  that an edit and its test can be tried again.
- `conversations: {TEXT: [turns]}` are scripts of their own for conversations whose first message holds that text, so
  that a sub-agent has its own; the longest text that fits is taken, and `turns` is for all others.

Refuses to go on after its last turn: who needs more writes more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml

from pipeline_project.conversion import shape
from pipeline_project.errors import InvalidInput
from pipeline_project.messages.shapes import Block


@dataclass(frozen=True)
class _Way:
    """Blocks to play when a tool's last answer holds `contains` (None: always), and the turn to go on with."""

    contains: str | None
    blocks: list[Block]
    goto: int | None


class Script:
    """Turns to play; each is a list of text and tool_use blocks, or several ways to choose from."""

    def __init__(
        self, turns: Iterable[Any], *, where: str = "script", conversations: Mapping[str, Any] | None = None
    ) -> None:
        """Raises InvalidInput, naming the turn, for what is no turn."""
        self._where = where
        self._turns = [_ways(turn, f"{where}: turn {number}") for number, turn in enumerate(turns, 1)]
        for way in (way for ways in self._turns for way in ways):
            if way.goto is not None and not 1 <= way.goto <= len(self._turns):
                raise InvalidInput(f"there is no turn {way.goto} to go to", where=where, remedy="Turns count from 1.")
        self._conversations = {
            text: Script(shape.a_list(own, f"{where}: {text}"), where=f"{where}: {text}")
            for text, own in (conversations or {}).items()
        }

    @classmethod
    def load(cls, path: Path) -> Self:
        """The script of a YAML or JSON file. Raises InvalidInput when it is none."""
        try:
            value = yaml.safe_load(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise InvalidInput(f"cannot be read: {error.strerror}", where=str(path)) from error
        except (UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
            raise InvalidInput(f"is neither YAML nor JSON: {' '.join(str(error).split())}", where=str(path)) from error
        turns = value.get("turns", [] if "conversations" in value else None) if isinstance(value, dict) else value
        own = value.get("conversations") if isinstance(value, dict) else None
        named = {str(text): turns_ for text, turns_ in shape.an_object(own or {}, str(path)).items()}
        return cls(shape.a_list(turns, str(path)), where=str(path), conversations=named)

    def turn(self, messages: list[Mapping[str, Any]]) -> list[Block]:
        """The blocks to play after these messages. Raises InvalidInput when the script is at its end."""
        first = _said(messages[0]) if messages else ""
        fitting = [text for text in self._conversations if text in first]
        if fitting:
            return self._conversations[max(fitting, key=len)].turn(messages)
        # the conversation itself is the only memory: every turn is replayed up to now, so a resumed run goes on
        position, heard = 0, ""
        for message in messages:
            if message.get("role") == "assistant":
                position = self._way(position, heard)[1]
                heard = ""
            else:
                heard += _results(message)
        return [dict(block) for block in self._way(position, heard)[0].blocks]

    def _way(self, position: int, heard: str) -> tuple[_Way, int]:
        """The way a turn takes, and the position after it."""
        if position >= len(self._turns):
            raise InvalidInput(
                f"has {len(self._turns)} turns, and the conversation asks for turn {position + 1}",
                where=self._where,
                remedy="Add a turn, or end the conversation earlier.",
            )
        for way in self._turns[position]:
            if way.contains is None or way.contains in heard:
                return way, position + 1 if way.goto is None else way.goto - 1
        raise InvalidInput(
            "no condition fits what the tools answered",
            where=f"{self._where}: turn {position + 1}",
            remedy="End the list with `otherwise`.",
        )


def _ways(turn: Any, where: str) -> list[_Way]:
    if not (isinstance(turn, list) and any(isinstance(way, dict) and _is_way(way) for way in turn)):
        return [_Way(None, _turn(turn, where), None)]
    ways: list[_Way] = []
    for way in turn:
        known = (
            {"when_result_contains", "play", "goto"} if "play" in shape.an_object(way, where) else {"otherwise", "goto"}
        )
        if not _is_way(way) or set(way) - known or ("play" in way) != ("when_result_contains" in way):
            remedy = "Write {when_result_contains: TEXT, play: TURN} and, last, {otherwise: TURN}."
            raise InvalidInput("a way that cannot be read", where=where, remedy=remedy)
        contains = _filled(way["when_result_contains"], where) if "play" in way else None
        goto = shape.an_integer(way["goto"], f"{where}: goto") if "goto" in way else None
        ways.append(_Way(contains, _turn(way["play"] if "play" in way else way["otherwise"], where), goto))
    return ways


def _is_way(way: Mapping[str, Any]) -> bool:
    return "when_result_contains" in way or "otherwise" in way


def _said(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    blocks = [block for block in content or () if isinstance(block, Mapping)]
    return "\n".join(str(block.get("text")) for block in blocks if block.get("type") == "text")


def _results(message: Mapping[str, Any]) -> str:
    """What the tools answered in a user's turn."""
    content = message.get("content")
    blocks = [block for block in content if isinstance(block, Mapping)] if isinstance(content, list) else []
    results = [block.get("content") for block in blocks if block.get("type") == "tool_result"]
    return "\n".join(result if isinstance(result, str) else _said({"content": result}) for result in results)


def _turn(turn: Any, where: str) -> list[Block]:
    blocks = [turn] if isinstance(turn, str | dict) else shape.a_list(turn, where)
    return [_block(block, where) for block in blocks]


def _block(block: Any, where: str) -> Block:
    if isinstance(block, str):
        return {"type": "text", "text": _filled(block, where)}
    kind = shape.an_object(block, where).get("type")
    if kind == "text":
        return {"type": "text", "text": _filled(block.get("text"), where)}
    if kind == "tool_use":
        arguments = shape.an_object(block.get("input", {}), f"{where}: input")
        shape.json_text(arguments, f"{where}: input")
        call: Block = {"type": "tool_use", "name": _filled(block.get("name"), f"{where}: name"), "input": arguments}
        return {**call, "id": _filled(block["id"], f"{where}: id")} if "id" in block else call
    raise InvalidInput(f"a block of type {kind!r} cannot be played", where=where, remedy="Use text or tool_use.")


def _filled(value: Any, where: str) -> str:
    if not shape.a_string(value, where).strip():
        raise InvalidInput("is empty", where=where)
    return value
