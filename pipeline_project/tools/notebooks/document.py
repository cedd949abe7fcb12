"""A notebook's JSON, read and written back in the spelling it has.

nbformat judges whether it is valid; the text is written with the file's own indentation, escapes and last line break,
so that a change of one cell is a change of a few lines. Refuses what is no notebook of version 4.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import nbformat
from nbformat.validator import better_validation_error, get_validator

from pipeline_project.errors import InvalidDocument

Cell = dict[str, Any]
_REPAIR: Final = "Repair it with Edit (Read shows such a file as text), or write it anew with Write."


@dataclass(frozen=True)
class Spelling:
    """How a file writes its JSON. `indent`: None for everything on one line."""

    indent: int | str | None = 1
    ascii_only: bool = False
    final_break: str = "\n"
    line_break: str = "\n"
    tight: bool = False

    def write(self, value: dict[str, Any]) -> str:
        """The JSON text of a notebook."""
        separators = (",", ":") if self.tight else (", ", ": ") if self.indent is None else (",", ": ")
        text = json.dumps(value, ensure_ascii=self.ascii_only, indent=self.indent, separators=separators)
        return text.replace("\n", self.line_break) + self.final_break


def parse(text: str, path: Path) -> dict[str, Any]:
    """The notebook of a file's text. Raises InvalidDocument for what is no valid notebook of version 4."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        remedy = _REPAIR if text.strip() else "It is empty: write it with Write."
        raise InvalidDocument(f"is no notebook: not valid JSON ({error})", where=str(path), remedy=remedy) from error
    if not isinstance(value, dict) or "nbformat" not in value:
        remedy = "Rename it if it is other JSON; Write replaces it."
        raise InvalidDocument("is no notebook: it has no nbformat", where=str(path), remedy=remedy)
    if value["nbformat"] != 4:
        remedy = "Convert it first (Bash: jupyter nbconvert --to notebook --nbformat 4)."
        raise InvalidDocument(f"is a notebook of version {value['nbformat']}, not 4", where=str(path), remedy=remedy)
    _name_cells(value)
    check(value, path)
    return value


def check(value: dict[str, Any], path: Path) -> None:
    """Raises InvalidDocument unless nbformat accepts the notebook as it is."""
    # nbformat.validate would also change the notebook: it gives new ids to cells without one, and warns
    minor = value.get("nbformat_minor")
    judge = get_validator(4, minor) if isinstance(minor, int) else None
    if judge is None:
        remedy = "Repair it with Edit: the newest is 5."
        raise InvalidDocument(f"is no valid notebook: nbformat_minor is {minor!r}", where=str(path), remedy=remedy)
    try:
        judge.validate(value)
    except nbformat.ValidationError as error:
        words = _problem(value, minor) or str(error).strip().split("\n", 1)[0]
        raise InvalidDocument(f"is no valid notebook: {words[:200]}", where=str(path), remedy=_REPAIR) from error


def _problem(value: dict[str, Any], minor: Any) -> str:
    """What the schema's slow judge says, and of which part: the fast one names no more than the cell."""
    judge = get_validator(4, minor, name="jsonschema")
    for error in () if judge is None else judge.iter_errors(value):
        better = better_validation_error(error, 4, minor)
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in better.relative_path)
        return f"{place.removeprefix('.')}: {better.message}" if place else str(better.message)
    return ""


def _name_cells(value: dict[str, Any]) -> None:
    """Give cells of version 4.5 and up the id they lack, the one that they are shown under."""
    if not isinstance(value.get("nbformat_minor"), int) or value["nbformat_minor"] < 5:
        return
    cells = value.get("cells")
    listed = [cell for cell in cells if isinstance(cell, dict)] if isinstance(cells, list) else []
    taken = {str(cell["id"]) for cell in listed if "id" in cell}
    for index, cell in enumerate(listed):
        if "id" not in cell:
            name = f"cell-{index}"
            while name in taken:
                name += "-b"
            cell["id"] = name
            taken.add(name)


def spelling_of(text: str) -> Spelling:
    """How `text` writes its JSON."""
    final = text[len(text.rstrip()) :]
    return Spelling(
        indent=_indent(text),
        # either all signs are spelled out, or none needs to be
        ascii_only=text.isascii() and bool(re.search(r"\\u00[89a-f]|\\u0[1-9a-f]|\\u[1-9a-f]", text, re.IGNORECASE)),
        final_break=final,
        line_break="\r\n" if "\r\n" in text else "\n",
        tight=_indent(text) is None and '", "' not in text and '": ' not in text,
    )


def source_of(cell: Cell) -> str:
    """A cell's source, which the format keeps as a string or a list of lines."""
    return joined(cell.get("source", ""))


def joined(value: Any) -> str:
    """Multi-line text of a notebook."""
    return "".join(map(str, value)) if isinstance(value, list) else str(value)


def _indent(text: str) -> int | str | None:
    found = re.match(r"\s*\{\r?\n([ \t]+)", text)
    if found is None:
        return None
    return len(found[1]) if not found[1].strip(" ") else found[1]
