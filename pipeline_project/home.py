"""The data directory and, in it, Dagster's home. Writes Dagster's configuration where there is none yet."""

import os
from importlib.resources import files
from pathlib import Path

from pipeline_project import settings
from pipeline_project.errors import NotConfigured

DAGSTER_HOME = "DAGSTER_HOME"


def prepare() -> Path:
    """Make sure DAGSTER_HOME names a configured folder; returns it. An already set one is left as it is.

    Raises NotConfigured when the folder cannot be made.
    """
    named = os.environ.get(DAGSTER_HOME)
    home = Path(named) if named else settings.load().home / "dagster"
    try:
        home.mkdir(parents=True, exist_ok=True)
        configuration = home / "dagster.yaml"
        if not named and not configuration.exists():
            configuration.write_text(files("pipeline_project").joinpath("dagster.yaml").read_text(encoding="utf-8"))
    except OSError as error:
        remedy = "Set PIPELINE_DATA_DIR to a folder that you may write."
        raise NotConfigured(f"cannot be made: {error.strerror}", where=str(home), remedy=remedy) from error
    os.environ[DAGSTER_HOME] = str(home)
    return home
