"""Options that several commands share, and how `--set name=value` and input files are read."""

from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from pipeline_project.errors import InvalidInput
from pipeline_project.persistence import json

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def from_pairs(pairs: list[str] | None) -> dict[str, Any]:
    """`name=value` pairs, each value read as YAML (so 3 is a number and true is true)."""
    found: dict[str, Any] = {}
    for pair in pairs or []:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise InvalidInput(f"{pair!r} is not name=value", where="--set")
        found[name] = json.to_json(_parsed(text, where=f"--set {name}")) if text else ""
    return found


def from_file(path: Path | None) -> dict[str, Any]:
    """The input fields of a JSON or YAML file."""
    if path is None:
        return {}
    value = _read(path)
    if not isinstance(value, dict):
        raise InvalidInput("holds no mapping of input fields", where=str(path))
    return value


def from_run_config(path: Path | None) -> dict[str, Any]:
    """The fields of `start` in a Dagster run config."""
    if path is None:
        return {}
    value = _read(path)
    for key in ("ops", "start", "config"):
        value = value.get(key) if isinstance(value, dict) else None
    if not isinstance(value, dict):
        raise InvalidInput("has no ops.start.config", where=str(path), remedy="Use --input for a plain input file.")
    return value


def _read(path: Path) -> Any:
    try:
        return json.to_json(_parsed(path.read_text(encoding="utf-8"), where=str(path)))
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise InvalidInput("is not UTF-8 text", where=str(path)) from error


def _parsed(text: str, *, where: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidInput(f"is neither JSON nor YAML: {' '.join(str(error).split())}", where=where) from error
