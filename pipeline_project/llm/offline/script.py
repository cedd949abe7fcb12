"""A script: the turns the offline model plays instead of answering, one for every assistant turn.

A turn is a text, or a list of texts and blocks (`{type: text, text}`, `{type: tool_use, name, input, id?}`); a file
holds the list, or `turns:` with the list. Refuses to go on after its last turn: who needs more writes more.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

import yaml

from pipeline_project.conversion import shape
from pipeline_project.errors import InvalidInput
from pipeline_project.messages.shapes import Block


class Script:
    """Turns to play; each is a list of text and tool_use blocks."""

    def __init__(self, turns: Iterable[Any], *, where: str = "script") -> None:
        """Raises InvalidInput, naming the turn, for what is no turn."""
        self._where = where
        self._turns = [_turn(turn, f"{where}: turn {number}") for number, turn in enumerate(turns, 1)]

    @classmethod
    def load(cls, path: Path) -> Self:
        """The script of a YAML or JSON file. Raises InvalidInput when it is none."""
        try:
            value = yaml.safe_load(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise InvalidInput(f"cannot be read: {error.strerror}", where=str(path)) from error
        except (UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
            raise InvalidInput(f"is neither YAML nor JSON: {' '.join(str(error).split())}", where=str(path)) from error
        turns = value.get("turns") if isinstance(value, dict) else value
        return cls(shape.a_list(turns, str(path)), where=str(path))

    def turn(self, messages: list[Mapping[str, Any]]) -> list[Block]:
        """The blocks to play after these messages. Raises InvalidInput when the script is at its end."""
        played = sum(message.get("role") == "assistant" for message in messages)
        if played >= len(self._turns):
            raise InvalidInput(
                f"has {len(self._turns)} turns, and the conversation asks for turn {played + 1}",
                where=self._where,
                remedy="Add a turn, or end the conversation earlier.",
            )
        return [dict(block) for block in self._turns[played]]


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
