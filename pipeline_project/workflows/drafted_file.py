"""The file that a draft becomes: a text that reads back as the same definition, and a place that nothing else has.

Refuses a definition that no file can hold, and to write over a file that holds anything else.
"""

import fcntl
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import yaml

from pipeline_project import clock
from pipeline_project.errors import Conflict, InvalidDefinition, StoreError
from pipeline_project.persistence.json import to_json
from pipeline_project.workflows import load
from pipeline_project.workflows.check import check
from pipeline_project.workflows.models import WorkflowDefinition

_WHERE: Final = "the workflow's file"


def spelled(value: Any) -> Any:
    """Plain JSON with every fraction as a file gives it back: 0.10 is 0.1, and an amount stays the same amount."""
    if isinstance(value, dict):
        return {key: spelled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [spelled(item) for item in value]
    if not isinstance(value, Decimal) or not math.isfinite(number := float(value)):
        return value
    again = to_json(number)
    return again if again == value else value


def text_of(definition: WorkflowDefinition) -> str:
    """YAML that reads back as the same definition. Raises InvalidDefinition where no file holds it."""
    try:
        drafted = definition.content_hash
    except UnicodeEncodeError as error:
        raise InvalidDefinition(f"half a character ({error.object[error.start]!a}) is no text", where=_WHERE) from error
    plain: Any = to_json(definition.model_dump(mode="python", exclude={"complexity_score"}, exclude_defaults=True))
    for step in plain["steps"].values():
        step.pop("id", None)
    text = yaml.dump(plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    size = len(text.encode("utf-8"))
    if size > load.LARGEST_FILE:
        raise InvalidDefinition(f"{size // 1024} kB are more than {load.LARGEST_FILE // 1024}", where=_WHERE)
    again = check(load.parse(text, name=_WHERE)).definition
    if again is None or again.content_hash != drafted:
        raise InvalidDefinition("holds a number or a text that YAML does not keep as it is", where=_WHERE)
    return text


def place_of(definition: WorkflowDefinition, *, replace: bool) -> Path:
    """Where it is to be written: the file that has its id, else a new one of that name.

    Raises Conflict when the id is taken by other content and `replace` is not said, or the name by another file.
    """
    folder, catalog = load.own_folder(), load.load_default()
    named = [source.path for source in catalog.sources if source.report.workflow_id == definition.id]
    known = catalog.definitions.get(definition.id)
    if known is not None and known.content_hash != definition.content_hash and not replace:
        raise Conflict(
            f"another workflow has the id {definition.id!r}",
            where=str(named[0]),
            remedy="Generate it anew for an id of its own, activate it as an update (--update), or discard it.",
        )
    own = next((path for path in named if path.parent == folder), None)
    path = own or folder / f"{definition.id}.yaml"
    if own is None and path.exists():
        raise Conflict("the file is there already and holds something else", where=str(path), remedy="Move it away.")
    return path


@contextmanager
def alone() -> Iterator[None]:
    """Nobody else activates meanwhile. Makes the folder; raises StoreError where it cannot be written."""
    folder = load.own_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise StoreError(f"cannot be written: {error.strerror}", where=str(folder)) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # the folder itself, so that no lock file lies among the workflows
        yield
    finally:
        os.close(descriptor)


@contextmanager
def appearing(path: Path, text: str) -> Iterator[None]:
    """The file appears whole when the block ends well, and not at all when it does not. Raises StoreError."""
    temporary = path.with_name(f".{path.name}.{clock.new_id()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        yield
        temporary.replace(path)
    except OSError as error:
        raise StoreError(f"cannot be written: {error.strerror}", where=str(path)) from error
    finally:
        temporary.unlink(missing_ok=True)


class _Dumper(yaml.SafeDumper):
    """A SafeDumper that knows Decimal, and writes a text with characters that YAML would fold in quotes."""

    def ignore_aliases(self, data: Any) -> bool:
        """Equal parts are written each time: a person reads this file."""
        return True


def _number(dumper: yaml.SafeDumper, value: Decimal) -> yaml.ScalarNode:
    said = f"{value:f}" if abs(value.adjusted()) < 20 else f"{value:e}"
    return dumper.represent_scalar("tag:yaml.org,2002:float", said if "." in said or "e" in said else f"{said}.0")


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    # U+0085 ends a line in YAML and would come back as a line feed
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"' if "\x85" in value else None)


_Dumper.add_representer(Decimal, _number)
_Dumper.add_representer(str, _text)
