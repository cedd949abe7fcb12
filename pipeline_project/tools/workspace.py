"""Which folder tools work in when nobody names one: the settings' workspace, else a folder in the data directory."""

from pathlib import Path

from pipeline_project import settings
from pipeline_project.errors import InvalidInput


def workspace_of(named: Path | str | None) -> Path:
    """The folder, absolute; None and '' name none, and only the one in the data directory is made.

    Raises InvalidInput when it cannot be used.
    """
    if named:
        return Path(named).expanduser().absolute()
    configured = settings.load().workspace
    if configured is not None:
        return configured.expanduser().absolute()
    own = settings.load().home / "workspace"
    try:
        own.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        remedy = "Set PIPELINE_WORKSPACE to a folder that you may write."
        raise InvalidInput(f"cannot be made: {error.strerror}", where=str(own), remedy=remedy) from error
    return own
