"""Where a search looks, and how what it finds is named. Refuses a place that is not there."""

from pathlib import Path

from pipeline_project.errors import InvalidInput, NotFound
from pipeline_project.security.paths.containment import shown as printable
from pipeline_project.tools.files.targets import near
from pipeline_project.tools.session import Session


def check_folder(folder: Path) -> None:
    """Raises NotFound for a folder that is missing, InvalidInput for a file."""
    if folder.is_dir():
        return
    if folder.exists():
        raise InvalidInput("is a file, not a folder", where=shown(folder), remedy="Name the folder it is in.")
    raise missing(folder)


def missing(path: Path) -> NotFound:
    """The error for a place that is not there, with near names, else the folder that is there."""
    parent = next(each for each in path.parents if each.is_dir())
    names = near(path.name, parent) if parent == path.parent else []
    remedy = (
        f"Near names: {', '.join(shown(parent / name) for name in names)}." if names else f"{shown(parent)} is there."
    )
    return NotFound("there is no such file or folder", where=shown(path), remedy=remedy)


def shown(path: Path) -> str:
    """A path in a result: line breaks and what cannot be printed are escaped."""
    return printable(str(path))


def relative(path: Path, session: Session) -> str:
    """A path as the session would name it: relative to its current folder if it is below, else absolute."""
    return shown(path.relative_to(session.cwd)) if path.is_relative_to(session.cwd) else shown(path)
