"""Cells of a notebook: found by id or index, replaced, inserted, deleted. Pure: values in, values out.

Refuses an id or index that names no cell, listing what there is.
"""

import secrets
from typing import Any, Final, Literal

from pipeline_project.errors import InvalidInput, NotFound
from pipeline_project.tools.notebooks.document import Cell

Kind = Literal["code", "markdown", "raw"]
_MOST_NAMED: Final = 10


def id_of(cell: Cell, index: int) -> str:
    """The id of a cell; `cell-<index>` where the notebook's version (below 4.5) has none."""
    return str(cell.get("id") or f"cell-{index}")


def index_of(cells: list[Cell], cell_id: str, *, where: str) -> int:
    """The index of the cell with this id, or that `cell-<index>` or a plain index names.

    Raises NotFound, and InvalidInput for an id that several cells have.
    """
    having = [index for index, cell in enumerate(cells) if id_of(cell, index) == cell_id]
    if len(having) > 1:
        remedy = "Name the cell by cell_number."
        listed = ", ".join(map(str, having))
        raise InvalidInput(f"the cells {listed} all have the id {cell_id!r}", where=where, remedy=remedy)
    if having:
        return having[0]
    number = cell_id.removeprefix("cell-")
    if number.isascii() and number.isdigit() and int(number) < len(cells):
        return int(number)
    ids = [id_of(cell, index) for index, cell in enumerate(cells)]
    more = f" and {len(ids) - _MOST_NAMED} more" if len(ids) > _MOST_NAMED else ""
    remedy = f"There are: {', '.join(ids[:_MOST_NAMED])}{more}." if ids else "The notebook has no cells: insert one."
    raise NotFound(f"there is no cell {cell_id!r}", where=where, remedy=remedy)


def chosen(cells: list[Cell], cell_id: str | None, number: int | None, *, where: str) -> int | None:
    """The index of the cell that an id or an index names, None when neither is given (an empty id is none).

    Raises NotFound, and InvalidInput when they name different cells.
    """
    by_id = index_of(cells, cell_id, where=where) if cell_id else None
    by_number = None if number is None else checked_index(cells, number, where=where)
    if by_id is not None and by_number is not None and by_id != by_number:
        words = f"cell_id {cell_id!r} is cell {by_id}, and cell_number says {by_number}"
        raise InvalidInput(words, where=where, remedy="Give one of them.")
    return by_number if by_id is None else by_id


def checked_index(cells: list[Cell], number: int, *, where: str, inserting: bool = False) -> int:
    """`number` when there is such a cell, or the end when inserting. Raises NotFound."""
    if 0 <= number < len(cells) + inserting:
        return number
    remedy = f"Cells are 0 to {len(cells) - 1}." if cells else "The notebook has no cells: insert one at 0."
    raise NotFound(f"there is no cell {number}", where=where, remedy=remedy)


def new_cell(value: dict[str, Any], kind: Kind, source: str) -> Cell:
    """A cell for this notebook, with an id of its own where the version (4.5 and up) has ids."""
    cell: Cell = {"cell_type": kind}
    if has_ids(value):
        cell["id"] = _fresh_id({str(each.get("id")) for each in value["cells"]})
    if kind == "code":
        cell = {**cell, "execution_count": None, "metadata": {}, "outputs": []}
    else:
        cell["metadata"] = {}
    cell["source"] = lines_of(source)
    # nbformat and Jupyter write the keys of a cell in this order
    return dict(sorted(cell.items()))


def with_source(cell: Cell, kind: Kind, source: str) -> Cell:
    """The cell with another source, and so without its outputs and count; id and metadata stay."""
    text: Any = source if isinstance(cell.get("source"), str) else lines_of(source)
    if kind != cell["cell_type"]:
        kept = {key: cell[key] for key in ("id", "metadata") if key in cell}
        blank = {"execution_count": None, "outputs": []} if kind == "code" else {}
        return dict(sorted({**kept, **blank, "cell_type": kind, "source": text}.items()))
    changed = {**cell, "source": text}
    return {**changed, "execution_count": None, "outputs": []} if kind == "code" else changed


def lines_of(source: str) -> list[str]:
    """Source as the format keeps it: lines with their breaks."""
    parts = source.split("\n")
    return [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def has_ids(value: dict[str, Any]) -> bool:
    """Whether cells of this notebook's version have ids (4.5 and up)."""
    return (value["nbformat"], value.get("nbformat_minor", 0)) >= (4, 5)


def _fresh_id(taken: set[str]) -> str:
    while (found := secrets.token_hex(4)) in taken:
        pass
    return found
