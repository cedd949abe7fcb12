"""A notebook's cells and their outputs as blocks for a model; pictures as image blocks.

Shared by Read and NotebookRead. Refuses to show an output in more than one form: the most telling one is chosen.
"""

import base64
import binascii
import re
from pathlib import Path
from typing import Any, Final

from pipeline_project.errors import InvalidDocument
from pipeline_project.tools.base import ToolResult
from pipeline_project.tools.files import encoding, media
from pipeline_project.tools.notebooks.cells import id_of
from pipeline_project.tools.notebooks.document import Cell, joined, parse, source_of
from pipeline_project.tools.session import Session

MOST_OUTPUT: Final = 10_000
_MOST_IMAGES: Final = 20
_PICTURES: Final = ("image/png", "image/jpeg", "image/gif", "image/webp")
_TEXTS: Final = ("text/markdown", "text/latex", "text/plain", "text/html", "application/json", "image/svg+xml")
_ESCAPES: Final = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-_]")


def notebook(content: bytes, path: Path, session: Session, *, only: int | None = None) -> ToolResult:
    """All cells, or the one at index `only`, as blocks. Raises InvalidDocument for what is no notebook."""
    value = load(content, path)
    cells: list[Cell] = value["cells"]
    chosen = range(len(cells)) if only is None else range(only, only + 1)
    blocks: list[dict[str, Any]] = []
    room = session.limits.read_bytes
    pictures = 0
    for index in chosen:
        head, images = _cell(cells[index], index, value, path)
        room -= len(head)
        if room < 0 and index > chosen.start:
            words = f"Cells {index} to {len(cells) - 1} are not shown: ask for one with NotebookRead and cell_id."
            blocks.append({"type": "text", "text": words})
            break
        blocks.append({"type": "text", "text": head})
        blocks += images[: _MOST_IMAGES - pictures]
        pictures += len(images)
    if not cells:
        blocks.append({"type": "text", "text": "The notebook has no cells."})
    structured = {
        "path": str(path), "type": "notebook", "language": language(value),
        "cells": [_summary(cells[index], index) for index in chosen],
    }  # fmt: skip
    return ToolResult(content=tuple(blocks), structured=structured)


def load(content: bytes, path: Path) -> dict[str, Any]:
    """The notebook in a file's bytes. Raises InvalidDocument."""
    return parse(encoding.detect(content).decode(content), path)


def language(value: dict[str, Any]) -> str:
    """The programming language of a notebook's code cells, `python` where it says none."""
    metadata = value.get("metadata", {})
    named = metadata.get("language_info", {}).get("name") or metadata.get("kernelspec", {}).get("language")
    return str(named or "python")


def _summary(cell: Cell, index: int) -> dict[str, Any]:
    return {
        "index": index, "cell_id": id_of(cell, index), "cell_type": cell["cell_type"], "source": source_of(cell),
        "execution_count": cell.get("execution_count"), "outputs": len(cell.get("outputs", [])),
    }  # fmt: skip


def _cell(cell: Cell, index: int, value: dict[str, Any], path: Path) -> tuple[str, list[dict[str, Any]]]:
    kind = cell["cell_type"]
    spoken = f" language={language(value)}" if kind == "code" else ""
    count = f" execution_count={cell['execution_count']}" if cell.get("execution_count") is not None else ""
    pieces = [f'<cell index={index} id="{id_of(cell, index)}" type={kind}{spoken}{count}>', source_of(cell)]
    images: list[dict[str, Any]] = []
    for output in cell.get("outputs", []):
        text, image = _output(output, path)
        if image is not None:
            images.append(image)
        if text:
            pieces += ["<output>", _shortened(text), "</output>"]
    return "\n".join([*pieces, "</cell>"]), images


def _output(output: dict[str, Any], path: Path) -> tuple[str, dict[str, Any] | None]:
    """The text and the picture of one output."""
    if output["output_type"] == "stream":
        return _clean(joined(output["text"])), None
    if output["output_type"] == "error":
        trace = _clean("\n".join(map(str, output.get("traceback", []))))
        return trace or f"{output['ename']}: {output['evalue']}", None
    data: dict[str, Any] = output.get("data", {})
    for kind in _PICTURES:
        if kind in data:
            return _picture(joined(data[kind]), path)
    kind = next((kind for kind in _TEXTS if kind in data), None)
    if kind is None:
        return (f"[{', '.join(data)}]" if data else ""), None
    return _clean(joined(data[kind]) if kind != "application/json" else str(data[kind])), None


def _picture(text: str, path: Path) -> tuple[str, dict[str, Any] | None]:
    try:
        content = base64.b64decode(text)
        return "[image]", media.image(content, path).content[1]
    except (binascii.Error, InvalidDocument) as error:
        why = error.message if isinstance(error, InvalidDocument) else error
        return f"[an image that cannot be shown: {why}]", None


def _clean(text: str) -> str:
    return _ESCAPES.sub("", text).rstrip("\n")


def _shortened(text: str) -> str:
    if len(text) <= MOST_OUTPUT:
        return text
    half = MOST_OUTPUT // 2
    return f"{text[:half]}\n… [{len(text) - MOST_OUTPUT:,} characters of output left out]\n{text[-half:]}"
