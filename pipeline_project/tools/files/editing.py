"""Replacements made in a file's bytes: decoded exactly, changed in order, encoded again.

All or none: the first replacement that does not fit stops everything. Refuses files too large to hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline_project.errors import InvalidDocument, InvalidInput
from pipeline_project.tools.files import encoding, kinds, marks, store
from pipeline_project.tools.files.patch import Patch, patch
from pipeline_project.tools.files.replacing import Replacement, replaced
from pipeline_project.tools.files.targets import check_readable, missing
from pipeline_project.tools.notebooks.document import parse
from pipeline_project.tools.session import Session

_NAMES: Final = {"image": "an image", "pdf": "a PDF"}


@dataclass(frozen=True)
class Edited:
    """`data`: the new bytes; `after`: the new text; `count`: places replaced."""

    data: bytes
    after: str
    patch: Patch
    count: int


def check_editable(path: Path, before: store.Present | None, session: Session, *, creates: bool) -> None:
    """Raises unless what stands at `path` may be edited, or be created where `creates` says so."""
    if before is not None and path.suffix == ".ipynb" and _is_notebook(before.content, path):
        remedy = "Use NotebookEdit, which changes its cells."
        raise InvalidInput("is a notebook", where=str(path), remedy=remedy)
    if before is None:
        if path.exists():
            check_readable(path, session)
        if not creates:
            raise missing(path, session)
        return
    if not before.status.st_size:
        return  # nothing that could be lost unseen
    if creates:
        remedy = "Give the text to replace as old_string, or use Write to replace all of it."
        raise InvalidInput("the file has content, and an empty old_string makes a new file", where=str(path),
                           remedy=remedy)  # fmt: skip
    marks.check_seen(path, session, before.status, before.content)
    if before.content is None:
        size = f"{before.status.st_size:,} bytes are more than can be edited ({store.MOST_BYTES:,})"
        raise InvalidInput(size, where=str(path), remedy="Use Bash with sed, or split the file.")
    _check_text(before.content, path)


def _check_text(content: bytes, path: Path) -> None:
    """Raises InvalidInput for what Read does not show as text: a piece of it stands for something else than text."""
    kind = kinds.kind_of(content[: kinds.HEAD_BYTES])
    if kind != "text":
        words = kinds.describe(content)[0] if kind == "binary" else f"is {_NAMES[kind]}, not text"
        raise InvalidInput(words, where=str(path), remedy="Replace it with Write, or change it with Bash.")


def _is_notebook(content: bytes | None, path: Path) -> bool:
    """Whether NotebookEdit would take it; a broken one may be repaired as text."""
    try:
        parse(encoding.detect(content or b"").decode(content or b""), path)
    except InvalidDocument:
        return False
    return True


def edited(
    before: store.Present | None, changes: Sequence[Replacement], *, where: str, names: Sequence[str] | None
) -> Edited:
    """The changes made one after the other, each on the outcome of the one before.

    `names`: how messages call each change ("edits[2]"), None for a single one. Raises InvalidInput.
    """
    data = b"" if before is None or before.content is None else before.content
    spelling = encoding.detect(data)
    old = text = spelling.decode(data)
    count = 0
    for position, change in enumerate(changes):
        place = f"{where}: {names[position]}" if names else where
        encoding.check_given(change.new_string, where=f"{place}: new_string")
        if not change.old_string:
            text, made = _filled(text, change, place), 1
        else:
            outcome = replaced(text, change, where=place)
            text, made = outcome.text, outcome.count
        count += made
    if text == old and before is not None and data:
        remedy = "One edit takes back what another did; leave both out."
        raise InvalidInput("the edits leave the file as it is", where=where, remedy=remedy)
    return Edited(spelling.encode(text, where=where), text, patch(old, text), count)


def _filled(text: str, change: Replacement, where: str) -> str:
    if text:
        remedy = "Only the first edit of a new or empty file may have an empty old_string."
        raise InvalidInput("old_string is empty", where=where, remedy=remedy)
    return change.new_string
