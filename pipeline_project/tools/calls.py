"""Calls as people write them: a JSON or YAML file of a list (or `{calls: […]}`), or JSON Lines of one call each.

Refuses a file that is none of these, naming the line.
"""

import json
from pathlib import Path
from typing import Any, Final

import yaml

from pipeline_project.errors import InvalidInput
from pipeline_project.tools.planner import Call, as_calls

_MOST_BYTES: Final = 32 << 20


def read_calls(path: Path) -> tuple[Call, ...]:
    """The calls of a file. Raises InvalidInput naming it for what cannot be read or holds no calls."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        text = content.decode("utf-8-sig")
    except FileNotFoundError as error:
        raise InvalidInput("there is no such file", where=str(path)) from error
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise InvalidInput("is not UTF-8 text", where=str(path)) from error
    if len(content) > _MOST_BYTES:
        raise InvalidInput(f"is larger than {_MOST_BYTES >> 20} MiB", where=str(path), remedy="Split it.")
    found = _lines(text, path) if path.suffix in (".jsonl", ".ndjson") else _document(text, path)
    try:
        return as_calls(found)
    except InvalidInput as error:
        raise InvalidInput(error.message, where=f"{path}, {error.where}", remedy=error.remedy) from error


def _lines(text: str, path: Path) -> list[Any]:
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                found.append(json.loads(line))
            except ValueError as error:
                raise InvalidInput(f"is no JSON: {error}", where=f"{path}, line {number}") from error
    return found


def _document(text: str, path: Path) -> list[Any]:
    try:
        value = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as error:
        raise InvalidInput(f"is neither JSON nor YAML: {' '.join(str(error).split())}", where=str(path)) from error
    found = value.get("calls") if isinstance(value, dict) else value
    if not isinstance(found, list):
        raise InvalidInput("holds no list of calls", where=str(path), remedy="Write `- {name: …, input: {…}}` entries.")
    return found
